"""Free TCP/UDP ports on this machine. Standard library only."""

import socket
from collections.abc import Collection


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
    preferred: int | None = None,
    host: str = "127.0.0.1",
    udp: bool = False,
    taken: Collection[int] = (),
) -> int:
    """`preferred` if nobody has it, else one that the kernel gives."""
    if preferred and preferred not in taken and is_free(preferred, host=host, udp=udp):
        return preferred
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    while True:
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def accepts_connections(port: int, *, host: str = "127.0.0.1", seconds: float = 0.5) -> bool:
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False
