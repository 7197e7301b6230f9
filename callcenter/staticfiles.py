"""Static files by content hash, imports between ES modules included, compressed once."""

from __future__ import annotations

from collections.abc import Callable
from re import Match
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("css/", "js/")


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """A file that was not collected is named plainly rather than taking a page down."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name

    def url_converter(
        self, name: str, hashed_files: dict[str, Any], template: str | None = None, *more: Any
    ) -> Callable[[Match[str]], str]:
        """Packages' own files stay as they are: some speak of imports in comments only."""
        if name.startswith(OURS):
            return super().url_converter(name, hashed_files, template, *more)
        return lambda found: found.group(0)
