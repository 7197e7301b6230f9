"""The pages and the API of reports: orders with clear errors, nobody else's anything."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey, Membership
from callcenter.accounts.permissions import ApiScope, Right
from callcenter.audit.models import AuditEntry
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from reports.schedules.models import ReportDelivery, ReportRun, ReportSchedule
from reports.schedules.tasks import work_off_reports
from tests.cast import Company, limit_to, make_company
from tests.reports.schedules.ordering import due, order

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(settings: Any, tmp_path: Path) -> Company:
    settings.DATA_DIR = tmp_path
    settings.EMAIL_HOST = ""
    return make_company("alice", number="+3726001001")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726001002")


def client_of(company: Company, role: str = "manager") -> Client:
    client = Client()
    client.force_login(company.people[role])
    return client


FORM = {
    "kind": "groups_day",
    "name": "Morning",
    "repeats": "daily",
    "at": "08:30",
    "month_day": "1",
    "addresses": "chef@alice.example\nanna@else.example de",
    "attaches_xlsx": "on",
}


def sent(company: Company) -> ReportDelivery:
    """One report of the company, mailed."""
    now = timezone.now()
    order(company, at=now - timedelta(days=1), repeats="once")
    due(now)
    work_off_reports(tenant_id=company.tenant.pk)
    with tenant_scope(company.tenant.pk):
        return ReportDelivery.objects.select_related("run").get(state="sent")


def test_a_report_is_ordered_changed_and_undone(alice: Company) -> None:
    client = client_of(alice, "admin")
    answer = client.post("/t/alice/reports/new/", FORM)
    with tenant_scope(alice.tenant.pk):
        row = ReportSchedule.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/t/alice/reports/{row.pk}/"
    assert row.addresses == [["chef@alice.example", ""], ["anna@else.example", "de"]]
    assert row.next_run_at is not None
    page = client.get(answer["Location"]).content.decode()
    assert "Every day at 08:30" in page
    assert "anna@else.example" in page
    assert "Morning" in client.get("/t/alice/reports/").content.decode()
    change = f"/t/alice/reports/{row.pk}/change/"
    assert "anna@else.example de" in client.get(change).content.decode()
    client.post(change, {**FORM, "repeats": "weekly", "weekdays": ["5"], "name": "Fridays"})
    with tenant_scope(alice.tenant.pk):
        row.refresh_from_db()
    assert (row.repeats, row.weekdays, row.name) == ("weekly", [5], "Fridays")
    assert row.next_run_at.isoweekday() == 5
    with tenant_scope(alice.tenant.pk):
        entry = AuditEntry.objects.get(action="report.changed")
    client.post(f"/t/alice/reports/undo/{entry.pk}/")
    with tenant_scope(alice.tenant.pk):
        row.refresh_from_db()
    assert (row.repeats, row.name) == ("daily", "Morning")


def test_a_name_left_empty_stays_empty_and_is_worded_for_whoever_looks(alice: Company) -> None:
    client = client_of(alice)
    client.post("/t/alice/reports/new/", {**FORM, "name": ""})
    with tenant_scope(alice.tenant.pk):
        row = ReportSchedule.objects.get()
    assert row.name == ""
    person = alice.people["manager"]
    for language, title in (("en", "Groups: a day"), ("de", "Gruppen: ein Tag")):
        type(person).objects.filter(pk=person.pk).update(language=language)
        for page in ("reports/", f"reports/{row.pk}/"):
            assert title in client.get(f"/t/alice/{page}").content.decode()
        change = client.get(f"/t/alice/reports/{row.pk}/change/")
        assert change.context["form"]["name"].value() == ""


def test_an_order_of_before_offers_no_name_of_its_own(alice: Company) -> None:
    row = order(alice, name="Gruppen: ein Tag")
    page = client_of(alice).get(f"/t/alice/reports/{row.pk}/change/")
    assert page.context["form"]["name"].value() == ""


def test_paused_nothing_falls_due_and_deleted_it_can_come_back(alice: Company) -> None:
    client = client_of(alice)
    client.post("/t/alice/reports/new/", FORM)
    with tenant_scope(alice.tenant.pk):
        row = ReportSchedule.objects.get()
    later = timezone.now() + timedelta(days=2)
    client.post(f"/t/alice/reports/{row.pk}/pause/")
    assert due(later) == 0
    assert "Paused" in client.get("/t/alice/reports/").content.decode()
    client.post(f"/t/alice/reports/{row.pk}/resume/")
    client.post(f"/t/alice/reports/{row.pk}/delete/")
    assert due(later) == 0
    assert client.get(f"/t/alice/reports/{row.pk}/").status_code == 404
    client.post(f"/t/alice/reports/{row.pk}/restore/")
    assert client.get(f"/t/alice/reports/{row.pk}/").status_code == 200
    assert due(later) > 0
    with tenant_scope(alice.tenant.pk):
        told = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert told == [
        f"report.{one}" for one in ("ordered", "paused", "resumed", "deleted", "restored")
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"addresses": ""}, "Choose somebody to send it to"),
        ({"addresses": "not an address"}, "“not” is not an e-mail address"),
        ({"addresses": "anna@else.example xx"}, "“xx” is no language of ours"),
        ({"repeats": "weekly"}, "Choose at least one day of the week"),
        ({"repeats": "once", "on_day": "2020-01-01"}, "That time is over"),
        ({"repeats": "once", "first_day": "2026-01-02", "last_day": "2026-01-01"},
         "The last day is before the first one"),
        ({"repeats": "once", "first_day": "2026-01-02"}, "Give both days, or none"),
        ({"month_day": "32"}, "31"),
        ({"at": "25:00"}, "Enter a valid time"),
        ({"kind": "nonsense"}, "nonsense"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_order_is_said(
    alice: Company, change: dict[str, str], words: str
) -> None:
    answer = client_of(alice).post("/t/alice/reports/new/", {**FORM, **change})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with tenant_scope(alice.tenant.pk):
        assert not ReportSchedule.objects.exists()


def test_who_leads_some_groups_orders_for_those_only(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
    limit_to(alice.people["manager"], alice.group)
    everything = order(alice, at=timezone.now())
    client = client_of(alice)
    assert client.post("/t/alice/reports/new/", FORM).status_code == 422
    wrong = {**FORM, "group_ids": [str(other.pk)]}
    assert client.post("/t/alice/reports/new/", wrong).status_code == 422
    mine = {**FORM, "group_ids": [str(alice.group.pk)]}
    assert client.post("/t/alice/reports/new/", mine).status_code == 302
    page = client.get("/t/alice/reports/").content.decode()
    assert "Morning" in page
    assert "Yesterday" not in page
    assert client.get(f"/t/alice/reports/{everything.pk}/").status_code == 404
    delivery = sent(alice)
    for path in (
        f"reports/runs/{delivery.run.pk}/",
        f"reports/runs/{delivery.run.pk}/report.xlsx",
        f"reports/outbox/{delivery.token}/",
    ):
        assert client.get(f"/t/alice/{path}").status_code == 404
    assert str(delivery.token) not in client.get("/t/alice/reports/outbox/").content.decode()


def test_callers_numbers_are_not_shown_to_who_may_not_see_them(alice: Company) -> None:
    client = client_of(alice)
    client.post("/t/alice/reports/new/", {**FORM, "kind": "unanswered_day"})
    with tenant_scope(alice.tenant.pk):
        row = ReportSchedule.objects.get()
        Membership.objects.filter(user=alice.people["manager"]).update(
            denied_rights=[Right.CALLS_NUMBERS.value]
        )
    assert row.shows_numbers
    assert client.get(f"/t/alice/reports/{row.pk}/").status_code == 404
    client.post("/t/alice/reports/new/", {**FORM, "kind": "unanswered_day", "name": "Masked"})
    with tenant_scope(alice.tenant.pk):
        assert not ReportSchedule.objects.get(name="Masked").shows_numbers


def test_a_preview_is_made_by_a_worker_and_mails_nobody(alice: Company) -> None:
    client = client_of(alice)
    answer = client.post("/t/alice/reports/preview/", {**FORM, "addresses": ""})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "The report is being made" in page.content.decode()
    assert "every 2s" in page.content.decode()
    work_off_reports(tenant_id=alice.tenant.pk)
    page = client.get(answer["Location"])
    assert "every 2s" not in page.content.decode()
    frame = client.get(f"{answer['Location']}mail/")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    policy = frame["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src 'none'" in policy
    assert '<base target="_blank">' in frame.content.decode()
    assert "No calls came in this time." in frame.content.decode()
    assert client.get(f"{answer['Location']}report.pdf?show=1").content.startswith(b"%PDF")
    with tenant_scope(alice.tenant.pk):
        assert not ReportDelivery.objects.exists()
        assert not ReportSchedule.objects.exists()
    # a colleague's preview is nobody else's
    assert client_of(alice, "admin").get(answer["Location"]).status_code == 404


def test_a_test_goes_to_who_asks_alone(alice: Company) -> None:
    row = order(alice)
    answer = client_of(alice).post(f"/t/alice/reports/{row.pk}/test/")
    work_off_reports(tenant_id=alice.tenant.pk)
    with tenant_scope(alice.tenant.pk):
        delivery = ReportDelivery.objects.get()
        row.refresh_from_db()
    assert delivery.address == "manager@alice.example"
    page = client_of(alice).get(answer["Location"]).content.decode()
    assert "Sent to 1" in page
    mail = client_of(alice).get(f"/t/alice/reports/outbox/{delivery.token}/").content.decode()
    assert "Test: " in mail


def test_kept_mail_is_read_and_its_files_fetched(alice: Company, bob: Company) -> None:
    delivery = sent(alice)
    client = client_of(alice)
    assert "chef@alice.example" in client.get("/t/alice/reports/outbox/").content.decode()
    url = f"/t/alice/reports/outbox/{delivery.token}/"
    assert f"report.{delivery.token.hex}@localhost" in client.get(url).content.decode()
    assert "No calls came" in client.get(f"{url}body/").content.decode()
    assert client.get(f"{url}0/").content.startswith(b"PK")
    assert client.get(f"{url}1/").status_code == 404
    for slug, who in (("bob", bob), ("alice", bob)):
        stranger = client_of(who, "admin")
        for path in (f"outbox/{delivery.token}/", f"outbox/{delivery.token}/0/",
                     f"runs/{delivery.run.pk}/", f"runs/{delivery.run.pk}/report.xlsx"):  # fmt: skip
            assert stranger.get(f"/t/{slug}/reports/{path}").status_code == 404
    assert "chef@alice" not in client_of(bob).get("/t/bob/reports/outbox/").content.decode()


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    ("language", "orders", "about", "sender"),
    [
        ("et", "Telli", "Mille kohta", "Kellelt"),
        ("de", "Bestellen", "Worüber", "Von"),
        ("it", "Ordina", "Riguarda", "Da"),
    ],
)
def test_words_with_several_meanings_are_translated_by_theirs(
    alice: Company, language: str, orders: str, about: str, sender: str
) -> None:
    person = alice.people["manager"]
    person.language = language
    person.save()
    client, delivery = client_of(alice), sent(alice)

    def shown(path: str) -> str:
        return client.get(f"/t/alice/reports/{path}").content.decode()

    assert f'type="submit">{orders}</button>' in shown("new/")
    assert f"<dt>{about}</dt>" in shown(f"runs/{delivery.run_id}/")
    assert f"<dt>{sender}</dt>" in shown(f"outbox/{delivery.token}/")


def test_lists_ask_as_much_for_many_as_for_one(alice: Company) -> None:
    client = client_of(alice)
    run = sent(alice).run
    urls = ("/t/alice/reports/", f"/t/alice/reports/{run.schedule_id}/", "/t/alice/reports/outbox/")
    few = [queries_of(client, url) for url in urls]
    with tenant_scope(alice.tenant.pk):
        for number in range(30):
            at = timezone.now() + timedelta(minutes=number)
            made = ReportRun.objects.create(
                schedule_id=run.schedule_id, due_at=at, since=at, until=at, kind=run.kind,
                name=f"Run {number}", state="made",
            )  # fmt: skip
            ReportDelivery.objects.create(
                run=made, address="x@y.example", language="en", state="sent", sent_at=at
            )
    for number in range(20):
        order(alice, name=f"Order {number}")
    many = [queries_of(client, url) for url in urls]
    assert all(more <= one for more, one in zip(many, few, strict=True)), (few, many)
    assert "older=" in client.get(urls[1]).content.decode()
    assert max(few) < 20


def key_for(company: Company, scope: ApiScope) -> Client:
    key = api_keys.new_key()
    with tenant_scope(company.tenant.pk):
        ApiKey.objects.create(
            name=key[-8:], prefix=api_keys.prefix_of(key) or "",
            digest=api_keys.digest_of(key), scopes=[scope.value],
        )  # fmt: skip
    return Client(headers={"authorization": f"Bearer {key}"})


def test_programs_read_orders_runs_and_files(alice: Company, bob: Company) -> None:
    delivery = sent(alice)
    run = delivery.run
    client = key_for(alice, ApiScope.REPORTS_READ)
    orders = client.get("/api/v1/reports/").json()["reports"]
    assert [one["id"] for one in orders] == [run.schedule_id]
    runs = client.get(f"/api/v1/reports/{run.schedule_id}/runs/").json()
    assert runs["older"] is None
    assert runs["runs"][0]["deliveries"][0]["state"] == "sent"
    path = f"/api/v1/reports/runs/{run.pk}/report"
    assert client.get(f"{path}.json").json()["sentences"] == ["No calls came in this time."]
    assert client.get(f"{path}.xlsx").content.startswith(b"PK")
    assert client.get(f"{path}.pdf").content.startswith(b"%PDF")
    assert client.get(f"{path}.exe").status_code == 404
    assert client.get(f"/api/v1/reports/{run.schedule_id}/runs/?cursor=x").status_code == 400
    assert key_for(alice, ApiScope.CALLS_READ).get("/api/v1/reports/").status_code == 403
    stranger = key_for(bob, ApiScope.REPORTS_READ)
    assert stranger.get("/api/v1/reports/").json() == {"reports": []}
    for url in (f"{path}.json", f"{path}.pdf", f"/api/v1/reports/{run.schedule_id}/runs/"):
        assert stranger.get(url).status_code == 404
