"""Random histories against a slow reading of them: what happened is made up first, then written."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.tenants.scope import system_scope
from telephony.calls.models import QueueVisit
from tests.telephony.calls.company import make_acme
from tests.telephony.ledger.test_import import imports

pytestmark = pytest.mark.django_db
BEGIN = 1_700_000_000
ENDS = ("answered", "abandoned", "short_abandoned", "timeout", "agents_left", "key", "no_agents")

# whether the end's line says no times, as Asterisk 1.4 wrote; how soon the next stay follows
stay = st.tuples(
    st.sampled_from(("400", "401")), st.sampled_from(ENDS), st.integers(1, 40), st.integers(0, 50),
    st.booleans(), st.integers(0, 1),
)  # fmt: skip
calls = st.lists(
    st.tuples(st.integers(0, 120), st.lists(stay, min_size=1, max_size=3)), min_size=1, max_size=6
)
Stay = tuple[str, str, int, int, bool, int]
Told = tuple[str, str, str, int, int]


def written(number: int, begin: int, stays: list[Stay]) -> tuple[list[tuple[int, str]], list[Told]]:
    """The lines of a call with their times, and its visits as a person would count them."""
    at, lines, visits = BEGIN + begin, [], []
    for queue, end, long, talk, is_bare, pause in stays:
        wait = {"short_abandoned": long % 5 + 1, "abandoned": long + 5, "no_agents": 0}.get(
            end, long
        )
        told = f"{number}.{number}|{queue}"

        def say(event: str, when: int, agent: str = "NONE", told: str = told) -> None:
            lines.append((when, f"{when}|{told}|{agent}|{event}\n"))

        if end == "no_agents":
            say("JOINEMPTY", at)
            visits.append((queue, "overflowed", "no_agents", 0, 0))
            at += 1
            continue
        say("ENTERQUEUE||555|1", at)
        at += wait
        if end == "answered":
            say(f"CONNECT|{wait}|x|1", at, "Agent/102")
            at += talk
            ended = "TRANSFER|501|x" if is_bare else f"COMPLETECALLER|{wait}|{talk}|1"
            say(ended, at, "Agent/102")
            visits.append((queue, "answered", "", wait, talk))
        elif end in ("abandoned", "short_abandoned"):
            say(f"ABANDON|1|1|{wait}", at)
            visits.append((queue, end, "", wait, 0))
            break
        else:
            event, more = {"timeout": ("EXITWITHTIMEOUT|1", "|1"), "agents_left": ("EXITEMPTY|1", "|1"),
                           "key": ("EXITWITHKEY|1|1", "|1")}[end]  # fmt: skip
            say(event if is_bare else f"{event}{more}|{wait}", at)
            visits.append((queue, "overflowed", end, wait, 0))
        at += pause
    return lines, visits


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=calls, data=st.data())
def test_cut_doubled_and_shuffled(
    calls: list[tuple[int, list[Stay]]], data: st.DataObject, tmp_path: Path
) -> None:
    lines: list[tuple[int, str]] = []
    expected: Counter[Told] = Counter()
    for number, (begin, stays) in enumerate(calls):
        told, visits = written(number + 1, begin, stays)
        lines += told
        expected.update(visits)
    lines.sort(key=lambda line: line[0])  # stable: what one call says keeps its order
    texts = [text for _, text in lines]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(texts)), max_size=3)))
    parts = [texts[a:b] for a, b in zip([0, *cuts], [*cuts, len(texts)], strict=True)]
    parts.append(texts[data.draw(st.integers(0, len(texts))) :])
    parts = data.draw(st.permutations(parts))
    paths = []
    for place, part in enumerate(parts):
        path = tmp_path / f"queue_log.{place}"
        path.write_text("".join(part))
        paths.append(path)
    with transaction.atomic():
        make_acme()
        imports(*paths)
        with system_scope("the test counts all"):
            found = QueueVisit.objects.values_list(
                "queue_name", "outcome", "reason", "wait_seconds", "talk_seconds"
            )
            assert Counter(found) == expected
        transaction.set_rollback(True)  # each example begins with no lines
