"""The forms of groups, queues and clips."""
