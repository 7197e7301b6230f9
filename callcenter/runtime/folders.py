"""Where things lie. Standard library only."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """All state of a checkout: `var/`, or HELIN_DATA_DIR."""
    return Path(os.environ.get("HELIN_DATA_DIR") or ROOT / "var").resolve()


def cache_folder() -> Path:
    """What was fetched and can be fetched again; HELIN_CACHE_DIR shares it between checkouts."""
    return Path(os.environ.get("HELIN_CACHE_DIR") or ROOT / "var" / "cache").resolve()
