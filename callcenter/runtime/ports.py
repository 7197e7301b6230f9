"""Free TCP/UDP ports on this machine. Standard library only."""

import random
import socket
from collections.abc import Collection

# below what the kernel gives to outgoing connections, so that a server that is started again
# still finds its port free
_RANGE = (20_000, 32_000)


def is_free(port: int, *, host: str = "127.0.0.1", udp: bool = False) -> bool:
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(
    *,
    preferred: Collection[int] = (),
    host: str = "127.0.0.1",
    udp: bool = False,
    taken: Collection[int] = (),
) -> int:
    """The first of `preferred` that nobody has, else any other. Raises OSError if all are taken."""
    others = random.sample(range(*_RANGE), 500)
    for port in (*preferred, *others):
        if port not in taken and is_free(port, host=host, udp=udp):
            return port
    raise OSError(f"No free port between {_RANGE[0]} and {_RANGE[1]} on {host}.")
