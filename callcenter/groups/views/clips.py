"""Management: the clips; their sound goes to the browser in parts, as players ask for it."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.models import User
from callcenter.accounts.permissions import Right
from callcenter.groups import selectors, services
from callcenter.groups.audio import MOST_BYTES
from callcenter.groups.forms.clips import ClipForm, NewClipForm, ReplaceClipForm
from callcenter.groups.models import Clip
from callcenter.groups.views.groups import GET_POST

PAGE_SIZE = 25
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


def _bytes_of(upload: UploadedFile[bytes]) -> bytes:
    """Never more than one byte over the limit, which the service then refuses."""
    return bytes(upload.read(MOST_BYTES + 1))


def seen_clip(request: TenantRequest, clip_id: int) -> Clip:
    """Another's private clip is 404, as if it were not there; 403 to change one that callers of a
    group hear which the person's rights do not reach."""
    row = get_object_or_404(selectors.clips_seen_by(request.person), pk=clip_id)
    limits = request.person.group_ids
    if request.method == "POST" and limits:
        heard_in = {place.group_id for place in selectors.places_of_clips([row])[row.pk]}
        if heard_in - limits:
            raise PermissionDenied
    return row


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def clips(request: TenantRequest, slug: str) -> HttpResponse:
    form = NewClipForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        owner = User.objects.get(pk=request.person.user_id)

        def upload() -> None:
            services.create_clip(
                data=_bytes_of(wanted["audio"]),
                description=wanted["description"],
                is_public=wanted["is_public"],
                owner=owner,
                by=actor_of(request),
            )

        if carried_out(form, upload):
            messages.success(
                request, _("The clip is here. Listen to it, then choose it in a group.")
            )
            return redirect("manage_clips", slug)
    found = Paginator(selectors.clips_seen_by(request.person), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    places = selectors.places_of_clips(page.object_list)
    rows = [(clip, places[clip.pk]) for clip in page.object_list]
    context = {"form": form, "page": page, "rows": rows}
    status = 422 if form.errors else 200
    return render(request, "callcenter/groups/clips.html", context, status=status)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def clip(request: TenantRequest, slug: str, clip_id: int) -> HttpResponse:
    row = seen_clip(request, clip_id)
    initial = {"description": row.description, "is_public": row.is_public}
    form = ClipForm(request.POST or None, initial=initial)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_clip(clip=row, by=actor_of(request), **form.cleaned_data),
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("manage_clips", slug)
    return _clip_page(request, row, form, ReplaceClipForm())


@require_POST
@needs(Right.GROUPS_MANAGE)
def replace_clip(request: TenantRequest, slug: str, clip_id: int) -> HttpResponse:
    row = seen_clip(request, clip_id)
    form = ReplaceClipForm(request.POST, request.FILES)
    if form.is_valid() and carried_out(
        form,
        lambda: services.replace_clip(
            clip=row, data=_bytes_of(form.cleaned_data["audio"]), by=actor_of(request)
        ),
    ):
        messages.success(request, _("The new recording is in place, wherever the clip is used."))
        return redirect("manage_clip", slug, row.pk)
    initial = {"description": row.description, "is_public": row.is_public}
    return _clip_page(request, row, ClipForm(initial=initial), form)


@require_POST
@needs(Right.GROUPS_MANAGE)
def delete_clip(request: TenantRequest, slug: str, clip_id: int) -> HttpResponse:
    row = seen_clip(request, clip_id)
    if told(
        request,
        lambda: services.delete_clip(clip=row, by=actor_of(request)),
        _("The clip %(clip)s is deleted.") % {"clip": row.description},
    ):
        return redirect("manage_clips", slug)
    return redirect("manage_clip", slug, clip_id)


@require_safe
@needs(Right.GROUPS_MANAGE)
def clip_audio(request: TenantRequest, slug: str, clip_id: int) -> HttpResponse:
    """The sound as WAV. A player asks for parts of it (RFC 9110, 14): one part per request."""
    del slug
    row = seen_clip(request, clip_id)
    sound = bytes(row.audio)
    first, last = 0, len(sound) - 1
    asked = request.headers.get("Range")
    match = _RANGE.match(asked) if asked else None
    if match is not None and (match[1] or match[2]):  # anything else is answered as a whole
        if match[1]:
            first, last = int(match[1]), min(int(match[2] or last), last)
        else:
            first = max(0, len(sound) - int(match[2]))
        if first > last:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{len(sound)}"
            return response
    else:
        match = None
    response = HttpResponse(sound[first : last + 1], content_type="audio/wav")
    if match is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{len(sound)}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = f'"{row.sha256}"'
    response["Content-Disposition"] = f'inline; filename="clip-{row.pk}.wav"'
    return response


def _clip_page(
    request: TenantRequest, row: Clip, form: ClipForm, replace_form: ReplaceClipForm
) -> HttpResponse:
    places = selectors.places_of_clips([row])[row.pk]
    context = {"clip": row, "form": form, "replace_form": replace_form, "places": places}
    status = 422 if form.errors or replace_form.errors else 200
    return render(request, "callcenter/groups/clip.html", context, status=status)
