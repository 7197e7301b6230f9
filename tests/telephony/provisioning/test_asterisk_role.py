"""What the database role of a PBX sees: its own tenants' phones and queues, and no table."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg import errors, sql

from callcenter.agents.models import Device
from callcenter.groups.models import AgentGroup, Clip, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.provisioning.models import OutgoingPrefix
from tests.conftest import TestDatabase

VIEWS = {"ps_endpoints", "ps_auths", "ps_aors", "voicemail", "ast_config"}
FUNCTIONS = {
    "route_inbound", "route_name", "route_outbound", "route_queue", "route_recording", "this_pbx",
}  # fmt: skip
Link = psycopg.Connection[Any]


@contextmanager
def as_pbx(url: str, name: str | None) -> Generator[Link]:
    """A connection as Asterisk's ODBC driver makes it."""
    with psycopg.connect(url, autocommit=True) as link:
        if name is not None:
            link.execute(
                "SELECT set_config('app.tenant', '*', false), set_config('app.pbx', %s, false), "
                "set_config('search_path', 'asterisk', false)",
                [name],
            )
        yield link


def make(slug: str, number: str, *, pbx: str = "pbx1", **tenant: Any) -> Tenant:
    made = Tenant.objects.create(slug=slug, name=slug, pbx=pbx, **tenant)
    with tenant_scope(made.pk):
        Device.objects.create(
            extension="101", name='Desk "7" <x>', digest="0" * 32, secret_made_at=timezone.now()
        )
        group = AgentGroup.objects.create(slug="sales", name="Sales", caller_id=number)
        queue = Queue.objects.create(group=group, slug="sales", name="Sales")
        Number.objects.create(e164=number, queue=queue)
    return made


@pytest.fixture
def two_homes(transactional_db: None) -> None:
    make("acme", "+3726000001")
    make("globex", "+3726000002", pbx="pbx2")
    make("former", "+3726000003", is_active=False)


def column(link: Link, query: str, *values: object) -> list[Any]:
    return [row[0] for row in link.execute(query.encode(), values).fetchall()]


@pytest.mark.parametrize(
    ("pbx", "phones"), [("pbx1", ["acme-101"]), ("pbx2", ["globex-101"]), ("pbx3", []), (None, [])]
)
def test_a_pbx_sees_the_active_tenants_at_home_on_it(
    two_homes: None, database_urls: TestDatabase, pbx: str | None, phones: list[str]
) -> None:
    with as_pbx(database_urls.asterisk, pbx) as link:
        for view in ("ps_endpoints", "ps_auths", "ps_aors"):
            assert column(link, f"SELECT id FROM asterisk.{view}") == phones  # noqa: S608
        boxes = column(link, "SELECT mailbox || '@' || context FROM asterisk.voicemail")
        assert boxes == [f"101@{phone.partition('-')[0]}" for phone in phones]
        queues = column(
            link,
            "SELECT DISTINCT category FROM asterisk.ast_config WHERE filename = 'queues.conf' "
            "AND category <> 'general'",
        )
        assert queues == [phone.replace("101", "sales") for phone in phones]


def test_numbers_of_another_pbx_are_unknown(two_homes: None, database_urls: TestDatabase) -> None:
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        states = {
            did: column(link, "SELECT state FROM route_inbound(%s, '')", did)
            for did in ("3726000001", "3726000002", "3726000003", "3729999999", "'; DROP")
        }
    assert states == {
        "3726000001": ["open"], "3726000002": ["unknown"], "3726000003": ["unknown"],
        "3729999999": ["unknown"], "'; DROP": ["unknown"],
    }  # fmt: skip


