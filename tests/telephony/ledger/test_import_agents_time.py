"""Agents' time of another PBX's history: the same whenever its files and maps come, and rebuilt."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from callcenter.accounts.models import Membership, User
from callcenter.agents.models import Agent, Device
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.activity.models import AgentActivity
from telephony.activity.selectors import activity_sums
from telephony.calls.models import Call, QueueVisit
from telephony.calls.selectors import legs_from_log
from telephony.ledger.facts import notice_facts
from tests.telephony.calls.company import Company, make_acme

pytestmark = pytest.mark.django_db
T = 1_748_850_000
DAY = 86_400


@pytest.fixture
def acme() -> Company:
    return make_acme()


def import_lines(folder: Path, name: str, text: str, **options: object) -> None:
    path = folder / name
    path.write_text(text)
    call_command(
        "import_queue_log", path, stdout=StringIO(),
        **{"tenant": "acme", "timezone": "UTC", **options},
    )  # fmt: skip


def states(acme: Company, agent: int) -> list[tuple[str, float, float]]:
    """With the seconds since T at which each begins and ends."""
    with tenant_scope(acme.tenant.pk):
        rows = AgentActivity.objects.filter(agent=agent).order_by("since")
        return [
            (row.state, row.since.timestamp() - T, row.until.timestamp() - T)
            for row in rows
            if row.until
        ]


def snapshot(acme: Company) -> list[object]:
    """All of agents' time, and the after-call work that it gave to visits."""
    with tenant_scope(acme.tenant.pk):
        names = [one.attname for one in AgentActivity._meta.concrete_fields if one.name != "id"]
        rows = AgentActivity.objects.order_by("agent_id", "member", "since").values_list(*names)
        visits = QueueVisit.objects.order_by("callid", "stay")
        return [*rows, *visits.values_list("callid", "stay", "agent_id", "wrap_up_ms")]


def check_rebuilt(acme: Company) -> None:
    before = snapshot(acme)
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    assert snapshot(acme) == before


OLD_NOBODY = f"""\
{T}|M|old9|Old Nobody|ADDMEMBER|
{T + 60}|1.1|old9|NONE|ENTERQUEUE||5111111|1
{T + 65}|1.1|old9|Old Nobody|CONNECT|5|1.2|2
{T + 165}|1.1|old9|Old Nobody|COMPLETECALLER|5|100|1
{T + 165}|M|old9|Old Nobody|PAUSE|wrap-up
{T + 195}|M|old9|Old Nobody|UNPAUSE|
{T + 3600}|M|old9|Old Nobody|REMOVEMEMBER|
"""


@pytest.mark.parametrize(
    "before",
    [
        {},
        {"agent_map": ["Old Nobody=103"]},
        {"queue_map": ["old9=sales"]},
        {"queue_map": ["old9=support"], "agent_map": ["Old Nobody=102"]},
    ],
)
def test_a_map_given_or_corrected_later_moves_the_time(
    acme: Company, tmp_path: Path, before: dict[str, object]
) -> None:
    import_lines(tmp_path, "1", OLD_NOBODY, **before)
    maps = {"queue_map": ["old9=sales"], "agent_map": ["Old Nobody=103"]}
    import_lines(tmp_path, "1", OLD_NOBODY, **maps)
    since, until = (datetime.fromtimestamp(T + at, UTC) for at in (0, DAY))
    with tenant_scope(acme.tenant.pk):
        for groups in (None, [acme.groups["sales"].pk]):
            sums = activity_sums(None, since, until, groups)
            assert {agent: one.login_seconds for agent, one in sums.items()} == {3: 3600}
            assert sums[3].of("in_call") == 100
        assert activity_sums([3], since, until, [acme.groups["support"].pk])[3].login_seconds == 0
        assert QueueVisit.objects.get().wrap_up_ms == 30_000
        assert not AgentActivity.objects.exclude(agent=3).exists()
    check_rebuilt(acme)


