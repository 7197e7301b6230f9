"""Reaching addresses that companies name: never our own network, unless the operator allows it."""
