"""A queue's settings, each with its meaning in words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.permissions import Person
from callcenter.groups.models import Clip, Overflow, Queue, Strategy
from callcenter.groups.queue_rules import (
    MAX_LENGTH,
    MAX_WAIT_SECONDS,
    RETRY_SECONDS,
    RING_SECONDS,
)
from callcenter.groups.selectors import clips_to_choose, queues_to_overflow_into

STRATEGIES = [
    (Strategy.LEAST_RECENT, _("The agent who has been free longest")),
    (Strategy.FEWEST_CALLS, _("The agent who has had the fewest calls")),
    (Strategy.ROUND_ROBIN, _("In turn: after the one who was called last")),
    (Strategy.RANDOM, _("Any free agent, at random")),
    (Strategy.LINEAR, _("Always in the same order, from the first")),
    (Strategy.RING_ALL, _("All free agents at once; the first to answer has the call")),
]


def _seconds(label: Any, bounds: tuple[int, int], help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=bounds[0], max_value=bounds[1], help_text=help_text
    )


class QueueForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    strategy = forms.ChoiceField(
        label=_("Who is called"),
        choices=STRATEGIES,
        widget=forms.RadioSelect,
        help_text=_("Among free agents of the lowest level; a higher level waits its turn."),
    )
    ring_seconds = _seconds(
        _("Ring, seconds"), RING_SECONDS, _("How long one agent's phone rings before the next.")
    )
    retry_seconds = _seconds(
        _("Pause between attempts, seconds"),
        RETRY_SECONDS,
        _("How long nobody's phone rings after somebody did not answer."),
    )
    max_wait_seconds = _seconds(
        _("Longest wait, seconds"),
        MAX_WAIT_SECONDS,
        _("After so long a caller leaves the queue, as said below. 600 is ten minutes."),
    )
    max_length = forms.IntegerField(
        label=_("Most callers waiting"),
        min_value=MAX_LENGTH[0],
        max_value=MAX_LENGTH[1],
        help_text=_("Further callers find the queue full. 0: no limit."),
    )
    takes_calls_without_agents = forms.BooleanField(
        label=_("Callers may wait while no agent is logged in"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("If not, they leave at once, as said below under “without agents”."),
    )
    announces_position = forms.BooleanField(
        label=_("Tell callers their position"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("“You are third in the queue”, again every minute."),
    )
    overflow_on_timeout = forms.ChoiceField(
        label=_("After the longest wait"), choices=Overflow.choices
    )
    overflow_on_full = forms.ChoiceField(
        label=_("When the queue is full"), choices=Overflow.choices
    )
    overflow_on_no_agents = forms.ChoiceField(label=_("Without agents"), choices=Overflow.choices)
    exit_key = forms.ChoiceField(
        label=_("Key that leaves the queue"),
        choices=[("", _("None")), *((digit, digit) for digit in "0123456789")],
        required=False,
        help_text=_(
            "Who presses it while waiting goes where is said beside. Say so in the greeting."
        ),
    )
    overflow_on_key = forms.ChoiceField(label=_("After that key"), choices=Overflow.choices)
    overflow_clip: forms.ModelChoiceField[Clip] = forms.ModelChoiceField(
        label=_("The clip"), queryset=None, required=False, empty_label=_("No clip")
    )
    overflow_queue: forms.ModelChoiceField[Queue] = forms.ModelChoiceField(
        label=_("The other queue"), queryset=None, required=False, empty_label=_("No queue")
    )

    def __init__(self, data: Any = None, *, queue: Queue, person: Person, **kwargs: Any) -> None:
        initial = {
            name: getattr(queue, name)
            for name in self.base_fields
            if not name.startswith("overflow_q") and not name.startswith("overflow_c")
        } | {"overflow_clip": queue.overflow_clip_id, "overflow_queue": queue.overflow_queue_id}
        super().__init__(data, initial=initial, **kwargs)
        clips = clips_to_choose(person, [queue.overflow_clip_id])
        self.fields["overflow_clip"].queryset = clips  # type: ignore[attr-defined]
        queues = self.fields["overflow_queue"]
        queues.queryset = queues_to_overflow_into(queue)  # type: ignore[attr-defined]
        queues.label_from_instance = _queue_label  # type: ignore[attr-defined]


def _queue_label(queue: Queue) -> str:
    same = queue.name == queue.group.name
    return queue.name if same else f"{queue.group.name}: {queue.name}"