def test_a_last_line_that_changes_nothing_ends_his_time(acme: Company, tmp_path: Path) -> None:
    """Whether it comes with the others or in a file of its own."""
    import_lines(tmp_path, "1", f"{T}|NONE|400|SIP/102|ADDMEMBER|\n")
    assert states(acme, 2) == []
    last = f"{T + 28800}|NONE|400|SIP/102|UNPAUSE|\n"
    import_lines(tmp_path, "2", last)
    assert states(acme, 2) == [("available", 0, 28800)]
    import_lines(tmp_path, "3", f"{T + 30000}|NONE|400|SIP/102|PAUSE|tea\n")
    assert states(acme, 2) == [("available", 0, 30000)]
    import_lines(tmp_path, "4", f"{T + 29000}|NONE|400|SIP/102|UNPAUSE|\n")
    assert states(acme, 2) == [("available", 0, 30000)]
    import_lines(tmp_path, "5", f"{T + 31000}|NONE|400|SIP/102|PAUSE|tea\n")
    assert states(acme, 2) == [("available", 0, 30000), ("paused", 30000, 31000)]
    check_rebuilt(acme)


@pytest.mark.parametrize("queue", ["400", "401"])
def test_answered_twice_within_one_second(acme: Company, tmp_path: Path, queue: str) -> None:
    """The talk is his to whom it was sent on, be it in another queue or in the same."""
    import_lines(
        tmp_path, "1",
        f"{T - 100}|NONE|400|SIP/101|ADDMEMBER|\n"
        f"{T}|1.1|400|NONE|ENTERQUEUE||5111111|1\n"
        f"{T + 5}|1.1|400|SIP/101|CONNECT|5|1.2|2\n"
        f"{T + 5}|1.1|400|SIP/101|BLINDTRANSFER|{queue}|from-internal|5|0|1\n"
        f"{T + 5}|1.1|{queue}|NONE|ENTERQUEUE||5111111|1\n"
        f"{T + 5}|1.1|{queue}|SIP/102|CONNECT|0|1.3|0\n"
        f"{T + 1805}|1.1|{queue}|SIP/102|COMPLETECALLER|0|1800|1\n"
        f"{T + 4000}|NONE|400|SIP/101|REMOVEMEMBER|\n",
    )  # fmt: skip
    assert states(acme, 1) == [("available", -100, 3), ("ringing", 3, 5), ("available", 5, 4000)]
    assert states(acme, 2) == [("in_call", 5, 1805)]
    with tenant_scope(acme.tenant.pk):
        legs = legs_from_log(Call.objects.get())
        assert [(leg.agent_id, leg.talk_seconds) for leg in legs] == [(1, 0), (2, 1800)]


def test_a_call_that_is_ended_as_lost_ends_in_his_time(acme: Company, tmp_path: Path) -> None:
    hour = 3600
    begun = (
        f"{T}|NONE|400|SIP/102|ADDMEMBER|\n"
        f"{T + hour}|1.1|400|NONE|ENTERQUEUE||5111111|1\n"
        f"{T + hour + 5}|1.1|400|SIP/102|CONNECT|5|1.2|3\n"
        f"{T + 9 * hour}|NONE|400|SIP/102|REMOVEMEMBER|\n"
        f"{T + 10 * hour}|NONE|400|SIP/102|UNPAUSE|\n"
    )
    later = (
        f"{T + 3 * DAY}|2.1|400|NONE|ENTERQUEUE||5111112|1\n"
        f"{T + 3 * DAY + 30}|2.1|400|NONE|ABANDON|1|1|30\n"
    )
    ends = f"{T + hour + 65}|1.1|400|SIP/102|COMPLETEAGENT|5|60|1\n"
    import_lines(tmp_path, "1", begun)
    assert states(acme, 2)[3] == ("in_call", 9 * hour, 10 * hour)
    import_lines(tmp_path, "2", later)
    assert states(acme, 2) == [
        ("available", 0, hour + 2),
        ("ringing", hour + 2, hour + 5),
        ("available", hour + 5, 9 * hour),
        ("logged_out", 9 * hour, 10 * hour),
    ]
    check_rebuilt(acme)
    import_lines(tmp_path, "3", ends)
    assert states(acme, 2)[2:4] == [
        ("in_call", hour + 5, hour + 65), ("available", hour + 65, 9 * hour),
    ]  # fmt: skip
    check_rebuilt(acme)


