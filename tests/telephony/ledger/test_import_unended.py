"""Calls whose end is in no file: not known, rather than running for ever."""

from io import StringIO
from itertools import permutations
from pathlib import Path

import pytest
from django.core.management import call_command

from callcenter.tenants.scope import tenant_scope
from telephony.activity.models import AgentActivity
from telephony.calls.models import Call, QueueVisit
from tests.telephony.calls.company import Company, make_acme

pytestmark = pytest.mark.django_db
T = 1_690_000_000
DAY = 86_400
BEGUN = [
    f"{T}|w.1|support|NONE|ENTERQUEUE||03012345678|1",
    f"{T + 10}|a.1|support|NONE|ENTERQUEUE||03012345679|1",
    f"{T + 15}|a.1|support|SIP/101|CONNECT|5|a.2|4",
]
LATER = [
    f"{T + 2 * DAY}|b.1|support|NONE|ENTERQUEUE||03012345670|1",
    f"{T + 2 * DAY + 4}|b.1|support|SIP/101|CONNECT|4|b.2|3",
    f"{T + 2 * DAY + 64}|b.1|support|SIP/101|COMPLETECALLER|4|60|1",
    f"{T + 2 * DAY + 90}|c.1|support|NONE|ENTERQUEUE||03012345671|1",
]
ENDS = [
    f"{T + 75}|a.1|support|SIP/101|COMPLETEAGENT|5|60|1",
    f"{T + 20}|w.1|support|NONE|ABANDON|1|1|20",
]


@pytest.fixture
def acme() -> Company:
    return make_acme()


def import_lines(folder: Path, name: str, lines: list[str]) -> str:
    path, out = folder / name, StringIO()
    path.write_text("\n".join(lines) + "\n")
    call_command("import_queue_log", path, tenant="acme", timezone="UTC", stdout=out)
    return out.getvalue()


def visits() -> list[tuple[object, ...]]:
    found = QueueVisit.objects.order_by("callid")
    return [
        (one.callid, one.outcome, one.reason, one.ended_at is not None, one.talk_seconds)
        for one in found
    ]


def calls() -> list[tuple[object, ...]]:
    found = Call.objects.order_by("linkedid")
    return [(one.linkedid, one.outcome, one.reason, one.ended_at is not None) for one in found]


LOST = [
    ("a.1", "answered", "lost", True, 0),
    ("b.1", "answered", "", True, 60),
    ("c.1", "waiting", "", False, 0),  # it may go on in the next file
    ("w.1", "overflowed", "lost", True, 0),
]


def test_lost_ends(acme: Company, tmp_path: Path) -> None:
    import_lines(tmp_path, "1", BEGUN)
    with tenant_scope(acme.tenant.pk):
        assert [one[1] for one in visits()] == ["answered", "waiting"]
        assert [one[1] for one in calls()] == ["running", "running"]
    assert "2 calls whose end is in no file" in import_lines(tmp_path, "2", LATER)
    with tenant_scope(acme.tenant.pk):
        assert visits() == LOST
        assert calls() == [
            ("a.1", "answered", "lost", True),
            ("b.1", "answered", "", True),
            ("c.1", "running", "", False),
            ("w.1", "overflowed", "lost", True),
        ]
        talking = AgentActivity.objects.filter(state="in_call")
        seconds = [(one.until - one.since).total_seconds() for one in talking if one.until]
        assert seconds == [60]
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    with tenant_scope(acme.tenant.pk):
        assert visits() == LOST
    import_lines(tmp_path, "3", ENDS)
    with tenant_scope(acme.tenant.pk):
        assert visits() == [
            ("a.1", "answered", "", True, 60),
            ("b.1", "answered", "", True, 60),
            ("c.1", "waiting", "", False, 0),
            ("w.1", "abandoned", "", True, 0),
        ]
        assert [one[1:3] for one in calls()][::3] == [("answered", ""), ("abandoned", "")]


def test_a_restart_that_turns_up_says_more(acme: Company, tmp_path: Path) -> None:
    import_lines(tmp_path, "1", BEGUN + LATER)
    import_lines(tmp_path, "2", [f"{T + 3600}|NONE|NONE|NONE|QUEUESTART|"])
    with tenant_scope(acme.tenant.pk):
        assert [one[1:3] for one in visits()] == [
            ("answered", ""), ("answered", ""), ("waiting", ""), ("abandoned", "restart"),
        ]  # fmt: skip


def test_an_overlap_with_our_own_time_is_said(acme: Company, tmp_path: Path) -> None:
    lines = [f"{T}|NONE|support|SIP/101|ADDMEMBER|", f"{T + 60}|NONE|support|SIP/101|PAUSE|"]
    assert "counted twice" not in import_lines(tmp_path, "1", lines)
    with tenant_scope(acme.tenant.pk):
        row = AgentActivity.objects.latest("since")
        row.pk, row.pbx = None, acme.tenant.pbx
        row.save()
    later = [f"{T + 90}|NONE|support|SIP/101|UNPAUSE|", f"{T + 99}|NONE|NONE|NONE|CONFIGRELOAD|"]
    assert "counted twice" in import_lines(tmp_path, "2", later)


RESTARTS = {
    "begun": [
        *BEGUN,
        f"{T + 20}|d.1|support|NONE|ENTERQUEUE||03012345671|1",
    ],
    "first": [f"{T + 100}|NONE|NONE|NONE|QUEUESTART|"],
    "second": [f"{T + 7300}|NONE|NONE|NONE|QUEUESTART|"],
}


@pytest.mark.parametrize("order", list(permutations(RESTARTS)), ids=" ".join)
@pytest.mark.parametrize("together", [False, True])
def test_the_first_restart_ends_what_went_on_whenever_its_file_comes(
    acme: Company, tmp_path: Path, order: tuple[str, ...], together: bool
) -> None:
    if together:
        import_lines(tmp_path, "all", [line for name in order for line in RESTARTS[name]])
    else:
        for name in order:
            import_lines(tmp_path, name, RESTARTS[name])
    for _ in range(2):
        with tenant_scope(acme.tenant.pk):
            found = QueueVisit.objects.order_by("callid")
            assert [
                (one.outcome, one.reason, one.wait_seconds, one.ended_at.timestamp() - T)
                for one in found
                if one.ended_at
            ] == [
                ("answered", "", 5, 100),
                ("abandoned", "restart", 80, 100),
                ("abandoned", "restart", 100, 100),
            ]
            assert {one.ended_at.timestamp() - T for one in Call.objects.all() if one.ended_at} == {
                100
            }
            talk = AgentActivity.objects.get(state="in_call")
            assert talk.until
            assert talk.until.timestamp() - T == 100
        call_command("rebuild_figures", tenant="acme", stdout=StringIO())