def test_no_table_can_be_read_and_nothing_written(
    two_homes: None, database_urls: TestDatabase
) -> None:
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        tables = column(link, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        assert len(tables) > 20
        for table in tables:
            with pytest.raises(errors.InsufficientPrivilege):
                link.execute(sql.SQL("SELECT 1 FROM public.{}").format(sql.Identifier(table)))
        for statement in (
            b"SELECT * FROM asterisk.tenant",
            b"SELECT * FROM asterisk.queue_way",
            b"SELECT * FROM asterisk.country",
            b"DELETE FROM asterisk.ps_endpoints",
            b"CREATE TABLE asterisk.mine (x int)",
            b"CREATE TABLE public.mine (x int)",
            b"SELECT asterisk.admit('asterisk')",
            b"SELECT asterisk.clip_file('acme', 1)",
        ):
            with pytest.raises(psycopg.Error):
                link.execute(statement)


def test_the_role_has_these_rights_and_no_others(
    two_homes: None, database_urls: TestDatabase
) -> None:
    with psycopg.connect(database_urls.owner) as link:
        seen = column(
            link,
            "SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE nspname IN ('public', 'asterisk') AND relkind IN ('r', 'v', 'p', 'm', 'S') "
            "AND (has_table_privilege('asterisk', c.oid, "
            "'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') "
            "OR has_any_column_privilege('asterisk', c.oid, 'SELECT, INSERT, UPDATE'))",
        )
        called = column(
            link,
            "SELECT proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
            "WHERE nspname = 'asterisk' AND has_function_privilege('asterisk', p.oid, 'EXECUTE')",
        )
    assert set(seen) == VIEWS
    assert set(called) == FUNCTIONS


def test_helins_own_role_has_no_business_there(two_homes: None) -> None:
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SELECT md5_cred FROM asterisk.ps_auths")


def test_a_login_of_its_own_pins_a_pbx(two_homes: None, database_urls: TestDatabase) -> None:
    """asterisk_pbx2 is pbx2, whatever its connection says of itself."""
    database = urlsplit(database_urls.owner).path
    admin = urlsplit(os.environ["HELIN_TEST_ADMIN_URL"])._replace(path=database).geturl()
    with psycopg.connect(admin) as link:
        link.execute("CREATE ROLE asterisk_pbx2 LOGIN IN ROLE asterisk")
        link.execute("SET SESSION AUTHORIZATION asterisk_pbx2")
        link.execute("SET app.tenant = '*'")
        link.execute("SET app.pbx = 'pbx1'")
        assert column(link, "SELECT id FROM asterisk.ps_auths") == ["globex-101"]
        states = [
            column(link, "SELECT state FROM asterisk.route_inbound(%s, '')", did)
            for did in ("3726000001", "3726000002")
        ]
        assert states == [["unknown"], ["open"]]
        link.rollback()


# --- what is in there ---------------------------------------------------------------------------


def test_a_phones_name_cannot_break_out_of_its_line(
    two_homes: None, database_urls: TestDatabase
) -> None:
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        assert column(link, "SELECT callerid FROM ps_endpoints") == ['"Desk 7 x" <101>']


def test_a_queue_is_written_out_whole(two_homes: None, database_urls: TestDatabase) -> None:
    with tenant_scope(Tenant.objects.get(slug="acme").pk):
        Queue.objects.update(
            takes_calls_without_agents=False, announces_position=True, max_length=3, ring_seconds=9
        )
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        rows = link.execute(
            "SELECT var_name, var_val FROM ast_config WHERE category = 'acme-sales'"
        ).fetchall()
    settings = dict(rows)
    assert settings["strategy"] == "leastrecent"
    assert settings["timeout"] == "9"
    assert settings["autofill"] == "yes"
    assert settings["joinempty"] == settings["leavewhenempty"] == "unavailable,invalid"
    assert settings["maxlen"] == "3"
    assert settings["announce-position"] == "yes"


def test_clips_and_overflow_come_with_the_route(
    two_homes: None, database_urls: TestDatabase
) -> None:
    with tenant_scope(Tenant.objects.get(slug="acme").pk):
        clip = Clip.objects.create(
            description="Hello", audio=b"RIFF", sha256="0123456789abcdef" * 4, seconds=1
        )
        AgentGroup.objects.update(greeting=clip)
        line = Queue.objects.get()
        other = Queue.objects.create(group=line.group, slug="rest", name="The rest")
        Queue.objects.filter(pk=line.pk).update(
            overflow_on_timeout="queue", overflow_queue=other, max_wait_seconds=30
        )
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        found = link.execute(
            "SELECT queue, greeting, max_wait, on_timeout, on_full, overflow_queue "
            "FROM route_inbound('3726000001', '')"
        ).fetchone()
        assert found == (
            "acme-sales", f"acme/{clip.pk}-01234567", 30, "queue", "hang_up", "acme-rest"
        )  # fmt: skip
        assert column(link, "SELECT queue FROM route_queue('acme', 'acme-rest')") == ["acme-rest"]
        assert column(link, "SELECT state FROM route_queue('globex', 'acme-rest')") == ["unknown"]


def test_a_group_that_is_switched_off_is_closed(
    two_homes: None, database_urls: TestDatabase
) -> None:
    with tenant_scope(Tenant.objects.get(slug="acme").pk):
        AgentGroup.objects.update(is_active=False)
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        assert column(link, "SELECT state FROM route_inbound('3726000001', '')") == ["closed"]


# --- the guard against toll fraud ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialled", "verdict", "number"),
    [
        ("+3725551234", "refused", "+3725551234"),
        ("+4915112345", "allowed", "+4915112345"),
        ("004915112345", "allowed", "+4915112345"),
        ("+49", "refused", ""),
        ("+48221234567", "refused", "+48221234567"),
        ("6000001", "inside", "+3726000001"),
        ("+3726000002", "allowed", "+3726000002"),
        ("112", "emergency", "112"),
        ("110", "emergency", "110"),
        ("911", "refused", "+372911"),
        ("+3726000001; DROP", "refused", ""),
        ("", "refused", ""),
    ],
)
def test_only_listed_destinations_are_dialled(
    two_homes: None, database_urls: TestDatabase, dialled: str, verdict: str, number: str
) -> None:
    with tenant_scope(Tenant.objects.get(slug="acme").pk):
        for prefix in ("+49", "+3726"):
            OutgoingPrefix.objects.create(prefix=prefix)
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        found = link.execute(
            "SELECT verdict, number FROM route_outbound('acme', 'acme-101', %s, '')", [dialled]
        ).fetchone()
    assert found == (verdict, number)


