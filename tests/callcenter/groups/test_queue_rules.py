"""Which queue settings make sense, and where overflow goes round in a circle."""

import pytest

from callcenter.groups.queue_rules import PlannedQueue, circle, first_fault
from callcenter.groups.slugs import make_slug


def planned(**changes: object) -> PlannedQueue:
    settings: dict[str, object] = {
        "ring_seconds": 15,
        "retry_seconds": 1,
        "max_wait_seconds": 600,
        "max_length": 0,
        "overflows": {"overflow_on_timeout": "hang_up"},
        "has_overflow_clip": False,
        "has_overflow_queue": False,
    }
    return PlannedQueue(**{**settings, **changes})  # type: ignore[arg-type]


def test_usual_settings_have_no_fault() -> None:
    assert first_fault(planned()) is None


@pytest.mark.parametrize(
    ("changes", "fault", "field"),
    [
        ({"ring_seconds": 2}, "out_of_range", "ring_seconds"),
        ({"retry_seconds": 61}, "out_of_range", "retry_seconds"),
        ({"max_wait_seconds": 9}, "out_of_range", "max_wait_seconds"),
        ({"max_length": -1}, "out_of_range", "max_length"),
        ({"ring_seconds": 31, "max_wait_seconds": 30}, "rings_longer_than_waiting", "ring_seconds"),
        ({"overflows": {"overflow_on_full": "clip"}}, "clip_missing", "overflow_clip"),
        ({"overflows": {"overflow_on_full": "queue"}}, "queue_missing", "overflow_queue"),
    ],
)
def test_nonsense_is_named(changes: dict[str, object], fault: str, field: str) -> None:
    found = first_fault(planned(**changes))
    assert found is not None
    assert found[:2] == (fault, field)


def test_a_phone_may_ring_as_long_as_callers_wait() -> None:
    assert first_fault(planned(ring_seconds=30, max_wait_seconds=30)) is None


@pytest.mark.parametrize(
    ("leads_to", "expected"),
    [
        ({}, ()),
        ({1: 2}, ()),
        ({1: 1}, (1,)),
        ({1: 2, 2: 1}, (1, 2)),
        ({1: 2, 2: 3, 3: 1}, (1, 2, 3)),
        ({1: 2, 2: 3, 3: 2}, (2, 3)),
        ({2: 3, 3: 2}, ()),
    ],
)
def test_circles_are_found_wherever_they_close(
    leads_to: dict[int, int], expected: tuple[int, ...]
) -> None:
    assert circle(1, leads_to) == expected


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        ("Sales & Support", (), "sales-support"),
        ("Õismäe ühistu", (), "oismae-uhistu"),
        ("Продажи", (), "group"),
        ("--", (), "group"),
        ("Sales", ("sales", "sales-2"), "sales-3"),
        ("x" * 40, (), "x" * 30),
        ("x" * 40, ("x" * 30,), "x" * 28 + "-2"),
        ("a" * 29 + " b", (), "a" * 29),
    ],
)
def test_slugs_are_plain_short_and_free(name: str, taken: tuple[str, ...], slug: str) -> None:
    assert make_slug(name, taken) == slug
