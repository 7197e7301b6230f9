"""A PBX that speaks AMI where no Asterisk can be had: same events, same files, invented calls."""
