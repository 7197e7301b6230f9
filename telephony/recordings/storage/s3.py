"""Recordings in a bucket of any S3 service."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from telephony.recordings.storage.port import PIECE, NotStored, StorageFailed, checked

_ABSENT = {"404", "NoSuchKey", "NotFound"}
_AT_ONCE = 1000  # what one DeleteObjects takes


@dataclass(frozen=True, slots=True)
class Bucket:
    """`endpoint` empty: Amazon's. Without a key, boto3 looks for one where it always does."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    key_id: str = ""
    secret: str = field(default="", repr=False)


class S3Store:
    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._prefix = f"{bucket.prefix.strip('/')}/" if bucket.prefix.strip("/") else ""
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=bucket.endpoint or None,
            region_name=bucket.region or "us-east-1",
            aws_access_key_id=bucket.key_id or None,
            aws_secret_access_key=bucket.secret or None,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"max_attempts": 3, "mode": "standard"},
                # services other than Amazon's do not all know the newer checksums
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path" if bucket.endpoint else "auto"},
            ),
        )

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        try:
            self._client.upload_fileobj(_Reader(pieces), self._bucket, self._name(key))
        except (BotoCoreError, ClientError, boto3.exceptions.S3UploadFailedError) as error:
            raise StorageFailed(str(error)) from error

    def size(self, key: str) -> int | None:
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise StorageFailed(str(error)) from error
        except BotoCoreError as error:
            raise StorageFailed(str(error)) from error
        return int(found["ContentLength"])

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if length == 0:
            return iter(())
        last = "" if length is None else str(start + length - 1)
        wanted = {"Range": f"bytes={start}-{last}"} if start or length is not None else {}
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=self._name(key), **wanted)
        except ClientError as error:
            if _code(error) in _ABSENT:
                raise NotStored(key) from error
            if _code(error) in {"InvalidRange", "416"}:
                return iter(())
            raise StorageFailed(str(error)) from error
        except BotoCoreError as error:
            raise StorageFailed(str(error)) from error

        def pieces() -> Iterator[bytes]:
            with closing(found["Body"]) as body:
                try:
                    yield from body.iter_chunks(PIECE)
                except BotoCoreError as error:
                    raise StorageFailed(str(error)) from error

        return pieces()

    def remove(self, keys: Iterable[str]) -> None:
        names = [{"Key": self._name(key)} for key in keys]
        for first in range(0, len(names), _AT_ONCE):
            some = {"Objects": names[first : first + _AT_ONCE], "Quiet": True}
            try:
                answer = self._client.delete_objects(Bucket=self._bucket, Delete=some)
            except (BotoCoreError, ClientError) as error:
                raise StorageFailed(str(error)) from error
            if errors := answer.get("Errors"):
                raise StorageFailed(str(errors[0]))

    def _name(self, key: str) -> str:
        return self._prefix + checked(key)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


class _Reader(io.RawIOBase):
    """Pieces as a file to read once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._left += piece
        end = len(self._left) if size < 0 else size
        taken, self._left = self._left[:end], self._left[end:]
        return taken
