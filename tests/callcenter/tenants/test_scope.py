"""Alice's company never sees Bob's: by the manager, by PostgreSQL, after a rollback, in a thread."""

import threading

import pytest
from django.db import ProgrammingError, connection, transaction

from callcenter.agents.models import PauseReason
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import NoTenantInScope, system_scope, tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Tenant:
    return Tenant.objects.create(slug="alice", name="Alice Ltd")


@pytest.fixture
def bob() -> Tenant:
    return Tenant.objects.create(slug="bob", name="Bob Ltd")


def raw_codes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM callcenter_pausereason ORDER BY code")
        return [row[0] for row in cursor.fetchall()]


def test_without_a_scope_python_refuses_and_sql_sees_nothing(alice: Tenant) -> None:
    with tenant_scope(alice.pk):
        PauseReason.objects.create(code="lunch", name="Lunch")
    with pytest.raises(NoTenantInScope):
        PauseReason.objects.count()
    assert raw_codes() == []


def test_sql_in_scope_sees_the_tenants_own_rows_only(alice: Tenant, bob: Tenant) -> None:
    for tenant, code in ((alice, "lunch"), (bob, "smoke")):
        with tenant_scope(tenant.pk):
            PauseReason.objects.create(code=code, name=code)
    with tenant_scope(alice.pk):
        assert raw_codes() == ["lunch"]
        assert [reason.code for reason in PauseReason.objects.all()] == ["lunch"]
    with tenant_scope(bob.pk):
        assert raw_codes() == ["smoke"]
    with system_scope("the test compares both"):
        assert raw_codes() == ["lunch", "smoke"]
    assert raw_codes() == []


def test_a_row_for_another_tenant_is_refused_by_the_database(alice: Tenant, bob: Tenant) -> None:
    with (
        tenant_scope(alice.pk),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        PauseReason.objects.create(tenant=bob, code="lunch", name="Lunch")


def test_the_scope_is_told_again_after_a_rollback(alice: Tenant, bob: Tenant) -> None:
    with tenant_scope(bob.pk):
        PauseReason.objects.create(code="smoke", name="Smoke")
    with tenant_scope(alice.pk):
        raw_codes()
        with transaction.atomic():
            with tenant_scope(bob.pk):
                assert raw_codes() == ["smoke"]
            transaction.set_rollback(True)
        assert raw_codes() == []
        with tenant_scope(bob.pk):
            assert raw_codes() == ["smoke"]


def test_a_new_thread_starts_without_a_tenant(alice: Tenant) -> None:
    refused: list[bool] = []

    def look() -> None:
        try:
            PauseReason.objects.count()
        except NoTenantInScope:
            refused.append(True)

    with tenant_scope(alice.pk):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert refused == [True]
