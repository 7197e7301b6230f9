"""A contact's photo: whatever picture comes in, a small square-ish JPEG without its secrets goes out."""

from __future__ import annotations

import hashlib
import io
import warnings

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from callcenter.tenants.refusals import Refusal

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
SIDE = 320
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class PhotoTooLarge(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The picture is too large: 5 MB and 40 megapixels at most."), "photo")


class PhotoNotRead(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("This is no picture that Helin can read (JPEG, PNG, WebP, GIF)."), "photo"
        )


def as_jpeg(data: bytes) -> bytes:
    """320 pixels at the most, without place, camera or anything else that the file told.

    Raises PhotoTooLarge, PhotoNotRead.
    """
    if len(data) > MOST_BYTES:
        raise PhotoTooLarge
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise PhotoTooLarge
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((SIDE, SIDE))
            file = io.BytesIO()
            if upright.mode in ("RGBA", "LA", "P"):
                whole = upright.convert("RGBA")
                upright = Image.new("RGBA", whole.size, "white")
                upright.alpha_composite(whole)
            upright.convert("RGB").save(file, "JPEG", quality=85, optimize=True)
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise PhotoNotRead from error
    return file.getvalue()


def digest(jpeg: bytes) -> str:
    return hashlib.sha256(jpeg).hexdigest()
