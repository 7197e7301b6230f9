"""Static files by content hash, imports between ES modules included, compressed once."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """A file that was not collected is named plainly rather than taking a page down."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name
