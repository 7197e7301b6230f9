"""Recording a clip by telephone, from the click until it is kept or not."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.groups.models import Clip
from callcenter.tenants.models import TenantScoped
from telephony.commands.models import PbxCommand


class TakeState(models.TextChoices):
    RINGING = "ringing", _("Your phone rings")
    RECORDING = "recording", _("Recording")
    LISTENING = "listening", _("Playing it back")
    KEPT = "kept", _("Fetching the recording")
    DONE = "done", _("Kept")
    NOT_CALLED = "not_called", _("Your phone was not rung")
    NOT_PICKED_UP = "not_picked_up", _("Not picked up")
    THROWN_AWAY = "thrown_away", _("Not kept")
    REFUSED = "refused", _("Nothing usable was recorded")
    LOST = "lost", _("Lost")


GOING_ON = (TakeState.RINGING, TakeState.RECORDING, TakeState.LISTENING, TakeState.KEPT)


class ClipTake(TenantScoped):
    """`replaces` is the clip that gets other sound; without it a new one comes of it.

    `state` follows what the PBX tells of the call `clip-<id>`; `problem` is why the sound was no
    clip (callcenter.groups.audio.Problem).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pbx = models.CharField(max_length=32)
    command = models.OneToOneField(PbxCommand, on_delete=models.CASCADE, related_name="take")
    description = models.CharField(max_length=120, blank=True)
    is_public = models.BooleanField(default=True)
    replaces = models.ForeignKey(Clip, null=True, on_delete=models.CASCADE, related_name="+")
    clip = models.ForeignKey(Clip, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=13, choices=TakeState.choices, default=TakeState.RINGING)
    problem = models.CharField(max_length=10, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["pbx"], condition=models.Q(ended_at__isnull=True), name="clip_take_open"
            ),
            models.Index(fields=["tenant", "requested_by"], name="clip_take_of_person"),
        ]

    def __str__(self) -> str:
        return self.description or str(self.replaces)

    @property
    def call_id(self) -> str:
        """The uniqueid of the phone's channel, and so the linkedid of its events."""
        return f"clip-{self.id.hex}"

    @property
    def is_going_on(self) -> bool:
        return self.state in GOING_ON