TALK = (
    f"{T}|NONE|400|SIP/102|ADDMEMBER|\n"
    f"{T + 100}|1.1|400|NONE|ENTERQUEUE||5111111|1\n"
    f"{T + 105}|1.1|400|SIP/102|CONNECT|5|1.2\n"
)
LEAVES = (
    f"{T + 9000}|NONE|400|SIP/102|REMOVEMEMBER|\n"
    f"{T + 9060}|NONE|401|SIP/102|ADDMEMBER|\n"
    f"{T + 9120}|NONE|401|SIP/102|REMOVEMEMBER|\n"
)
RESTART = f"{T + 500}|NONE|NONE|NONE|QUEUESTART|\n"
COMPLETE = f"{T + 500}|1.1|400|SIP/102|COMPLETECALLER|5|395|1\n"


@pytest.mark.parametrize("end", [RESTART, COMPLETE])
@pytest.mark.parametrize("order", ["tle", "tel", "elt", "etl", "lte", "let"])
def test_an_end_in_another_file_ends_his_call(
    acme: Company, tmp_path: Path, end: str, order: str
) -> None:
    for name in order:
        import_lines(tmp_path, name, {"t": TALK, "l": LEAVES, "e": end}[name])
    assert states(acme, 2) == [
        ("available", 0, 105),
        ("in_call", 105, 500),
        ("available", 500, 9000),
        ("logged_out", 9000, 9060),
        ("available", 9060, 9120),
    ]
    check_rebuilt(acme)


@pytest.mark.parametrize("end", [RESTART, COMPLETE])
def test_an_end_that_is_the_last_thing_known(acme: Company, tmp_path: Path, end: str) -> None:
    import_lines(tmp_path, "1", TALK)
    import_lines(tmp_path, "2", end)
    assert states(acme, 2) == [("available", 0, 105), ("in_call", 105, 500)]
    check_rebuilt(acme)


