"""What falls due is made once and mailed once; what is in the mail is what the page says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from callcenter.accounts.models import Membership
from callcenter.tenants.scope import system_scope, tenant_scope
from reports.mail import outbox
from reports.schedules.models import ReportDelivery, ReportEdition, ReportRun, ReportSchedule
from reports.schedules.services import claim_delivery, claim_run, make_run, request_preview
from reports.schedules.services.forgetting import forget_old_reports
from reports.schedules.tasks import work_off_reports
from tests.cast import Company, make_company
from tests.reports.schedules.ordering import NOW, PLAIN, due, order, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(settings: Any, tmp_path: Path) -> Company:
    settings.DATA_DIR = tmp_path
    settings.EMAIL_HOST = ""
    return make_company("alice", number="+3726001001")


def work(company: Company) -> None:
    work_off_reports(tenant_id=company.tenant.pk)


def yesterday(company: Company) -> None:
    """Three calls on Friday: two answered, one of them late, one given up."""
    friday = datetime(2026, 11, 20, 9, tzinfo=UTC)
    visit(company, friday, number=1)
    visit(company, friday + timedelta(minutes=5), number=2, wait_seconds=45)
    visit(
        company, friday + timedelta(hours=1), number=3, outcome="abandoned",
        wait_seconds=33, talk_seconds=0,
    )  # fmt: skip


def test_a_daily_report_goes_out_with_its_figures(alice: Company) -> None:
    yesterday(alice)
    order(alice, attaches_pdf=True)
    assert due(NOW) == 0
    morning = datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert due(morning) == 1
    assert due(morning) == 0
    work(alice)
    with tenant_scope(alice.tenant.pk):
        run = ReportRun.objects.get()
        delivery = ReportDelivery.objects.get()
        schedule = ReportSchedule.objects.get()
    assert (run.state, run.due_at) == ("made", morning)
    # of Saturday: no calls came
    assert schedule.next_run_at == morning + timedelta(days=1)
    mail = outbox.kept("alice", delivery.token)
    assert mail is not None
    assert (delivery.state, delivery.reason) == ("sent", "kept")
    assert "No calls came in this time." in mail.html
    assert "No calls came in this time." in mail.text


def test_mail_workbook_and_pdf_say_the_same(alice: Company) -> None:
    yesterday(alice)
    order(alice, at=NOW - timedelta(days=1), attaches_pdf=True)
    due(datetime(2026, 11, 21, 6, tzinfo=UTC))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        delivery = ReportDelivery.objects.get()
        document = ReportEdition.objects.get().document
    mail = outbox.kept("alice", delivery.token)
    assert mail is not None
    assert mail.recipient == "chef@alice.example"
    assert mail.message_id == f"<report.{delivery.token.hex}@localhost>"
    groups = next(one for one in document["tables"] if one["key"] == "groups")
    keys = [one["key"] for one in groups["columns"]]
    row = dict(zip(keys, groups["rows"][0]["values"], strict=True))
    assert (row["offered"], row["answered"], row["abandoned"]) == (3, 2, 1)
    assert round(row["service_level"], 1) == 33.3
    assert "33.3 %" in mail.html
    assert "33.3 %" in mail.text
    workbook, pdf = mail.attachments
    # the day by the company's clock, though it began on the 19th in UTC
    assert [one.name for one in (workbook, pdf)] == [
        "groups_day-2026-11-20.xlsx", "groups_day-2026-11-20.pdf",
    ]  # fmt: skip
    sheet = load_workbook(BytesIO(workbook.content))["Groups"]
    cells = dict(zip(keys, next(sheet.iter_rows(min_row=2, values_only=True)), strict=True))
    assert (cells["name"], cells["offered"], cells["answered"]) == ("Sales", 3, 2)
    assert cells["service_level"] == pytest.approx(1 / 3)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages)
    assert "33.3 %" in text
    assert "Sales" in text
    picture = mail.pictures["chart@helin"]
    assert picture.content.startswith(b"\x89PNG")
    assert 'src="cid:chart@helin"' in mail.html
    assert "<style" not in mail.html
    assert "http://127.0.0.1:8000/t/alice/statistics/" in mail.html


TITLES = [("de", "Gruppen: ein Tag"), ("et", "Grupid: päev"), ("en", "Groups: a day")]


@pytest.mark.parametrize("name", ["", "  ", "Groups: a day", "Gruppen: ein Tag"])
@pytest.mark.parametrize(("language", "title"), TITLES)
def test_without_a_name_each_reader_gets_the_reports_own(
    alice: Company, name: str, language: str, title: str
) -> None:
    """The last names are what orders of before keep: the title in their orderer's language."""
    yesterday(alice)
    friday = NOW - timedelta(days=1)
    to = (("chef@alice.example", language),)
    order(alice, at=friday, name=name, addresses=to, attaches_pdf=True)
    due(datetime(2026, 11, 21, 6, tzinfo=UTC))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        delivery = ReportDelivery.objects.get()
    mail = outbox.kept("alice", delivery.token)
    assert mail is not None
    assert mail.subject.startswith(f"{title}, ")
    assert f">{title}</h1>" in mail.html
    workbook, pdf = (BytesIO(one.content) for one in mail.attachments)
    assert load_workbook(workbook).worksheets[0]["A1"].value == title
    pages = PdfReader(pdf)
    assert pages.metadata is not None
    assert pages.metadata.title == title
    words = pages.pages[0].extract_text()
    assert words.count(title) == 2  # on top, and in the foot
    others = {words for _language, words in TITLES} - {title}
    assert not [one for one in others if one in mail.html + mail.text + words]


