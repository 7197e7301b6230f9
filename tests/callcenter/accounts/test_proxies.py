"""Behind proxies the caller's address is what our proxies say, never what the caller says."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from callcenter.audit.models import AuditEntry
from callcenter.tenants.scope import tenant_scope
from tests.cast import make_company

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("proxies", "forwarded", "noted"),
    [
        (0, "198.51.100.7", "127.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 192.0.2.1", "198.51.100.7"),
        (2, "198.51.100.7", "127.0.0.1"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "fe80::1%eth0", "127.0.0.1"),
        (1, "nonsense", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_the_audit_log_names_who_called(
    settings: Settings, proxies: int, forwarded: str, noted: str
) -> None:
    settings.PROXIES = proxies
    alices = make_company("alice", number="+3726001000")
    client = Client()
    client.force_login(
        alices.people["agent"], "allauth.account.auth_backends.AuthenticationBackend"
    )
    address = "/t/alice/desk/log-in/"
    assert client.post(address, headers={"X-Forwarded-For": forwarded}).status_code == 204
    with tenant_scope(alices.tenant.pk):
        assert AuditEntry.objects.get().address == noted
