"""The storages keep what they are given: a folder, a real S3 API server, encrypted or not."""

import base64
from collections.abc import Generator, Iterable
from pathlib import Path

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from telephony.recordings.storage.local import LocalStore
from telephony.recordings.storage.port import BadKey, NotStored, StorageFailed, Store, key_of
from telephony.recordings.storage.s3 import Bucket, S3Store
from telephony.recordings.storage.sealed import (
    CHUNK,
    HEAD,
    BadKeyring,
    CannotOpen,
    Keyring,
    SealedStore,
)

KEY = key_of(7, "0123456789abcdef" * 2, "opus")
OTHER = key_of(8, "fedcba9876543210" * 2, "opus")
NEW = "new:" + base64.b64encode(b"n" * 32).decode()
OLD = "old:" + base64.b64encode(b"o" * 32).decode()


@pytest.fixture(scope="module")
def s3() -> Generator[Bucket]:
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    bucket = Bucket("sounds", "helin", f"http://{host}:{port}", "eu-north-1", "id", "secret")
    boto3.client(
        "s3", endpoint_url=bucket.endpoint, region_name=bucket.region,
        aws_access_key_id="id", aws_secret_access_key="secret",
    ).create_bucket(
        Bucket="sounds", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"}
    )  # fmt: skip
    yield bucket
    server.stop()


@pytest.fixture(params=["local", "s3", "local sealed", "s3 sealed"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    plain: Store
    if "s3" in request.param:
        plain = S3Store(request.getfixturevalue("s3"))
        plain.remove([KEY, OTHER])
    else:
        plain = LocalStore(tmp_path)
    return SealedStore(plain, Keyring(NEW if "sealed" in request.param else ""))


def whole(store: Store, key: str = KEY, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.read(key, start, length))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 9_000_000])
def test_what_is_written_is_read(store: Store, size: int) -> None:
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    store.write(KEY, [data[:10], data[10:]])
    assert store.size(KEY) == size
    assert whole(store) == data
    middle = size // 2
    assert whole(store, KEY, middle, 100) == data[middle : middle + 100]
    assert whole(store, KEY, max(size - 5, 0)) == data[max(size - 5, 0) :]
    store.write(KEY, [b"other"])
    assert whole(store) == b"other"


def test_what_is_not_there(store: Store) -> None:
    assert store.size(KEY) is None
    with pytest.raises(NotStored):
        whole(store)
    store.remove([KEY, OTHER])
    store.write(KEY, [b"x"])
    store.remove([KEY])
    assert store.size(KEY) is None


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "/etc/passwd", "7/01/23/../../../x.opus", "7/01/23/abc.opus", ""]
)
def test_a_key_that_is_not_ours_leads_nowhere(store: Store, key: str) -> None:
    with pytest.raises(BadKey):
        store.size(key)
    with pytest.raises(BadKey):
        store.write(key, [b"x"])


def test_a_write_that_fails_leaves_what_was(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.write(KEY, [b"before"])

    def broken() -> Generator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    with pytest.raises(StorageFailed):
        store.write(KEY, broken())
    assert whole(store) == b"before"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(0, 3 * CHUNK + 3),
    start=st.integers(0, 3 * CHUNK),
    length=st.none() | st.integers(0, 3 * CHUNK),
)
def test_any_range_of_a_sealed_object(size: int, start: int, length: int | None) -> None:
    memory = Memory()
    store = SealedStore(memory, Keyring(NEW))
    data = (bytes(range(253)) * (size // 253 + 1))[:size]
    store.write(KEY, [data])
    assert store.size(KEY) == size
    if start <= size:
        end = None if length is None else start + length
        assert whole(store, KEY, start, length) == data[start:end]


class Memory:
    """A storage one can look into."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        self.objects[key] = b"".join(pieces)

    def size(self, key: str) -> int | None:
        return len(self.objects[key]) if key in self.objects else None

    def read(self, key: str, start: int = 0, length: int | None = None) -> "Generator[bytes]":
        end = None if length is None else start + length
        yield self.objects[key][start:end]

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)


def test_nothing_plain_lies_in_the_storage_and_no_change_goes_unnoticed() -> None:
    memory = Memory()
    store = SealedStore(memory, Keyring(NEW))
    data = b"secret words " * 20_000
    store.write(KEY, [data])
    sealed = memory.objects[KEY]
    assert b"secret" not in sealed
    turned = bytearray(sealed)
    turned[HEAD + 100] ^= 1
    cut = sealed[: HEAD + CHUNK + 16]
    swapped = sealed[:HEAD] + sealed[HEAD + CHUNK + 16 : HEAD + 2 * (CHUNK + 16)] + sealed[HEAD:]
    for changed in (bytes(turned), cut, sealed[:-1], swapped):
        memory.objects[KEY] = changed
        with pytest.raises(CannotOpen):
            whole(store)
    memory.objects[OTHER] = sealed
    with pytest.raises(CannotOpen):
        whole(store, OTHER)


def test_a_new_key_reads_what_the_old_one_wrote() -> None:
    memory = Memory()
    SealedStore(memory, Keyring("")).write(OTHER, [b"before any key"])
    SealedStore(memory, Keyring(OLD)).write(KEY, [b"with the old one"])
    store = SealedStore(memory, Keyring(f"{NEW},{OLD}"))
    assert store.key_id == "new"
    assert whole(store) == b"with the old one"
    assert whole(store, OTHER) == b"before any key"
    with pytest.raises(CannotOpen):
        whole(SealedStore(memory, Keyring(NEW)))


@pytest.mark.parametrize("text", ["x", "a:b", "a:" + base64.b64encode(b"1" * 16).decode()])
def test_a_key_that_makes_no_sense(text: str) -> None:
    with pytest.raises(BadKeyring):
        Keyring(text)
