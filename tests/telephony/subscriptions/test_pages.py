"""Management's pages about webhooks, and the same by the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey
from callcenter.audit.models import AuditEntry
from callcenter.outbound.sealing import unseal
from callcenter.tenants.scope import tenant_scope
from phonebook.notes.models import Note
from phonebook.notes.selectors import unread_count
from telephony.subscriptions.models import Webhook, WebhookDelivery, WebhookState
from telephony.subscriptions.tasks import tell_of_webhook
from tests.cast import Company, make_company
from tests.telephony.subscriptions.made import fact, make_webhook, write

pytestmark = pytest.mark.django_db
URL = "https://203.0.114.7/hook"  # public, and nobody's name has to be looked up
NEW = {"name": "CRM", "url": URL, "about": "tenant"}


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


def signed_in(company: Company, role: str = "admin") -> Client:
    client = Client()
    client.force_login(company.people[role])
    return client


def keyed(company: Company, *scopes: str) -> Any:
    key = api_keys.new_key()
    with tenant_scope(company.tenant.pk):
        ApiKey.objects.create(
            name=key[:16], prefix=api_keys.prefix_of(key) or "", digest=api_keys.digest_of(key),
            scopes=list(scopes),
        )  # fmt: skip
    return Client(headers={"Authorization": f"Bearer {key}"})


def only(company: Company) -> Webhook:
    with tenant_scope(company.tenant.pk):
        return Webhook.objects.get()


def test_the_secret_is_shown_once_and_kept_sealed(alice: Company) -> None:
    client = signed_in(alice)
    answer = client.post("/t/alice/manage/webhooks/", NEW)
    assert answer.status_code == 200
    (secret,) = set(re.findall(r"whsec_[\w-]+", answer.content.decode()))
    webhook = only(alice)
    assert unseal(webhook.secret) == secret
    assert secret not in webhook.secret
    for page in ("/t/alice/manage/webhooks/", f"/t/alice/manage/webhooks/{webhook.pk}/"):
        assert secret not in client.get(page).content.decode()
    with tenant_scope(alice.tenant.pk):
        (entry,) = AuditEntry.objects.filter(action="webhook.created")
        assert secret not in str(entry.after)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://203.0.114.7/", "https://"),
        ("https://10.0.0.1/", "public internet"),
        ("https://[::1]/", "public internet"),
        ("https://169.254.169.254/latest", "public internet"),
        ("nonsense", "complete address"),
    ],
)
def test_addresses_that_are_refused(alice: Company, url: str, words: str) -> None:
    answer = signed_in(alice).post("/t/alice/manage/webhooks/", {**NEW, "url": url})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_group_or_number_must_be_named_and_be_ones_own(alice: Company) -> None:
    bob = make_company("bob", number="+3726001002", first_extension=201)
    client = signed_in(alice)
    page = "/t/alice/manage/webhooks/"
    assert client.post(page, {**NEW, "about": "group"}).status_code == 422
    theirs = client.post(page, {**NEW, "about": "number", "number": bob.number.pk})
    assert theirs.status_code == 422
    assert (
        client.post(page, {**NEW, "about": "number", "number": alice.number.pk}).status_code == 200
    )
    assert only(alice).e164 == "+3726001001"
    assert client.post(page, NEW).status_code == 422  # the name is taken


def test_who_may(alice: Company) -> None:
    for role in ("agent", "supervisor", "manager"):
        assert signed_in(alice, role).get("/t/alice/manage/webhooks/").status_code == 403


def test_the_log_is_paged_and_bounded(alice: Company, django_assert_num_queries: Any) -> None:
    webhook, _ = make_webhook(alice, URL)
    with tenant_scope(alice.tenant.pk):
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(
                webhook=webhook, event=n, type="call.ended", at=timezone.now(), status=200,
                is_delivered=True,
            )
            for n in range(1, 121)
        )  # fmt: skip
    client = signed_in(alice)
    path = f"/t/alice/manage/webhooks/{webhook.pk}/deliveries/"
    client.get(path)
    with django_assert_num_queries(13, exact=False):
        first = client.get(path).content.decode()
    assert first.count("call.ended") == 50
    older = re.search(r"\?before=(\d+)", first)
    assert older is not None
    second = client.get(path + older.group(0)).content.decode()
    assert second.count("call.ended") == 50
    assert "every 3s" not in second


def test_levers(alice: Company) -> None:
    webhook, _ = make_webhook(alice, URL)
    client = signed_in(alice)
    base = f"/t/alice/manage/webhooks/{webhook.pk}/"
    ids = write(alice, fact(), fact())
    client.post(f"{base}pause/")
    assert only(alice).state == WebhookState.PAUSED
    client.post(f"{base}resume/")
    assert only(alice).state == WebhookState.ACTIVE
    client.post(f"{base}test/")
    assert only(alice).test_asked_at is not None
    client.post(f"{base}replay/", {"since": "2020-01-01T00:00"})
    assert only(alice).cursor == ids[0] - 1
    renewed = client.post(f"{base}secret/").content.decode()
    assert unseal(only(alice).secret) in renewed
    assert client.post(base, {**NEW, "name": "Other", "types": ["call.ended"]}).status_code == 302
    assert (only(alice).name, only(alice).types) == ("Other", ["call.ended"])
    assert client.post(f"{base}delete/").status_code == 302
    assert client.get(base).status_code == 404


def test_the_one_who_made_it_is_told_by_mail(alice: Company) -> None:
    webhook, _ = make_webhook(alice, URL)
    with tenant_scope(alice.tenant.pk):
        Webhook.objects.update(state=WebhookState.FAILED, words="HTTP 500")
    tell_of_webhook(tenant_id=alice.tenant.pk, webhook_id=webhook.pk)
    (letter,) = mail.outbox
    assert letter.to == ["admin@alice.example"]
    assert "HTTP 500" in letter.body
    assert f"/t/alice/manage/webhooks/{webhook.pk}/" in letter.body


def test_every_admin_finds_a_postit_until_he_has_looked_at_it(alice: Company) -> None:
    webhook, _ = make_webhook(alice, URL)
    admin = alice.people["admin"]
    with tenant_scope(alice.tenant.pk):
        Webhook.objects.update(state=WebhookState.FAILED, words="HTTP 500", created_by=None)
    for _turn in range(2):  # as when it is tried again because of the mail
        tell_of_webhook(tenant_id=alice.tenant.pk, webhook_id=webhook.pk)
    assert mail.outbox == []
    with tenant_scope(alice.tenant.pk):
        note = Note.objects.get()
        assert (note.to, note.is_private, note.seen_at) == (admin, True, None)
        assert f"/t/alice/manage/webhooks/{webhook.pk}/" in note.text
        assert unread_count(admin.pk) == 1
        assert unread_count(alice.people["supervisor"].pk) == 0
        Note.objects.update(seen_at=timezone.now())
    tell_of_webhook(tenant_id=alice.tenant.pk, webhook_id=webhook.pk)
    with tenant_scope(alice.tenant.pk):
        assert unread_count(admin.pk) == 1  # it stands still again
        Webhook.objects.update(state=WebhookState.ACTIVE)
    tell_of_webhook(tenant_id=alice.tenant.pk, webhook_id=webhook.pk)
    with tenant_scope(alice.tenant.pk):
        assert Note.objects.count() == 2


def test_the_api_makes_and_steers(alice: Company) -> None:
    client = keyed(alice, "events:read", "events:write")
    made = client.post("/api/v1/webhooks/", NEW, content_type="application/json")
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert made.json()["secret"].startswith("whsec_")
    (listed,) = client.get("/api/v1/webhooks/").json()["webhooks"]
    assert "secret" not in listed
    assert client.post(f"/api/v1/webhooks/{pk}/pause/").json()["state"] == "paused"
    assert client.post(f"/api/v1/webhooks/{pk}/resume/").json()["state"] == "active"
    replayed = client.post(
        f"/api/v1/webhooks/{pk}/replay/", {"cursor": 0}, content_type="application/json"
    )
    assert replayed.json()["cursor"] == 0
    wrong = {**NEW, "url": "https://127.0.0.1/", "name": "x"}
    refused = client.post("/api/v1/webhooks/", wrong, content_type="application/json")
    assert refused.status_code == 409
    assert client.get(f"/api/v1/webhooks/{pk}/deliveries/").json() == {
        "deliveries": [], "older": None,
    }  # fmt: skip
    reader = keyed(alice, "events:read")
    assert reader.get("/api/v1/webhooks/").status_code == 200
    assert reader.delete(f"/api/v1/webhooks/{pk}/").status_code == 403
    bob = make_company("bob", number="+3726001002", first_extension=201)
    stranger = keyed(bob, "events:read", "events:write")
    assert stranger.get(f"/api/v1/webhooks/{pk}/").status_code == 404
    assert client.delete(f"/api/v1/webhooks/{pk}/").status_code == 204