# as Asterisk writes them: first for all queues, without the reason, then for each queue with it
PAUSES = (
    f"{T}|MANAGER|400|SIP/102|ADDMEMBER|\n"
    f"{T}|MANAGER|401|SIP/102|ADDMEMBER|\n"
    f"{T + 60}|NONE|NONE|SIP/102|UNPAUSEALL|\n"
    f"{T + 60}|NONE|400|SIP/102|UNPAUSE|\n"
    f"{T + 60}|NONE|401|SIP/102|UNPAUSE|\n"
    f"{T + 60}|NONE|NONE|SIP/102|PAUSEALL|\n"
    f"{T + 60}|NONE|400|SIP/102|PAUSE|Lunch\n"
    f"{T + 60}|NONE|401|SIP/102|PAUSE|Lunch\n"
    f"{T + 120}|NONE|NONE|SIP/102|UNPAUSEALL|\n"
    f"{T + 120}|NONE|400|SIP/102|UNPAUSE|\n"
    f"{T + 120}|NONE|401|SIP/102|UNPAUSE|\n"
    f"{T + 180}|MANAGER|400|SIP/102|REMOVEMEMBER|\n"
    f"{T + 180}|MANAGER|401|SIP/102|REMOVEMEMBER|\n"
    f"{T + 240}|MANAGER|400|SIP/102|ADDMEMBER|\n"
    f"{T + 240}|NONE|NONE|SIP/102|PAUSEALL|\n"
    f"{T + 240}|NONE|400|SIP/102|PAUSE|Lunch\n"
    f"{T + 300}|NONE|NONE|SIP/102|UNPAUSEALL|\n"
    f"{T + 300}|NONE|400|SIP/102|UNPAUSE|\n"
    f"{T + 300}|MANAGER|400|SIP/102|REMOVEMEMBER|\n"
    f"{T + 360}|MANAGER|400|SIP/102|ADDMEMBER|\n"
    f"{T + 420}|MANAGER|400|SIP/102|REMOVEMEMBER|\n"
)
# more than one pause within a second: only the file's order tells what came last
HURRIED = "".join(
    f"{T + 500}|NONE|400|SIP/102|{event}|{reason}\n"
    for event, reason in [
        ("ADDMEMBER", ""), *[("PAUSE", "tea"), ("UNPAUSE", "")] * 12, ("PAUSE", "Lunch"),
    ]
) + f"{T + 560}|NONE|400|SIP/102|UNPAUSE|\n"  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_pauses_of_which_a_second_is_cut_into_files(
    acme: Company, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    lines = PAUSES.splitlines(keepends=True)
    parts: list[list[str]] = [[], [], []]
    cut = dice.randrange(len(lines))
    for place, line in enumerate(lines):
        (parts[place < cut] if seed % 2 else dice.choice(parts)).append(line)
    parts[0] += HURRIED.splitlines(keepends=True)
    for place, part in enumerate(parts):
        import_lines(tmp_path, str(place), "".join(part))
    assert states(acme, 2) == [
        ("available", 0, 60),
        ("paused", 60, 120),
        ("available", 120, 180),
        ("logged_out", 180, 240),
        ("paused", 240, 300),
        ("logged_out", 300, 360),
        ("available", 360, 420),
        ("logged_out", 420, 500),
        ("paused", 500, 560),
    ]
    with tenant_scope(acme.tenant.pk):
        reasons = AgentActivity.objects.filter(state="paused").values_list("reason", flat=True)
        assert set(reasons) == {"Lunch"}
    check_rebuilt(acme)


CALL = (
    f"{T - 100}|NONE|400|SIP/102|ADDMEMBER|\n"
    f"{T - 100}|NONE|401|SIP/102|ADDMEMBER|\n"
    f"{T}|1.1|400|NONE|ENTERQUEUE||5111111|1\n"
    f"{T + 5}|1.1|400|SIP/102|CONNECT|5|1.2|2\n"
    f"{T + 105}|1.1|400|SIP/102|COMPLETECALLER|5|100|1\n"
)
WRAP_UP = (
    f"{T + 105}|NONE|400|SIP/102|PAUSE|wrap-up\n"
    f"{T + 105}|NONE|401|SIP/102|PAUSE|wrap-up\n"
    f"{T + 165}|NONE|NONE|SIP/102|UNPAUSEALL|\n"
)
AFTER_CALLS = {
    "whole": (WRAP_UP, {"1.1": 60}),
    "added to another queue": (
        WRAP_UP
        + f"{T + 115}|NONE|vip|SIP/102|ADDMEMBER|PAUSED\n"
        + f"{T + 115}|NONE|vip|SIP/102|PAUSE|wrap-up\n",
        {"1.1": 60},
    ),
    "rung and busy": (
        WRAP_UP
        + f"{T + 110}|2.1|401|NONE|ENTERQUEUE||5111112|1\n"
        + f"{T + 120}|2.1|401|SIP/102|RINGNOANSWER|5000\n"
        + f"{T + 121}|2.1|401|NONE|ABANDON|1|1|11\n",
        {"1.1": 55, "2.1": 0},
    ),
    "two calls end at once": (
        WRAP_UP
        + f"{T + 104}|3.1|401|NONE|ENTERQUEUE||5111112|1\n"
        + f"{T + 104}|3.1|401|SIP/102|CONNECT|0|3.2|0\n"
        + f"{T + 106}|3.1|401|SIP/102|COMPLETECALLER|0|2|1\n",
        {"1.1": 0, "3.1": 59},
    ),
    "another call within": (
        WRAP_UP
        + f"{T + 120}|4.1|401|NONE|ENTERQUEUE||5111112|1\n"
        + f"{T + 125}|4.1|401|SIP/102|CONNECT|5|4.2|5\n"
        + f"{T + 135}|4.1|401|SIP/102|COMPLETECALLER|5|10|1\n",
        {"1.1": 15, "4.1": 30},
    ),
    "a pause, then more of it": (
        WRAP_UP
        + f"{T + 125}|NONE|NONE|SIP/102|PAUSEALL|tea\n"
        + f"{T + 135}|NONE|NONE|SIP/102|PAUSEALL|wrap-up\n",
        {"1.1": 20},
    ),
}


@pytest.mark.parametrize("case", AFTER_CALLS)
@pytest.mark.parametrize("files", [1, 2, 5])
def test_after_call_work_is_counted_whole_and_once(
    acme: Company, tmp_path: Path, case: str, files: int
) -> None:
    told, expected = AFTER_CALLS[case]
    told += f"{T + 4000}|NONE|400|SIP/102|REMOVEMEMBER|\n"
    lines = sorted((CALL + told).splitlines(keepends=True), key=lambda line: line.split("|")[0])
    dice = random.Random(files)
    parts: list[list[str]] = [[] for _ in range(files)]
    for line in lines:
        dice.choice(parts).append(line)
    for place, part in enumerate(parts):
        import_lines(tmp_path, str(place), "".join(part))
    with tenant_scope(acme.tenant.pk):
        found = dict(QueueVisit.objects.values_list("callid", "wrap_up_ms"))
    assert found == {callid: seconds * 1000 for callid, seconds in expected.items()}
    check_rebuilt(acme)


def make_phone(acme: Company, extension: str) -> int:
    """Of an agent who comes only now; the company's own PBX tells of it. Returns the agent's id."""
    with tenant_scope(acme.tenant.pk):
        user = User.objects.create(email=f"{extension}@example.com", name=extension)
        member = Membership.objects.create(user=user)
        agent = Agent.objects.create(pk=99, membership=member, name=f"Agent {extension}")
        Device.objects.create(
            agent=agent, extension=extension, name=extension, digest="0" * 32,
            secret_made_at=timezone.now(),
        )  # fmt: skip
    with system_scope("as the ledger does"):
        now = timezone.now()
        notice_facts(tenant_ids=[acme.tenant.pk], since=now, at=now)
    return agent.pk


def test_who_comes_later_has_no_old_time(acme: Company, tmp_path: Path) -> None:
    told = OLD_NOBODY.replace("Old Nobody", "SIP/209")
    import_lines(tmp_path, "1", told)
    agent_id = make_phone(acme, "209")
    check_rebuilt(acme)
    assert states(acme, agent_id) == []
    import_lines(tmp_path, "1", told, agent_map=["SIP/209=209"])
    assert len(states(acme, agent_id)) == 5
    with tenant_scope(acme.tenant.pk):
        assert QueueVisit.objects.get().agent_id == agent_id
    check_rebuilt(acme)


@pytest.mark.parametrize(
    "member", ["102", "SIP/102", "Agent/102", "Local/102@from-queue/n", "Local/FMPR-102@internal"]
)
def test_calls_and_time_are_the_same_agents(acme: Company, tmp_path: Path, member: str) -> None:
    import_lines(tmp_path, "1", OLD_NOBODY.replace("Old Nobody", member))
    assert len(states(acme, 2)) == 5
    with tenant_scope(acme.tenant.pk):
        assert QueueVisit.objects.get().agent_id == 2
    check_rebuilt(acme)
