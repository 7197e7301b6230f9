"""The pages of recordings: doors only."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from callcenter.accounts.doors import actor_of, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from callcenter.tenants.refusals import Refusal
from telephony.calls.permissions import CallSight
from telephony.calls.permissions import sight_of as sight_of_calls
from telephony.calls.selectors import Cursor, Side, agents_to_choose, call_seen, groups_to_choose
from telephony.recordings import media, selectors, wording
from telephony.recordings.forms import DeleteForm, KeepForm, NoteForm, RecordingFilterForm
from telephony.recordings.models import Recording, RecordingNote
from telephony.recordings.permissions import HEARS, RecordingSight, sight_of
from telephony.recordings.selectors import RecordingFilter
from telephony.recordings.services import care
from telephony.recordings.storage.choice import recording_store


@require_GET
@needs(*HEARS)
def recordings(request: TenantRequest, slug: str) -> HttpResponse:
    sight = sight_of(request.person)
    form = filter_form(request, sight)
    page = None
    rows: list[wording.RecordingRow] = []
    if form.is_valid():
        cursor, side = _place(request)
        page = selectors.page_of_recordings(sight, wanted_of(request, form), cursor, side)
        rows = rows_of(request, page.recordings, sight)
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "days": request.tenant.recording_days,
        "is_filtered": any(
            form.data.get(name) for name in form.fields if name not in ("since", "until", "period")
        ),
    }
    is_list = request.headers.get("HX-Target") == "recordings"
    name = f"telephony/recordings/{'_list' if is_list else 'recordings'}.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def filter_form(request: TenantRequest, sight: RecordingSight) -> RecordingFilterForm:
    calls = CallSight(sight.group_ids, sight.agent_id, sight.sees_numbers)
    return RecordingFilterForm(
        request.GET, groups=groups_to_choose(calls), agents=agents_to_choose(calls)
    )


def wanted_of(request: TenantRequest, form: RecordingFilterForm) -> RecordingFilter:
    return form.as_recordings(country=request.tenant.country, today=timezone.localdate())


def _place(request: HttpRequest) -> tuple[Cursor | None, Side]:
    if older := request.GET.get("older"):
        return Cursor.read(older), "older"
    newer = request.GET.get("newer")
    if newer == "oldest":
        return None, "newer"
    return (Cursor.read(newer), "newer") if newer else (None, "older")


def rows_of(
    request: TenantRequest, found: Iterable[Recording], sight: RecordingSight
) -> list[wording.RecordingRow]:
    """Four queries, however many recordings."""
    some = list(found)
    groups = {one.group_id for one in some if one.group_id}
    agents = {agent for one in some for agent in one.agent_ids}
    names = wording.Names(
        dict(AgentGroup.objects.filter(pk__in=groups).values_list("pk", "name")),
        dict(Agent.objects.filter(pk__in=agents).values_list("pk", "name")),
    )
    notes = selectors.notes_counted(some)
    held = selectors.held_among(some)
    days = request.tenant.recording_days
    return [
        wording.recording_row(
            one, names, sight, request.tenant.country, selectors.expires_at(one, days),
            notes.get(one.pk, 0), is_held=one.pk in held,
        )
        for one in some
    ]  # fmt: skip


def _seen(request: TenantRequest, pk: int) -> Recording:
    found = selectors.recording_seen(sight_of(request.person), pk)
    if found is None:
        raise Http404
    return found


@require_GET
@needs(*HEARS)
def recording(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """One recording: the player, its notes, what was done with it."""
    found = _seen(request, pk)
    sight = sight_of(request.person)
    call = selectors.call_of(found)
    seen = call_seen(sight_of_calls(request.person), call.pk) if call else None
    context = {
        "recording": found,
        "row": rows_of(request, [found], sight)[0],
        "wave": wording.wave_of(found),
        "notes": found.notes.all(),
        "note_form": NoteForm(),
        "keep_form": KeepForm(),
        "delete_form": DeleteForm(),
        "accesses": wording.access_rows(selectors.accesses(found)),
        "call": seen,
        "most_days": care.LONGEST_KEEPING_DAYS,
    }
    return render(request, "telephony/recordings/recording.html", context)


@require_safe
@needs(*HEARS)
def sound(request: TenantRequest, slug: str, pk: int) -> HttpResponseBase:
    """What the player fetches, in any ranges."""
    found = _seen(request, pk)
    answer = media.sound_of(request, found)
    if request.method == "GET" and answer.status_code in (200, 206):
        try:
            care.note_listening(recording=found, by=actor_of(request), at=timezone.now())
        except care.RecordingGone as error:
            answer.close()
            raise Http404 from error
    return answer


@require_GET
@needs(Right.RECORDINGS_DOWNLOAD)
def download(request: TenantRequest, slug: str, pk: int) -> HttpResponseBase:
    found = _seen(request, pk)
    ending = "wav" if request.GET.get("as") == "wav" else "opus"
    number = wording.shown_number(found, sight_of(request.person), "")
    answer = media.file_of(request, found, ending, media.plain_name(found, number))
    if answer.status_code == 200:
        try:
            care.note_download(recording=found, by=actor_of(request), at=timezone.now())
        except care.RecordingGone as error:
            answer.close()
            raise Http404 from error
    return answer


@require_POST
@needs(Right.RECORDINGS_KEEP)
def keep(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found, form = _seen(request, pk), KeepForm(request.POST)
    if not form.is_valid():
        refusal = care.KeptTooLong() if "days" in form.errors else care.ReasonMissing()
        messages.error(request, str(refusal))
        return redirect("recording", slug, pk)
    told(
        request,
        lambda: care.keep(
            recording=found, by=actor_of(request), at=timezone.now(), **form.cleaned_data
        ),
        _("The recording is kept."),
    )
    return redirect("recording", slug, pk)


@require_POST
@needs(Right.RECORDINGS_KEEP)
def stop_keeping(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = _seen(request, pk)
    told(
        request,
        lambda: care.stop_keeping(recording=found, by=actor_of(request)),
        _("The mark is off. The recording goes with the others of its age."),
    )
    return redirect("recording", slug, pk)


@require_POST
@needs(Right.RECORDINGS_DELETE)
def delete(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = _seen(request, pk)
    is_done = told(
        request,
        lambda: care.delete(
            recording=found,
            reason=request.POST.get("reason", ""),
            by=actor_of(request),
            at=timezone.now(),
            store=recording_store(),
        ),
        _("The recording is deleted."),
    )
    return redirect("recordings", slug) if is_done else redirect("recording", slug, pk)


@require_POST
@needs(*HEARS)
def add_note(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found, form = _seen(request, pk), NoteForm(request.POST)
    error = ""
    if form.is_valid():
        try:
            care.add_note(recording=found, by=actor_of(request), **form.cleaned_data)
        except Refusal as refusal:
            error = str(refusal)
    else:
        error = str(care.NoteMissing())
    return _notes(request, found, error)


@require_POST
@needs(*HEARS)
def remove_note(request: TenantRequest, slug: str, pk: int, note_id: int) -> HttpResponse:
    """One's own, or any for who may delete recordings."""
    found = _seen(request, pk)
    notes = RecordingNote.objects.filter(recording=found)
    if not request.person.may(Right.RECORDINGS_DELETE):
        notes = notes.filter(by_id=request.person.user_id)
    care.remove_note(note=get_object_or_404(notes, pk=note_id), by=actor_of(request))
    return _notes(request, found)


def _notes(request: TenantRequest, found: Recording, error: str = "") -> HttpResponse:
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error)
        return redirect("recording", request.tenant.slug, found.pk)
    context = {"recording": found, "notes": found.notes.all(), "error": error}
    status = 422 if error else 200
    return render(request, "telephony/recordings/_notes.html", context, status=status)


@require_GET
@needs(*HEARS)
def of_call(request: TenantRequest, slug: str, call_id: int) -> HttpResponse:
    """The recordings of one call, for its drawer."""
    call = call_seen(sight_of_calls(request.person), call_id)
    if call is None:
        raise Http404
    sight = sight_of(request.person)
    found = selectors.recordings_of_call(sight, call)
    talking = selectors.channels_talking(call)
    rows = [
        wording.in_its_call(shown, row, talking)
        for shown, row in zip(rows_of(request, found, sight), found, strict=True)
    ]
    return render(request, "telephony/recordings/_of_call.html", {"rows": rows})