def test_a_name_is_the_same_to_every_reader(alice: Company) -> None:
    order(alice, at=NOW - timedelta(days=1), addresses=(("a@b.example", "de"),))
    due(datetime(2026, 11, 21, 6, tzinfo=UTC))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        assert ReportEdition.objects.get().title.startswith("Yesterday, ")


def test_the_statistics_page_shows_the_figures_of_the_mail(alice: Company) -> None:
    yesterday(alice)
    order(alice, at=NOW - timedelta(days=1))
    due(datetime(2026, 11, 21, 6, tzinfo=UTC))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        document = ReportEdition.objects.get().document
    client = Client()
    client.force_login(alice.people["manager"])
    path = document["live_url"].removeprefix("http://127.0.0.1:8000")
    page = client.get(path)
    assert page.status_code == 200
    assert "33.3 %" in page.content.decode()
    assert Client().get(path).status_code == 302


def test_each_missed_day_is_made_once_and_in_order(alice: Company) -> None:
    order(alice)
    late = datetime(2026, 11, 25, 12, tzinfo=UTC)  # the worker was away from Sunday on
    assert due(late) == 4
    assert due(late) == 0
    work(alice)
    with tenant_scope(alice.tenant.pk):
        runs = list(ReportRun.objects.order_by("due_at"))
        made = [one.run.pk for one in ReportDelivery.objects.order_by("sent_at")]
    assert [run.due_at.day for run in runs] == [22, 23, 24, 25]
    assert [run.since.astimezone(UTC).day for run in runs] == [20, 21, 22, 23]  # 22:00 UTC
    assert [run.state for run in runs] == ["made"] * 4
    assert made == [run.pk for run in runs]
    with tenant_scope(alice.tenant.pk):
        assert set(ReportDelivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_long_outage_makes_the_latest_and_tells_of_the_rest(alice: Company) -> None:
    order(alice)
    assert due(NOW + timedelta(days=100)) == 31
    with tenant_scope(alice.tenant.pk):
        skipped = ReportRun.objects.get(state="skipped")
        assert skipped.left_out == 100 - 31
        assert ReportRun.objects.filter(state="waiting").count() == 31


def test_everybody_gets_it_in_their_language(alice: Company) -> None:
    user = alice.people["manager"]
    user.language = "de"
    user.save()
    order(
        alice,
        user_ids=(user.pk,),
        addresses=(("italo@else.example", "it"), ("MANAGER@alice.example", "et")),
    )
    due(NOW + timedelta(days=1))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        found = {one.address: one.language for one in ReportDelivery.objects.all()}
        editions = {one.language: one for one in ReportEdition.objects.all()}
    # one address once, in the language of the person
    assert found == {"manager@alice.example": "de", "italo@else.example": "it"}
    assert set(editions) == {"de", "it"}
    assert '<html lang="de"' in editions["de"].html
    assert editions["de"].document["period"] != editions["it"].document["period"]


def test_who_left_the_company_gets_nothing(alice: Company) -> None:
    user = alice.people["manager"]
    order(alice, user_ids=(user.pk,), addresses=())
    due(NOW + timedelta(days=1))
    with tenant_scope(alice.tenant.pk):
        run = claim_run(now=NOW)
        assert run is not None
        make_run(run=run, now=NOW)
        Membership.objects.filter(user=user).update(is_active=False)
    work(alice)
    with tenant_scope(alice.tenant.pk):
        delivery = ReportDelivery.objects.get()
    assert (delivery.state, delivery.reason) == ("given_up", "left")
    assert outbox.kept("alice", delivery.token) is None
    due(NOW + timedelta(days=2))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        assert ReportDelivery.objects.count() == 1


def test_a_maker_that_died_is_followed_by_another(alice: Company) -> None:
    order(alice)
    due(NOW + timedelta(days=1))
    with tenant_scope(alice.tenant.pk):
        dead = claim_run(now=NOW)
        assert dead is not None
        assert claim_run(now=NOW + timedelta(seconds=60)) is None
        later = NOW + timedelta(minutes=3)
        heir = claim_run(now=later)
        assert heir is not None
        assert make_run(run=heir, now=later)
        # were it only slow, it makes nothing any more
        assert not make_run(run=dead, now=later)
        assert ReportEdition.objects.count() == 1
        assert ReportDelivery.objects.count() == 1


def test_a_sender_that_died_is_followed_by_another(alice: Company) -> None:
    order(alice)
    due(NOW + timedelta(days=1))
    with tenant_scope(alice.tenant.pk):
        run = claim_run(now=NOW)
        assert run is not None
        make_run(run=run, now=NOW)
        first = claim_delivery(now=NOW)
        assert first is not None
        assert claim_delivery(now=NOW + timedelta(seconds=60)) is None
        again = claim_delivery(now=NOW + timedelta(minutes=3))
        assert again is not None
        assert (again.pk, again.token, again.attempts) == (first.pk, first.token, 2)


def test_a_report_that_cannot_be_made_says_why(
    alice: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(alice)
    due(NOW + timedelta(days=1))

    def broken(*_args: object) -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("reports.schedules.services.making.document_of", broken)
    now = NOW
    with tenant_scope(alice.tenant.pk):
        for _attempt in range(4):
            run = claim_run(now=now)
            assert run is not None
            assert not make_run(run=run, now=now)
            now += timedelta(minutes=10)
        assert claim_run(now=now) is None
        run = ReportRun.objects.get()
    assert (run.state, run.words) == ("failed", "ZeroDivisionError: nothing to divide by")


def test_unanswered_calls_are_listed_and_hide_numbers_from_who_may_not_see_them(
    alice: Company,
) -> None:
    yesterday(alice)
    start = NOW - timedelta(days=1)
    order(alice, at=start, kind="unanswered_day", name="Lost")
    order(alice, at=start, kind="breaches_day", name="Late", shows_numbers=True)
    due(datetime(2026, 11, 21, 7, tzinfo=UTC))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        lost = ReportEdition.objects.get(run__name="Lost")
        late = ReportEdition.objects.get(run__name="Late")
    assert len(lost.document["tables"][0]["rows"]) == 1
    assert "5550000" not in lost.html.replace(" ", "")
    waits = [row["values"][7] for row in late.document["tables"][0]["rows"]]
    assert waits == [45, 33]
    assert "5550000" in late.html.replace(" ", "")


def test_what_stands_out_is_said_first(alice: Company) -> None:
    friday = datetime(2026, 11, 20, 9, tzinfo=UTC)
    number = 0
    for week in range(7):
        for _call in range(40 if week == 0 else 12):
            number += 1
            at = friday - timedelta(days=7 * week, minutes=number % 50)
            visit(alice, at, number=number)
    order(alice, at=NOW - timedelta(days=1))
    due(datetime(2026, 11, 21, 6, tzinfo=UTC))
    work(alice)
    with tenant_scope(alice.tenant.pk):
        sentences = ReportEdition.objects.get().document["sentences"]
    assert sentences[0] == "Offered: 40, unusually high; 12 is usual on a Friday."


def test_agents_and_recordings_too(alice: Company) -> None:
    yesterday(alice)
    for kind in ("agents_day", "agents_week", "groups_week", "groups_month", "expiring_week"):
        order(alice, kind=kind, name=kind, repeats="once")
    due(NOW)
    work(alice)
    with tenant_scope(alice.tenant.pk):
        states = dict(ReportRun.objects.values_list("kind", "state"))
        words = list(ReportRun.objects.values_list("words", flat=True))
        agents = ReportEdition.objects.get(run__kind="agents_day").document
    assert set(states.values()) == {"made"}, words
    assert agents["tables"]


def test_contents_are_let_go_after_a_while_and_who_got_them_is_not(alice: Company) -> None:
    order(alice, repeats="once")
    due(NOW)
    work(alice)
    with tenant_scope(alice.tenant.pk):
        preview = request_preview(
            order=PLAIN, user_id=alice.people["manager"].pk, within=(), at=NOW
        )
        token = ReportDelivery.objects.get().token
    day, season = timedelta(days=1), timedelta(days=92)

    def forget(after: timedelta) -> int:
        with system_scope("the test plays the night"):
            return forget_old_reports(before=NOW + after, previews=day, others=season)

    assert forget(timedelta(days=2)) == 0
    assert outbox.kept("alice", token) is not None
    with tenant_scope(alice.tenant.pk):
        assert not ReportRun.objects.filter(pk=preview.pk).exists()
    assert forget(timedelta(days=93)) == 1
    assert outbox.kept("alice", token) is None
    with tenant_scope(alice.tenant.pk):
        assert ReportDelivery.objects.get().state == "sent"
        assert ReportRun.objects.get().state == "made"
