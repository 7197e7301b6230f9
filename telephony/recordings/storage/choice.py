"""The storage that the settings name, the same for every process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from telephony.recordings.storage.local import LocalStore
from telephony.recordings.storage.port import Store
from telephony.recordings.storage.sealed import Keyring, SealedStore


def recording_store() -> SealedStore:
    """Raises BadKeyring."""
    return _opened(
        settings.RECORDING_STORAGE,
        settings.RECORDING_KEY,
        (
            settings.S3_ENDPOINT,
            settings.S3_REGION,
            settings.S3_ACCESS_KEY,
            settings.S3_SECRET_KEY,
        ),
    )


@lru_cache(maxsize=4)
def _opened(where: str, keys: str, s3: tuple[str, str, str, str]) -> SealedStore:
    return SealedStore(_plain(where, s3), Keyring(keys))


def _plain(where: str, s3: tuple[str, str, str, str]) -> Store:
    address = urlsplit(where)
    if address.scheme == "s3":
        # big, and most have their recordings on a disk
        from telephony.recordings.storage.s3 import Bucket, S3Store

        endpoint, region, key_id, secret = s3
        return S3Store(Bucket(address.netloc, address.path, endpoint, region, key_id, secret))
    return LocalStore(Path(where))
