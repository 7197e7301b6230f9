"""No address of ours, in whatever guise, is called for a company; a name is looked up once."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from callcenter.outbound.addresses import (
    AddressNotRead,
    AddressRefused,
    AddressUnknown,
    is_allowed,
    pin,
)
from callcenter.outbound.requests import NotAnswered, ask
from callcenter.outbound.sealing import SealBroken, seal, unseal

PRIVATE = (
    "127.0.0.1", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::3", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "192.0.2.1", "198.18.0.1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    assert not is_allowed(address, [])


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001:82a::200e", "::ffff:8.8.8.8"])
def test_public_ones_are_not(address: str) -> None:
    assert is_allowed(address, [])


def test_the_operator_may_allow_a_network() -> None:
    assert is_allowed("10.1.2.3", ["10.1.2.0/24"])
    assert not is_allowed("10.1.3.3", ["10.1.2.0/24"])


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost:8000/x", "http://2130706433/", "http://0x7f.1/",
     "http://0177.0.0.1/", "http://[::1]/", "http://[::ffff:7f00:1]/", "https://127.1/"],
)  # fmt: skip
def test_every_way_to_write_our_own_machine_is_refused(url: str) -> None:
    with pytest.raises((AddressRefused, AddressUnknown)):
        pin(url)


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "file:///etc/passwd", "gopher://example.com/", "http://", "http://a b/",
     "http://user:secret@example.com/", "http://example.com:99999/", "ftp://example.com/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressNotRead):
        pin(url)


def test_one_private_address_among_several_spoils_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(*_args: object, **_more: object) -> list[object]:
        return [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(AddressRefused):
        pin("http://two.example/")


class Receiver(http.server.BaseHTTPRequestHandler):
    seen: list[tuple[str, str, str]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"], self.headers.get("Authorization", "")))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (3_000_000 if self.path == "/much" else 5))

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver(settings: object) -> Iterator[int]:
    settings.OUTBOUND_ALLOWED = ["127.0.0.1/32", "::1/128"]  # type: ignore[attr-defined]
    Receiver.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()


def test_a_name_is_looked_up_once_and_called_by_its_number(
    receiver: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = socket.getaddrinfo

    def answers(host: str, *args: object, **more: object) -> object:
        looked.append(str(host))
        # another look-up would lead elsewhere
        return real("127.0.0.1" if len(looked) == 1 else str(host), *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    answer = ask("GET", f"http://crm.example:{receiver}/people", auth=("alice", "secret"))
    assert (answer.status, answer.body) == (200, b"xxxxx")
    assert looked.count("crm.example") == 1
    assert Receiver.seen[0][1] == f"crm.example:{receiver}"


def test_a_redirect_into_our_network_is_refused(receiver: int) -> None:
    with pytest.raises(AddressRefused):
        ask("GET", f"http://127.0.0.1:{receiver}/to/http://169.254.169.254/latest/meta-data/")


def test_a_redirect_without_end_and_too_much_are_said(receiver: int) -> None:
    with pytest.raises(NotAnswered, match="on and on"):
        ask("GET", f"http://127.0.0.1:{receiver}/to/" + "/to/" * 5)
    with pytest.raises(NotAnswered, match="more than can be taken"):
        ask("GET", f"http://127.0.0.1:{receiver}/much", most_bytes=1_000_000)
    with pytest.raises(NotAnswered, match="cannot be reached"):
        ask("GET", "http://127.0.0.1:1/", seconds=2)


def test_credentials_stay_with_their_host(receiver: int) -> None:
    ask("GET", f"http://127.0.0.1:{receiver}/to/http://localhost:{receiver}/", auth=("a", "b"))
    ask("GET", f"http://127.0.0.1:{receiver}/to/http://127.0.0.1:{receiver}/", auth=("a", "b"))
    sent = [(host.partition(":")[0], bool(auth)) for _path, host, auth in Receiver.seen]
    assert sent == [
        ("127.0.0.1", True), ("localhost", False), ("127.0.0.1", True), ("127.0.0.1", True),
    ]  # fmt: skip


def test_a_sealed_secret_is_not_the_secret(settings: object) -> None:
    sealed = seal("hunter2")
    assert "hunter2" not in sealed
    assert unseal(sealed) == "hunter2"
    assert (seal(""), unseal("")) == ("", "")
    settings.SECRET_KEY = "another installation's"  # type: ignore[attr-defined]
    with pytest.raises(SealBroken):
        unseal(sealed)
