"""The doors of agents, phones and pause reasons under Management."""
