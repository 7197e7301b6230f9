"""What is done with recordings; each module one part of their life."""
