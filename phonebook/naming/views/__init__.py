"""Doors of naming: rules for those who set them, explanations for those who answer."""
