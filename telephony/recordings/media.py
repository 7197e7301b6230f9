"""A recording's sound as an answer of HTTP: the pages' and the API's door to storage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from telephony.recordings.models import Recording, RecordingState
from telephony.recordings.ranges import NotSatisfiable, Part, wanted_part
from telephony.recordings.storage.choice import recording_store
from telephony.recordings.storage.port import NotStored, StorageFailed, key_of
from telephony.recordings.storage.sealed import CannotOpen, SealedStore

OPUS = "audio/ogg; codecs=opus"
AWAY = 503


def sound_of(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """200, 206 or 416; 404 where there is no sound, 503 where the storage is away."""
    if recording.state != RecordingState.READY:
        raise Http404
    size = recording.media_bytes
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{recording.media_sha256[:32]}"',
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
    }
    part, status = Part(0, size), 200
    if_range = request.headers.get("If-Range")
    if "Range" in request.headers and if_range in (None, headers["ETag"]):
        try:
            asked = wanted_part(request.headers["Range"], size)
        except NotSatisfiable:
            answer = HttpResponse(status=416, content_type="text/plain")
            answer["Content-Range"] = f"bytes */{size}"
            return answer
        if asked is not None:
            part, status = asked, 206
            headers["Content-Range"] = part.as_header(size)
    return _stream(request, recording, "opus", OPUS, headers, part, status)


def file_of(request: HttpRequest, recording: Recording, ending: str, name: str) -> HttpResponseBase:
    """All of it, to be kept; `ending` is opus, or wav where that was kept."""
    if recording.state != RecordingState.READY or (ending == "wav" and not recording.has_original):
        raise Http404
    size = recording.media_bytes
    if ending == "wav":
        whole = recording.original_bytes
        size = 44 + whole - whole % 4
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
        "Cache-Control": "private, no-store",
    }
    kind = "audio/wav" if ending == "wav" else OPUS
    return _stream(request, recording, ending, kind, headers, Part(0, size), 200)


def _stream(
    request: HttpRequest,
    recording: Recording,
    ending: str,
    kind: str,
    headers: dict[str, str],
    part: Part,
    status: int,
) -> HttpResponseBase:
    headers["Content-Length"] = str(part.length)
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=kind, headers=headers)
    key = key_of(recording.tenant_id, recording.secret, ending)
    try:
        first, rest = _begun(recording_store(), key, part)
    except (NotStored, CannotOpen) as error:
        raise Http404 from error
    except StorageFailed:
        return HttpResponse(status=AWAY, content_type="text/plain", headers={"Retry-After": "5"})
    return StreamingHttpResponse(
        in_pieces(first, rest), status=status, content_type=kind, headers=headers
    )


def _begun(store: SealedStore, key: str, part: Part) -> tuple[bytes, Iterator[bytes]]:
    """The first piece too, so that what is missing is known before the answer begins."""
    pieces = store.read(key, part.start, part.length)
    return next(pieces, b""), pieces


async def in_pieces(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read in threads: the server's event loop waits for no disk and no bucket."""
    yield first
    while piece := await sync_to_async(lambda: next(rest, b""))():
        yield piece


def plain_name(recording: Recording, number: str) -> str:
    """Of a file to be kept: when, and with whom as far as the person may know."""
    began = timezone.localtime(recording.started_at).strftime("%Y-%m-%d_%H-%M-%S")
    digits = "".join(one for one in number if one.isascii() and (one.isalnum() or one == "+"))
    return f"{began}_{digits or recording.pk}"
