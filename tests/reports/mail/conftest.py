"""A real SMTP server, and a company whose report is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests.cast import Company, make_company
from tests.reports.mail.postoffice import PostOffice, post_office
from tests.reports.mail.sending import ANNA, CHEF
from tests.reports.schedules.ordering import due, order


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with post_office() as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, 2
        settings.DEFAULT_FROM_EMAIL = "Helin <helin@example.com>"
        settings.MAIL_BOUNCES = ""
        settings.REPORT_WORKERS = 3
        cache.delete("reports:mail_server_away")
        yield found
        cache.delete("reports:mail_server_away")


@pytest.fixture
def alice(office: PostOffice) -> Company:
    """Has ordered a report that is due, to two addresses."""
    found = make_company("alice", number="+3726001001")
    now = timezone.now()
    order(
        found, at=now - timedelta(days=1), repeats="once",
        on_day=None, addresses=((CHEF, "en"), (ANNA, "de")),
    )  # fmt: skip
    due(now)
    return found
