"""Mail to a real SMTP server: taken, refused, put off, never answered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from callcenter.health.selectors import mail
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import system_scope, tenant_scope
from reports.mail.patience import wait_after
from reports.schedules.models import ReportDelivery, ReportRun
from reports.schedules.services import fall_due, send_again
from reports.schedules.services.turns import turn
from reports.schedules.tasks import work_off_reports
from tests.cast import Company
from tests.conftest import TestDatabase
from tests.reports.mail.postoffice import PostOffice
from tests.reports.mail.sending import ANNA, CHEF, delivery_to, work
from tests.reports.schedules.ordering import ALICE, order


def make_it_time(company: Company) -> None:
    """What waits to be tried again is due."""
    with tenant_scope(company.tenant.pk):
        ReportDelivery.objects.filter(state="queued").update(next_try_at=timezone.now())


@pytest.mark.django_db
def test_everybody_gets_one_mail(alice: Company, office: PostOffice) -> None:
    work(alice)
    work(alice)
    assert sorted(str(one["To"]) for one in office.taken) == [ANNA, CHEF]
    first = office.taken[0]
    assert first.get_content_type() == "multipart/mixed"
    assert first["Auto-Submitted"] == "auto-generated"
    assert str(next(first.iter_attachments()).get_filename()).endswith(".xlsx")
    assert office.senders == ["helin@example.com"] * 2
    assert delivery_to(alice, CHEF).state == "sent"
    assert delivery_to(alice, CHEF).words == "taken"


@pytest.mark.django_db
def test_one_who_is_refused_keeps_nobody_else_from_it(alice: Company, office: PostOffice) -> None:
    office.refusals[CHEF] = "550 5.1.1 No such mailbox here"
    work(alice)
    refused = delivery_to(alice, CHEF)
    assert (refused.state, refused.words) == ("refused", "550 5.1.1 No such mailbox here")
    assert delivery_to(alice, ANNA).state == "sent"
    # for good: nothing is tried again by itself
    work(alice)
    assert delivery_to(alice, CHEF).attempts == 1
    office.refusals.clear()
    with tenant_scope(alice.tenant.pk):
        send_again(delivery=delivery_to(alice, CHEF), by=ALICE, at=timezone.now())
    work(alice)
    assert delivery_to(alice, CHEF).state == "sent"
    assert len(office.subjects_to(CHEF)) == 1


@pytest.mark.django_db
def test_one_who_is_put_off_is_tried_again_with_the_same_message_id(
    alice: Company, office: PostOffice
) -> None:
    office.refusals[CHEF] = "451 4.7.1 Greylisted, try again later"
    work(alice)
    waiting = delivery_to(alice, CHEF)
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert waiting.words == "451 4.7.1 Greylisted, try again later"
    assert waiting.next_try_at is not None
    assert timedelta(seconds=50) < waiting.next_try_at - timezone.now() < timedelta(seconds=61)
    work(alice)
    assert delivery_to(alice, CHEF).attempts == 1  # not yet
    office.refusals.clear()
    make_it_time(alice)
    work(alice)
    assert delivery_to(alice, CHEF).state == "sent"
    found = next(one for one in office.taken if one["To"] == CHEF)
    assert found["Message-ID"] == f"<report.{waiting.token.hex}@example.com>"


@pytest.mark.django_db
def test_a_message_refused_after_it_was_sent_is_refused(alice: Company, office: PostOffice) -> None:
    office.after = "554 5.7.1 Looks like spam"
    work(alice)
    assert {delivery_to(alice, one).state for one in (CHEF, ANNA)} == {"refused"}
    assert delivery_to(alice, ANNA).words == "554 5.7.1 Looks like spam"


@pytest.mark.django_db
def test_patience_ends(alice: Company, office: PostOffice) -> None:
    office.refusals = dict.fromkeys([CHEF, ANNA], "421 4.3.2 Busy")
    for _attempt in range(9):
        make_it_time(alice)
        work(alice)
    ended = delivery_to(alice, CHEF)
    assert (ended.state, ended.words, ended.attempts) == ("given_up", "421 4.3.2 Busy", 9)
    waits = [wait_after(attempts) for attempts in range(1, 10)]
    assert waits[-1] is None
    assert timedelta(hours=24) < sum(filter(None, waits), timedelta()) < timedelta(hours=48)


@pytest.mark.django_db
def test_a_server_that_hangs_holds_the_worker_for_one_mail_only(
    alice: Company, office: PostOffice
) -> None:
    office.hangs_at = "rcpt"
    started = time.monotonic()
    work(alice)
    assert time.monotonic() - started < 12
    with tenant_scope(alice.tenant.pk):
        tried = list(ReportDelivery.objects.filter(attempts=1))
    assert [(one.state, one.reason) for one in tried] == [("queued", "silent")]
    # nobody else waits for it for a while
    make_it_time(alice)
    started = time.monotonic()
    work(alice)
    assert time.monotonic() - started < 1


@pytest.mark.django_db
def test_failing_mail_is_told_to_operators(alice: Company, office: PostOffice) -> None:
    office.refusals[CHEF] = "550 5.1.1 No such mailbox here"
    office.refusals[ANNA] = "451 4.7.1 Greylisted"
    work(alice)
    found = mail()
    assert found.is_ok
    assert found.figures == {"waiting": 1.0, "retried": 1.0, "failed": 1.0}
    with tenant_scope(alice.tenant.pk):
        run = ReportRun.objects.get()
        for number in range(10):
            ReportDelivery.objects.create(
                run=run, address=f"{number}@x.example", language="en", attempts=3
            )
    assert mail().is_ok is False


@pytest.mark.django_db(transaction=True)
def test_as_many_workers_as_allowed_and_no_more(settings: Any) -> None:
    settings.REPORT_WORKERS = 1
    found: list[bool] = []

    def another() -> None:
        with turn() as is_ours:
            found.append(is_ours)
        connections.close_all()

    with turn() as is_ours:
        assert is_ours
        thread = threading.Thread(target=another)
        thread.start()
        thread.join(10)
    assert found == [False]
    another()
    assert found == [False, True]


@pytest.mark.django_db
def test_no_server_at_all_is_tried_again(alice: Company, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    work(alice)
    with tenant_scope(alice.tenant.pk):
        tried = ReportDelivery.objects.get(attempts=1)
    assert tried.state == "queued"
    assert "refused" in tried.words


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_and_send_one(alice: Company, office: PostOffice) -> None:
    """Four due reports and two threads, each with a connection of its own."""
    now = timezone.now()
    for number in range(3):
        order(alice, at=now - timedelta(days=1), repeats="once", name=f"Report {number}")
    errors: list[BaseException] = []
    start = threading.Barrier(3)

    def worker() -> None:
        try:
            start.wait(10)
            with system_scope("the test plays beat"):
                fall_due(now=now)
            with tenant_scope(alice.tenant.pk):
                work_off_reports(tenant_id=alice.tenant.pk)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=worker) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    assert errors == []
    with tenant_scope(alice.tenant.pk):
        assert ReportRun.objects.count() == 4
        assert set(ReportRun.objects.values_list("state", flat=True)) == {"made"}
        assert set(ReportDelivery.objects.values_list("state", flat=True)) == {"sent"}
        assert ReportDelivery.objects.count() == 5
    identities = [str(one["Message-ID"]) for one in office.taken]
    assert len(identities) == len(set(identities)) == 5


WORKER = """
import django, os, sys
django.setup()
from callcenter.tenants.scope import tenant_scope
from reports.schedules.services.turns import turn
from reports.schedules.tasks import work_off_reports
print("works", flush=True)
work_off_reports(tenant_id=int(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["making", "sending"])
def test_a_worker_killed_half_way_leaves_nothing_undone_and_nothing_twice(
    alice: Company, office: PostOffice, database_urls: TestDatabase, tmp_path: Path, moment: str
) -> None:
    """`kill -9` while it makes the report, or while the server has not taken the message yet."""
    office.hangs_at = "rcpt" if moment == "sending" else ""
    environment = {
        **database_urls.environment,
        "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "HELIN_DATA_DIR": str(tmp_path),
        "HELIN_SMTP_HOST": "127.0.0.1",
        "HELIN_SMTP_PORT": str(office.port),
        "HELIN_SMTP_TLS": "no",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WORKER, str(alice.tenant.pk)]
    worker = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        _wait_until(lambda: _is_under_way(alice, moment))
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
    office.hangs_at = ""
    work(alice)  # its claims still hold
    assert office.taken == [] or moment == "sending"
    with tenant_scope(alice.tenant.pk):
        past = timezone.now() - timedelta(seconds=1)
        ReportRun.objects.filter(claim__isnull=False).update(claimed_until=past)
        ReportDelivery.objects.filter(claim__isnull=False).update(claimed_until=past)
    work(alice)
    assert sorted(str(one["To"]) for one in office.taken) == [ANNA, CHEF]
    assert {delivery_to(alice, one).state for one in (CHEF, ANNA)} == {"sent"}


def _is_under_way(company: Company, moment: str) -> bool:
    connection.close()
    with tenant_scope(company.tenant.pk):
        if moment == "making":
            return ReportRun.objects.filter(state="waiting", claim__isnull=False).exists()
        return ReportDelivery.objects.filter(state="sending").exists()


def _wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