@pytest.mark.parametrize(
    ("country", "dialled", "number"),
    [
        ("DE", "03099887766", "+493099887766"),
        ("IT", "0612345678", "+390612345678"),
        ("US", "14155552671", "+14155552671"),
        ("US", "4155552671", "+14155552671"),
    ],
)
def test_national_numbers_are_those_of_the_tenants_country(
    transactional_db: None, database_urls: TestDatabase, country: str, dialled: str, number: str
) -> None:
    make("acme", "+3726000001", country=country)
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        query = "SELECT number FROM route_outbound('acme', '', %s, '')"
        assert column(link, query, dialled) == [number]


def test_nothing_is_allowed_at_first_and_nothing_from_elsewhere(
    two_homes: None, database_urls: TestDatabase
) -> None:
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        for tenant in ("acme", "globex", "nobody"):
            query = "SELECT verdict FROM route_outbound(%s, '', '+3725551234', '')"
            assert column(link, query, tenant) == ["refused"]
        with tenant_scope(Tenant.objects.get(slug="acme").pk):
            OutgoingPrefix.objects.create(prefix="+372")
            Device.objects.update(is_active=False)
        query = "SELECT why FROM route_outbound('acme', 'acme-101', '+3725551234', '')"
        assert column(link, query) == ["this phone is switched off"]


def test_only_the_tenants_own_numbers_are_shown(
    two_homes: None, database_urls: TestDatabase
) -> None:
    shown = "SELECT caller_id FROM route_outbound('acme', '', '+3726000001', %s)"
    with as_pbx(database_urls.asterisk, "pbx1") as link:
        assert column(link, shown, "") == ["+3726000001"]
        assert column(link, shown, "+3726000002") == ["+3726000001"], "globex's is not ours"
        Tenant.objects.filter(slug="acme").update(caller_id="+3726009999")
        assert column(link, shown, "") == ["+3726009999"]
        assert column(link, shown, "+3726000001") == ["+3726000001"]
        assert column(link, shown, "sales") == ["+3726000001"]


def test_every_change_is_told(two_homes: None, database_urls: TestDatabase) -> None:
    acme = Tenant.objects.get(slug="acme")
    with psycopg.connect(database_urls.app, autocommit=True) as link:
        link.execute("LISTEN helin_config")
        with tenant_scope(acme.pk):
            Queue.objects.update(ring_seconds=20)
            Number.objects.all().delete()
            OutgoingPrefix.objects.create(prefix="+372")
        Tenant.objects.filter(pk=acme.pk).update(time_zone="UTC")
        told = [notice.payload for notice in link.notifies(timeout=10, stop_after=4)]
    assert told == [
        f"{acme.pk}:callcenter_queue",
        f"{acme.pk}:callcenter_number",
        f"{acme.pk}:telephony_outgoingprefix",
        f"{acme.pk}:callcenter_tenant",
    ]
