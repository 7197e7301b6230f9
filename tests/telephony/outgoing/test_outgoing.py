"""Outgoing destinations: nothing is allowed until somebody allows it."""

from collections.abc import Generator

import pytest

from callcenter.audit.models import AuditEntry
from callcenter.audit.services import HELIN_ITSELF
from callcenter.tenants.scope import tenant_scope
from telephony.outgoing.services import AllowedAlready, NotAPrefix, allow_prefix, forbid_prefix
from telephony.provisioning.models import OutgoingPrefix
from tests.callcenter.groups.test_management_doors import signed_in
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices() -> Generator[Company]:
    company = make_company("alice", number="+3726001000")
    with tenant_scope(company.tenant.pk):
        yield company


@pytest.mark.parametrize(
    ("typed", "kept"), [("+372", "+372"), ("00372 5", "+3725"), (" +1 (212) ", "+1212")]
)
def test_a_prefix_is_kept_as_e164_begins(alices: Company, typed: str, kept: str) -> None:
    assert allow_prefix(prefix=typed, by=HELIN_ITSELF).prefix == kept


@pytest.mark.parametrize("typed", ["", "+", "372", "+0", "+372x", "+" + "1" * 15, "*"])
def test_what_is_no_prefix_is_refused(alices: Company, typed: str) -> None:
    with pytest.raises(NotAPrefix):
        allow_prefix(prefix=typed, by=HELIN_ITSELF)


def test_allowed_once_and_forbidden_again(alices: Company) -> None:
    row = allow_prefix(prefix="+372", by=HELIN_ITSELF)
    with pytest.raises(AllowedAlready, match=r"\+372"):
        allow_prefix(prefix="00372", by=HELIN_ITSELF)
    forbid_prefix(prefix=row, by=HELIN_ITSELF)
    assert not OutgoingPrefix.objects.exists()
    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert actions == ["outgoing.forbidden", "outgoing.allowed"]


def test_the_page_says_that_none_means_none(alices: Company) -> None:
    client = signed_in(alices, "manager")
    assert "nobody can call out" in client.get("/t/alice/manage/outgoing/").content.decode()
    refused = client.post("/t/alice/manage/outgoing/", {"begins": "everywhere", "note": ""})
    assert refused.status_code == 422
    assert "country code" in refused.content.decode()
    assert client.post("/t/alice/manage/outgoing/", {"begins": "+49"}).status_code == 302
    assert "+49" in client.get("/t/alice/manage/outgoing/").content.decode()


@pytest.mark.parametrize(("country", "numbers"), [("DE", "110, 112"), ("US", "112, 911")])
def test_the_page_says_which_calls_for_help_always_go_out(
    alices: Company, country: str, numbers: str
) -> None:
    alices.tenant.country = country
    alices.tenant.save()
    page = signed_in(alices, "manager").get("/t/alice/manage/outgoing/").content.decode()
    assert f"Calls for help always go out: {numbers}." in page
