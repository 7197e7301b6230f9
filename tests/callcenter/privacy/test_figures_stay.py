"""Erasing changes no figure, and neither does building everything anew afterwards."""

from collections import Counter
from pathlib import Path

import pytest

from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.recordings.storage.sealed import SealedStore
from tests.callcenter.privacy.made import (
    CALLED,
    CALLER,
    OTHER,
    build_everything,
    erase,
    figures,
    ledger_text,
    rebuild,
    story,
)
from tests.telephony.calls.company import make_acme, make_globex, play

pytestmark = pytest.mark.django_db
SCENES = ("01_", "02_", "04_", "05b", "05c", "06_", "13", "14", "18", "21", "37")


def clusters(tenant_id: int) -> list[int]:
    """How many calls each outside party made, without who it is."""
    with tenant_scope(tenant_id):
        numbers = Call.objects.values_list("caller_number", flat=True)
        return sorted(Counter(numbers).values())


@pytest.mark.parametrize("spelling", ["0049 (151) 12 345"])
def test_figures_and_repeats_are_the_same_to_the_last_digit(
    tmp_path: Path, store: SealedStore, spelling: str
) -> None:
    acme, globex = make_acme().tenant, make_globex().tenant
    play(tmp_path, *SCENES)
    build_everything(acme)
    rebuild(acme)
    before, told, people = figures(acme), story(acme, with_people=False), clusters(acme.pk)
    neighbours = story(globex, with_people=True), ledger_text(globex.pk)
    with tenant_scope(acme.pk):
        known = Call.objects.filter(caller_number=CALLER).count()
        everything = Call.objects.count()
    assert before.repeats.good > 0
    assert known > 5

    case = erase(acme, store, f"{spelling}, {CALLED}")
    after = story(acme, with_people=True)
    assert figures(acme) == before
    assert story(acme, with_people=False) == told
    assert clusters(acme.pk) == people
    assert case.done["lines"] > 100
    with tenant_scope(acme.pk):
        assert Call.objects.count() == everything
        for number in (CALLER, CALLED):
            assert not Call.objects.filter(caller_number=number).exists()
            assert not Call.objects.filter(dialled=number).exists()
        pseudonyms = set(case.erased.values_list("pseudonym", flat=True))
        assert Call.objects.filter(caller_number__in=pseudonyms).count() == known
        assert Call.objects.filter(caller_number=OTHER).exists()
    text = ledger_text(acme.pk) + repr(after)
    for digits in ("15112345", "30998877"):
        assert digits not in text
    assert "15199999" in text
    assert (story(globex, with_people=True), ledger_text(globex.pk)) == neighbours

    rebuild(acme)
    assert story(acme, with_people=True) == after
    assert figures(acme) == before
