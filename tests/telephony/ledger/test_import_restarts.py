"""Restarts of an imported PBX: they cut calls off, in whatever order the files that tell of them come."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.tenants.scope import system_scope
from telephony.calls.models import Call, QueueVisit
from tests.telephony.calls.company import make_acme
from tests.telephony.ledger.test_import import everything, imports
from tests.telephony.ledger.test_import_agents_time import check_rebuilt

pytestmark = pytest.mark.django_db
BEGIN = 1_700_000_000
Told = tuple[str, str, int, int]

# calls at even seconds, restarts at odd ones: nobody can tell what came first within a second
even = st.integers(1, 40).map(lambda half: 2 * half)
calls = st.lists(st.tuples(even, even, st.one_of(st.none(), even)), min_size=1, max_size=5)
restarts = st.lists(st.integers(0, 80).map(lambda half: 2 * half + 1), max_size=3, unique=True)


def lived(
    number: int, call: tuple[int, int, int | None], ends: list[int]
) -> tuple[list[str], Told]:
    """Its lines, and what it was; `ends`: the restarts, in order."""
    enters, wait, talk = call
    leaves = enters + wait
    cut = next((end for end in ends if end > enters), BEGIN)
    told = [(enters, "NONE|ENTERQUEUE||555|1")]
    if talk is None:
        told.append((leaves, f"NONE|ABANDON|1|1|{wait}"))
    else:
        told.append((leaves, f"Agent/102|CONNECT|{wait}|x|1"))
        told.append((leaves + talk, f"Agent/102|COMPLETECALLER|{wait}|{talk}|1"))
    lines = [f"{BEGIN + at}|{number}.{number}|400|{rest}\n" for at, rest in told if at < cut]
    if cut < leaves:
        return lines, ("abandoned", "restart", cut - enters, 0)
    if talk is None:
        return lines, ("short_abandoned" if wait <= 5 else "abandoned", "", wait, 0)
    return lines, ("answered", "", wait, 0 if cut < leaves + talk else talk)


def found() -> Counter[Told]:
    with system_scope("the test counts all"):
        assert not Call.objects.filter(ended_at=None).exists()
        return Counter(
            QueueVisit.objects.values_list("outcome", "reason", "wait_seconds", "talk_seconds")
        )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=calls, restarts=restarts, data=st.data())
def test_shuffled(
    calls: list[tuple[int, int, int | None]],
    restarts: list[int],
    data: st.DataObject,
    tmp_path: Path,
) -> None:
    ends = sorted(restarts)
    lines = [f"{BEGIN + at}|NONE|NONE|NONE|QUEUESTART|\n" for at in ends]
    expected: Counter[Told] = Counter()
    for number, call in enumerate(calls):
        told, visit = lived(number + 1, call, ends)
        lines += told
        expected[visit] += 1
    lines.sort()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=4)))
    parts = [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    with transaction.atomic():
        acme = make_acme()
        for place, part in enumerate(data.draw(st.permutations(parts))):
            path = tmp_path / f"queue_log.{place}"
            path.write_text("".join(part))
            imports(path)
        assert found() == expected
        built = everything()
        check_rebuilt(acme)
        assert everything() == built
        transaction.set_rollback(True)  # each example begins with no lines


def test_the_earlier_restart_comes_last(tmp_path: Path) -> None:
    acme = make_acme()
    ends = [21, 61]
    waits, talks = lived(1, (10, 30, None), ends), lived(2, (10, 4, 60), ends)
    contents = {
        "calls": "".join(waits[0] + talks[0]),
        "later": f"{BEGIN + 61}|NONE|NONE|NONE|QUEUESTART|\n",
        "earlier": f"{BEGIN + 21}|NONE|NONE|NONE|QUEUESTART|\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        imports(tmp_path / name)
    expected = Counter([waits[1], talks[1]])
    assert found() == expected
    with system_scope("the test looks at all"):
        ended = set(Call.objects.values_list("linkedid", "wait_seconds", "talk_seconds"))
        at = set(QueueVisit.objects.values_list("callid", "ended_at"))
    assert ended == {("1.1", 11.0, 0.0), ("2.2", 4.0, 0.0)}
    assert at == {(one, datetime.fromtimestamp(BEGIN + 21, UTC)) for one in ("1.1", "2.2")}
    built = everything()
    check_rebuilt(acme)
    assert everything() == built
