"""The role that goes round the tenants' wall to add imported rows may do nothing but that."""

from typing import cast

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from callcenter.tenants import adding
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from tests.conftest import TestDatabase

GIVEN = {
    "reports_changedspan", "telephony_call", "telephony_callconcern", "telephony_calltouch",
    "telephony_celline", "telephony_queuelogline", "telephony_queuevisit",
}  # fmt: skip
COLUMNS = "tenant_id, first_at, last_at"


def _row(tenant: Tenant) -> str:
    return f"{tenant.pk}\t2026-01-01 00:00:00+00\t2026-01-01 00:00:00+00\n"


def _role() -> tuple[str, str] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('role')")
        return cast("tuple[str, str] | None", cursor.fetchone())


def test_it_adds_and_does_nothing_else(database_urls: TestDatabase) -> None:
    with psycopg.connect(database_urls.owner) as link:
        who = link.execute(
            "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = 'helin_import'"
        ).fetchone()
        given = link.execute(
            "SELECT relname, privilege FROM pg_class CROSS JOIN "
            "unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) privilege "
            "WHERE relkind IN ('r', 'v', 'm', 'p') AND relnamespace = 'public'::regnamespace "
            "AND has_table_privilege('helin_import', pg_class.oid, privilege)"
        ).fetchall()
    assert who == (False, False, False, False)
    assert set(given) == {(table, "INSERT") for table in GIVEN}


@pytest.mark.django_db
def test_rows_of_any_company_are_added_and_the_rights_are_as_before() -> None:
    before = _role()
    one, other = (Tenant.objects.create(slug=slug, name=slug) for slug in ("one", "other"))
    with tenant_scope(one.pk), transaction.atomic(), connection.cursor() as cursor:
        assert adding.may_copy(cursor, "reports_changedspan")
        adding.copy_rows(cursor, "reports_changedspan", COLUMNS, _row(other))
    assert _role() == before
    with tenant_scope(one.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reports_changedspan")
        assert cursor.fetchone() == (0,)
    with system_scope("the test looks for what was added"), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM reports_changedspan")
        assert cursor.fetchall() == [(other.pk,)]


@pytest.mark.django_db
def test_the_rights_are_as_before_where_a_row_is_refused() -> None:
    before = _role()
    tenant = Tenant.objects.create(slug="one", name="one")
    columns = "tenant_id, kind, ref, direction, outcome, started_at, call_id"
    row = f"{tenant.pk}\tg\t1\tin\tanswered\t2026-01-01 00:00:00+00\t1\n"
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        with pytest.raises(IntegrityError), transaction.atomic():
            adding.copy_rows(cursor, "telephony_callconcern", columns, row * 2)
        cursor.execute("SELECT count(*) FROM telephony_callconcern")
        assert cursor.fetchone() == (0,)
    assert _role() == before


@pytest.mark.django_db
def test_nothing_is_copied_where_no_right_was_given() -> None:
    with connection.cursor() as cursor:
        assert not adding.may_copy(cursor, "callcenter_membership")
