"""What callers hear: uploaded, replaced, deleted."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User
from callcenter.audit.services import Actor, change_row, record
from callcenter.groups import audio
from callcenter.groups.models import AgentGroup, Clip, Queue
from callcenter.tenants.refusals import Refusal


class DescriptionMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Say in a few words what callers hear."), "description")


class AudioRefused(Refusal):
    """The file cannot be a clip; the words say why and what to do."""

    def __init__(self, problem: audio.Problem) -> None:
        super().__init__(_AUDIO_WORDS[problem], "audio")
        self.problem = problem


class ClipInUse(Refusal):
    def __init__(self, places: list[str]) -> None:
        words = gettext(
            "Callers still hear this clip here: %(places)s. Choose another clip there first."
        )
        super().__init__(words % {"places": ", ".join(places)})


def create_clip(
    *, data: bytes, description: str, by: Actor, owner: User | None = None, is_public: bool = True
) -> Clip:
    """A clip from an audio file of any common format; kept as 8 kHz mono 16-bit WAV.

    Raises DescriptionMissing, AudioRefused.
    """
    description = _described(description)
    sound = _telephone(data)
    with transaction.atomic():
        clip = Clip.objects.create(
            description=description,
            audio=sound.wav,
            sha256=hashlib.sha256(sound.wav).hexdigest(),
            seconds=sound.seconds,
            owner=owner,
            is_public=is_public,
        )
        after = {"description": description, "seconds": sound.seconds, "is_public": is_public}
        record(action="clip.created", by=by, about=clip, after=after)
    return clip


def replace_clip(*, clip: Clip, data: bytes, by: Actor) -> Clip:
    """Other audio under the same description, everywhere it is used. Raises AudioRefused."""
    sound = _telephone(data)
    with transaction.atomic():
        clip = Clip.objects.select_for_update().get(pk=clip.pk)
        before = {"seconds": clip.seconds, "sha256": clip.sha256}
        clip.audio, clip.seconds = sound.wav, sound.seconds
        clip.sha256 = hashlib.sha256(sound.wav).hexdigest()
        clip.save(update_fields=["audio", "seconds", "sha256"])
        after = {"seconds": clip.seconds, "sha256": clip.sha256}
        record(action="clip.replaced", by=by, about=clip, before=before, after=after)
    return clip


def change_clip(*, clip: Clip, description: str, is_public: bool, by: Actor) -> Clip:
    """Raises DescriptionMissing."""
    changes = {"description": _described(description), "is_public": is_public}
    with transaction.atomic():
        clip = Clip.objects.select_for_update().defer("audio").get(pk=clip.pk)
        change_row(row=clip, changes=changes, action="clip.changed", by=by)
    return clip


def delete_clip(*, clip: Clip, by: Actor) -> None:
    """Raises ClipInUse, naming where."""
    with transaction.atomic():
        clip = Clip.objects.select_for_update().defer("audio").get(pk=clip.pk)
        places = places_of(clip)
        if places:
            raise ClipInUse(places)
        record(action="clip.deleted", by=by, about=clip, before={"description": clip.description})
        clip.delete()


def places_of(clip: Clip) -> list[str]:
    """Where callers hear the clip, in words."""
    greeting = gettext("greeting of “%(name)s”")
    closed = gettext("closed message of “%(name)s”")
    overflow = gettext("overflow of the queue “%(name)s”")
    places = [greeting % {"name": group.name} for group in AgentGroup.objects.filter(greeting=clip)]
    places += [
        closed % {"name": group.name} for group in AgentGroup.objects.filter(closed_clip=clip)
    ]
    told = gettext("announcement of recording of “%(name)s”")
    places += [
        told % {"name": group.name} for group in AgentGroup.objects.filter(consent_clip=clip)
    ]
    places += [
        overflow % {"name": queue.name} for queue in Queue.objects.filter(overflow_clip=clip)
    ]
    return places


def _described(description: str) -> str:
    description = " ".join(description.split())
    if not description:
        raise DescriptionMissing
    return description


def _telephone(data: bytes) -> audio.TelephoneAudio:
    try:
        return audio.to_telephone_audio(data)
    except audio.NotUsable as error:
        raise AudioRefused(error.problem) from error


_AUDIO_WORDS = {
    audio.Problem.EMPTY: _("The file is empty. Choose the recording again."),
    audio.Problem.TOO_BIG: _("The file is larger than 10 MB. Save it as MP3, or make it shorter."),
    audio.Problem.TOO_LONG: _("The recording is longer than 5 minutes. Callers would not listen."),
    audio.Problem.UNKNOWN: _(
        "This is not an audio file that Helin knows, whatever its name says. "
        "WAV, MP3, Ogg, Opus, M4A and FLAC work."
    ),
    audio.Problem.DAMAGED: _(
        "The file starts like audio but cannot be read: it is damaged or incomplete. "
        "Export it again and upload the new file."
    ),
    audio.Problem.SILENT: _(
        "There is no sound in the file: it lasts less than a tenth of a second."
    ),
}
