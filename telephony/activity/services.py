"""Building activity after calls: what new lines touch, or everything again.

An agent's time is built anew from the last moment, before the earliest thing that changed, at which
no phone of his rang or talked; so late lines repair it, and building twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from telephony.activity import rows
from telephony.activity.facts import Facts, Who
from telephony.activity.models import ActivityProgress, AgentActivity
from telephony.activity.timeline import timeline
from telephony.activity.wrap_up import write_wrap_ups
from telephony.calls.legs import ring_seconds
from telephony.calls.models import BuildProgress, Call, CallLeg
from telephony.ledger.models import MEMBER_EVENTS, CelLine, QueueLogLine
from telephony.ledger.owners import is_import
from telephony.ledger.queue_events import OF_STAYS

LINES_AT_ONCE = 20_000
OF_PHONES = ("CONNECT", "RINGNOANSWER", "RINGCANCELED")
Line = tuple[int, str, datetime, datetime]  # tenant, member, when, of when it tells
Restart = tuple[int, datetime]  # tenant, when
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BuiltActivity:
    """`tenant_ids`: whose agents' time changed. `is_all`: nothing more is waiting."""

    tenant_ids: frozenset[int]
    rows: int
    is_all: bool


@dataclass(slots=True)
class Ahead:
    """Whose time one run has built to the end of all that is known, and from when on: the lines that
    come next need not build it again. `known`: up to which lines that was."""

    known: tuple[int, int] = (-1, -1)
    since: dict[Who, datetime] = field(default_factory=dict)

    def look_at(self, built: BuildProgress) -> None:
        """Forgets all if more is known than was then."""
        known = built.queue_line, built.cel_line
        if known != self.known:
            self.known, self.since = known, {}

    def without(self, touched: Mapping[Who, datetime]) -> dict[Who, datetime]:
        """Those whose time is not built from their instant on."""
        return {
            who: at for who, at in touched.items() if who not in self.since or at < self.since[who]
        }

    def note(self, starts: Mapping[Who, datetime]) -> None:
        for who, at in starts.items():
            self.since[who] = min(at, self.since.get(who, at))


def build_all_activity(*, pbx: str, on_step: Callable[[], object] = lambda: None) -> None:
    """Until nothing waits. In a system scope, while nobody else builds this PBX's calls."""
    ahead = Ahead()
    while not build_new_activity(pbx=pbx, ahead=ahead).is_all:
        on_step()


def build_new_activity(*, pbx: str, ahead: Ahead | None = None) -> BuiltActivity:
    """Builds what the next lines tell of, up to those that calls are built of; one transaction.

    In a system scope, by the one process that builds the PBX's calls. `ahead`: kept between the steps
    of one run; an agent's time is built to its end, which a long history would do once for each step.
    """
    with transaction.atomic():
        progress, _ = ActivityProgress.objects.select_for_update().get_or_create(pbx=pbx)
        built = BuildProgress.objects.filter(pbx=pbx).first() or BuildProgress(pbx=pbx)
        if built.queue_line < progress.queue_line or built.cel_line < progress.cel_line:
            # the calls are built anew from the first line on, and so are those who had them
            forget_activity(pbx=pbx)
            progress = ActivityProgress.objects.create(pbx=pbx)
        queue_lines = list(
            QueueLogLine.objects.filter(
                pbx=pbx, id__gt=progress.queue_line, id__lte=built.queue_line
            )
            .order_by("id")
            .values_list("id", "callid", "event", "tenant_id", "agent", "at", "data1", "data3")[
                :LINES_AT_ONCE
            ]
        )
        cel_lines = list(
            CelLine.objects.filter(pbx=pbx, id__gt=progress.cel_line, id__lte=built.cel_line)
            .order_by("id")
            .values_list("id", "linkedid")[:LINES_AT_ONCE]
        )
        if not queue_lines and not cel_lines:
            return BuiltActivity(frozenset(), 0, is_all=True)
        names = {line[1] for line in cel_lines} | {line[1] for line in queue_lines}
        told = _told(line[2:] for line in queue_lines if line[2] in MEMBER_EVENTS)
        restarts = [(line[3], line[5]) for line in queue_lines if line[2] == "QUEUESTART"]
        if is_import(pbx):
            begun = {line[1] for line in queue_lines if line[2] == "CONNECT"}
            others = {line[1] for line in queue_lines if line[2] in OF_STAYS} - begun
            told += _told_before(pbx, others, progress)
        elif restarts:
            names |= _open_calls(pbx)
            restarts = []
        ahead = ahead or Ahead()
        ahead.look_at(built)
        tenant_ids, written = _build(pbx, told, names, restarts, ahead)
        ActivityProgress.objects.filter(pbx=pbx).update(
            queue_line=queue_lines[-1][0] if queue_lines else progress.queue_line,
            cel_line=cel_lines[-1][0] if cel_lines else progress.cel_line,
        )
    is_all = len(queue_lines) < LINES_AT_ONCE and len(cel_lines) < LINES_AT_ONCE
    return BuiltActivity(tenant_ids, written, is_all)


def build_activity_of(*, pbx: str, names: Collection[str]) -> None:
    """Builds again what these calls tell of, if it is built; in a system scope, in an import."""
    with transaction.atomic():
        progress = ActivityProgress.objects.select_for_update().filter(pbx=pbx).first()
        if progress is not None and names:
            _build(pbx, _told_before(pbx, names, progress), set(names), [], Ahead())


