"""The doors of groups, queues and clips under Management."""
