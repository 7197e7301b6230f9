"""Today's figures of the live screens lead to their calls: the same definition, as many rows."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from callcenter.accounts.models import Membership
from callcenter.tenants.scope import tenant_scope
from tests.cast import Company
from tests.reports.statistics.test_pages import signed_in
from tests.reports.statistics.visits import make_visit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["live/", "live/{group}/"])
def test_a_tiles_figures_lead_to_their_calls(alice: Company, page: str) -> None:
    now = timezone.now()
    for outcome in ("answered", "answered", "abandoned", "short_abandoned"):
        make_visit(alice, now, outcome, wait=3)
    make_visit(alice, now - timedelta(days=1))
    client = signed_in(alice)
    html = client.get(f"/t/alice/{page.format(group=alice.group.pk)}").content.decode()
    found = dict(re.findall(r'data-figure="(\w+)" href="([^"]*)"', html))
    assert set(found) == {"offered", "answered", "abandoned", "service_level"}
    shown = dict(re.findall(r'data-figure="(\w+)" href="[^"]*">([^<]*)<', html))
    assert (shown["offered"], shown["answered"], shown["abandoned"]) == ("3", "2", "1")
    for key in ("offered", "answered", "abandoned"):
        listed = client.get(unescape(found[key])).content.decode()
        assert re.search(rf": {shown[key]} calls?</h2>", listed), key


def test_who_may_not_see_statistics_has_no_link(alice: Company) -> None:

    with tenant_scope(alice.tenant.pk):
        Membership.objects.filter(user=alice.people["manager"]).update(
            denied_rights=["statistics.see"]
        )
    html = signed_in(alice).get("/t/alice/live/").content.decode()
    assert 'data-figure="offered"' in html
    assert "/statistics/" not in html