def forget_activity(*, pbx: str) -> None:
    """Drops everything built; to be followed by build_new_activity until all is."""
    with transaction.atomic():
        AgentActivity.objects.filter(pbx=pbx).delete()
        ActivityProgress.objects.filter(pbx=pbx).delete()


def _told(lines: Iterable[tuple[Any, ...]]) -> list[Line]:
    """Of event, tenant, member, instant and data of each."""
    return [
        # a line tells of the ringing before it, too
        (tenant_id, member, at, at - timedelta(seconds=ring_seconds(event, *data)))
        for event, tenant_id, member, at, *data in lines
        if tenant_id is not None
    ]


def _told_before(pbx: str, callids: Collection[str], progress: ActivityProgress) -> list[Line]:
    """What was built of these calls' ringing and talking: an end that comes later changes it."""
    lines = QueueLogLine.objects.filter(
        pbx=pbx, callid__in=callids, event__in=OF_PHONES, id__lte=progress.queue_line
    )
    return _told(lines.values_list("event", "tenant_id", "agent", "at", "data1", "data3"))


def _open_calls(pbx: str) -> set[str]:
    """A restart of the PBX ends them without a line of their own."""
    found = AgentActivity.objects.filter(pbx=pbx, until=None).exclude(linkedid="")
    return set(found.values_list("linkedid", flat=True))


def _build(
    pbx: str, told: list[Line], names: set[str], restarts: list[Restart], ahead: Ahead
) -> tuple[frozenset[int], int]:
    """`restarts`: which may have ended what any of the company's agents did then."""
    main_calls, names = _calls_of(pbx, names)
    tenant_ids = {tenant_id for tenant_id, *_ in told} | set(main_calls.values())
    tenant_ids |= {tenant_id for tenant_id, _ in restarts}
    facts = Facts(tenant_ids)
    touched = _touched(pbx, told, main_calls, names, facts)
    for tenant_id in {tenant_id for tenant_id, _ in restarts}:
        first = min(at for one, at in restarts if one == tenant_id)
        for who in facts.everybody(pbx, tenant_id):
            touched[who] = min(first, touched.get(who, first))
    touched = ahead.without(touched)
    if not touched:
        write_wrap_ups(pbx, {}, names)
        return frozenset(), 0
    begins = rows.begins(pbx, touched)
    starts = {who: begin[0] if begin else _ALWAYS for who, begin in begins.items()}
    lines, phones = rows.told_of(pbx, starts, facts), rows.busy_of(pbx, starts, facts)
    rows.delete_from(pbx, starts)
    written = rows.insert(
        pbx,
        (
            (who, stretch)
            for who in touched
            for stretch in timeline(
                lines[who],
                phones[who],
                facts.groups_of(who),
                begins[who],
                # of another PBX's history nothing is known after his last line
                is_over=is_import(pbx),
            )
        ),
    )
    write_wrap_ups(pbx, starts, names)
    ahead.note(starts)
    return frozenset(who.tenant_id for who in touched), written


def _touched(
    pbx: str,
    told: list[Line],
    main_calls: dict[int, int],
    names: set[str],
    facts: Facts,
) -> dict[Who, datetime]:
    """From when on whose time is to be built anew."""
    since: dict[Who, datetime] = {}

    def add(who: Who | None, at: datetime) -> None:
        if who is not None:
            since[who] = min(at, since.get(who, at))

    for tenant_id, member, at, since_when in told:
        add(facts.who(tenant_id, member, at), since_when)
    columns = ("tenant_id", "agent_id", "member")
    legs = CallLeg.objects.filter(call_id__in=list(main_calls)).exclude(agent=None)
    for tenant_id, agent_id, at in legs.values_list("tenant_id", "agent_id", "started_at"):
        add(Who(tenant_id, agent_id, ""), at)
    # those whom the calls were told of before, and perhaps are no longer
    old = AgentActivity.objects.filter(
        tenant_id__in=set(main_calls.values()), linkedid__in=names, pbx=pbx
    ).exclude(linkedid="")
    for tenant_id, agent_id, member, at in old.values_list(*columns, "since"):
        add(Who(tenant_id, agent_id, member), at)
    return since


def _calls_of(pbx: str, names: set[str]) -> tuple[dict[int, int], set[str]]:
    """The calls, by id with their tenants, that these channels and conversations belong to, and all
    names under which rows may know them: a part was a call of its own before it was a part."""
    by_leg = CallLeg.objects.filter(uniqueid__in=names, call__pbx=pbx)
    by_name = Call.objects.filter(linkedid__in=names, pbx=pbx)
    found = set(by_leg.values_list("call_id", "call__part_of_id"))
    found |= set(by_name.values_list("pk", "part_of_id"))
    mains = {part_of or pk for pk, part_of in found}
    calls: dict[int, int] = {}
    known = set(names)
    # each by its own index: with an OR between them PostgreSQL reads the whole table
    for pk, tenant_id, linkedid in Call.objects.filter(pk__in=mains).values_list(
        "pk", "tenant_id", "linkedid"
    ):
        calls[pk] = tenant_id
        known.add(linkedid)
    parts = Call.objects.filter(part_of_id__in=mains)
    return calls, known | set(parts.values_list("linkedid", flat=True))
