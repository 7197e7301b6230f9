"""The phonebook by LDAP as phones ask for it: a real client, the real process."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import ldap3
import pytest
from django.utils import timezone
from ldap3.core.exceptions import LDAPExceptionError

from callcenter.agents.models import Device
from callcenter.health.selectors import directory
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.services import group_book, personal_book
from phonebook.naming.selectors import directory_health
from phonebook.naming.services import make_phone_address, revoke_phone_address
from tests.cast import Company, make_company
from tests.conftest import TestDatabase
from tests.phonebook.contacts.cast import actor, add

pytestmark = pytest.mark.django_db(transaction=True)
WANTED = ["cn", "telephoneNumber", "mobile", "homePhone"]


@pytest.fixture(scope="module")
def port(database_urls: TestDatabase) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        chosen = int(free.getsockname()[1])
    environment = {**database_urls.environment, "HELIN_LDAP_PORT": str(chosen)}
    command = [sys.executable, "manage.py", "run_directory"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    assert process.stderr is not None
    for line in process.stderr:
        if b"Answering phones" in line:
            break
    yield chosen
    assert process.poll() is None, "it has died"
    process.terminate()
    assert process.wait(20) == 0


@pytest.fixture
def alice(transactional_db: None) -> Company:
    return make_company("alice", number="+3726001001")


def phone_of(company: Company, place: int = 0) -> Device:
    return cast(Device, company.agents[place].device)


def secret_of(company: Company, phone: Device) -> str:
    with tenant_scope(company.tenant.pk):
        return make_phone_address(device=phone, by=actor(company))


def connect(port: int, name: str, secret: str) -> Any:
    server = ldap3.Server("127.0.0.1", port, get_info=ldap3.NONE, connect_timeout=20)
    return ldap3.Connection(server, name, secret, receive_timeout=20, raise_exceptions=False)


def found(link: Any, asked: str, base: str = "dc=alice", **more: Any) -> list[str]:
    link.search(base, asked, attributes=WANTED, **more)
    return sorted(one["attributes"]["cn"][0] for one in link.response or ())


def test_a_phone_reads_what_its_agent_reads(alice: Company, port: int) -> None:
    add(alice, "Mari Tamm", "5551 2345", company="Puit OÜ")
    add(alice, "Jürgen Müller", "+49 30 1234567")
    with tenant_scope(alice.tenant.pk):
        group = group_book(group=alice.group)
        mine = personal_book(user_id=alice.people["agent"].pk)
        others = personal_book(user_id=alice.people["supervisor"].pk)
    add(alice, "Group Guest", "600 7777", book=group)
    add(alice, "My Dentist", "600 7778", book=mine, role="agent")
    add(alice, "Not For Alice", "600 7779", book=others, role="supervisor")
    add(alice, "Private Mari", "600 7780", visibility="private")
    link = connect(port, "alice-101", secret_of(alice, phone_of(alice)))
    assert link.bind()
    everybody = ["Group Guest", "Jürgen Müller", "Mari Tamm", "My Dentist"]
    assert found(link, "(cn=*)") == everybody
    assert found(link, "(|(cn=mar*)(sn=mar*))") == ["Mari Tamm"]
    assert found(link, "(|(cn=*puit*)(o=puit*))") == ["Mari Tamm"]
    assert found(link, "(sn=mueller)") == found(link, "(sn=MÜLLER)") == ["Jürgen Müller"]
    assert found(link, "(&(telephoneNumber=*)(cn=my*))") == []  # it is a mobile
    assert found(link, "(&(mobile=*)(cn=my*))") == ["My Dentist"]
    for spelt in ("+37255512345", "0037255512345", "55512345", "5551 2345"):
        assert found(link, f"(|(telephoneNumber={spelt})(mobile={spelt}))") == ["Mari Tamm"], spelt
    assert found(link, "(mobile=*1234*)") == ["Jürgen Müller", "Mari Tamm"]
    assert found(link, "(!(cn=m*))") == ["Group Guest", "Jürgen Müller"]
    assert found(link, "(cn=nobody*)") == []
    link.search("dc=alice", "(cn=mari*)", attributes=WANTED)
    (entry,) = list(link.response)
    assert entry["attributes"]["mobile"] == ["+37255512345"]
    assert found(link, "(cn=*)", base=entry["dn"], search_scope=ldap3.BASE) == ["Mari Tamm"]
    assert found(link, "(cn=*)", size_limit=2) == everybody[:2] or len(link.response or ()) == 2
    assert link.result["description"] == "sizeLimitExceeded"


def test_nothing_is_changed_and_nobody_else_reads(alice: Company, port: int) -> None:
    add(alice, "Mari Tamm", "5551 2345")
    bob = make_company("bob", number="+3726001002", first_extension=101)
    theirs = add(bob, "Bob's own", "5551 9999")
    secret, others = secret_of(alice, phone_of(alice)), secret_of(bob, phone_of(bob))
    assert secret_of(alice, phone_of(alice, 1)) != secret
    for name, word in (
        ("alice-101", "wrong"), ("alice-102", secret), ("bob-101", secret), ("alice-101", others),
        ("uid=101,dc=bob", secret), ("", secret), ("alice-101", ""), ("*", secret),
    ):  # fmt: skip
        link = connect(port, name, word)
        # where there is no secret the client has a word of its own
        with contextlib.suppress(LDAPExceptionError):
            assert not link.bind() or not name, (name, word)
        assert found(link, "(cn=*)") == [], (name, word)
    link = connect(port, "uid=alice-101, dc=alice", secret)
    assert link.bind()
    assert found(link, "(cn=*)") == ["Mari Tamm"]
    assert found(link, "(cn=*)", base="dc=bob") == []
    assert link.result["description"] == "noSuchObject"
    assert found(link, "(cn=*)", base=f"uid={theirs.pk},dc=alice") == []
    assert not link.delete("uid=1,dc=alice")
    assert link.result["description"] == "unwillingToPerform"
    assert not link.modify("uid=1,dc=alice", {"cn": [(ldap3.MODIFY_REPLACE, ["x"])]})
    assert not link.add("uid=2,dc=alice", "inetOrgPerson", {"cn": "x"})
    # taken away: also from a connection that is open
    with tenant_scope(alice.tenant.pk):
        revoke_phone_address(device=phone_of(alice), by=actor(alice))
    assert found(link, "(cn=*)") == []
    assert link.result["description"] == "invalidCredentials"
    assert not connect(port, "alice-101", secret).bind()
    with tenant_scope(bob.tenant.pk):
        Device.objects.update(is_active=False)
    assert not connect(port, "bob-101", others).bind()


def test_thousands_are_searched_by_an_index(alice: Company, port: int) -> None:
    from phonebook.contacts.models import Contact, ContactNumber

    with tenant_scope(alice.tenant.pk):
        first = add(alice, "Mari Tamm", "5551 2345")
        rows = Contact.objects.bulk_create(
            Contact(
                book=first.book, name=f"Person {n} Nimi{n}", search_text=f"person {n} nimi{n}",
                search_digits=f"3725{n:07}", sort_name=f"person {n}", change=n,
            )
            for n in range(8000)
        )  # fmt: skip
        ContactNumber.objects.bulk_create(
            ContactNumber(contact=row, type="mobile", entered=f"+3725{n:07}", kind="telephone",
                          key=f"+3725{n:07}")
            for n, row in enumerate(rows)
        )  # fmt: skip
    link = connect(port, "alice-101", secret_of(alice, phone_of(alice)))
    assert link.bind()
    best: list[float] = []
    for n in (4321, 17, 7999, 6000, 1234):
        began = time.perf_counter()
        assert found(link, f"(|(cn=nimi{n}*)(sn=nimi{n}*))")[:1] == [f"Person {n} Nimi{n}"]
        assert found(link, f"(mobile=*{n:07}*)") == [f"Person {n} Nimi{n}"]
        best.append(time.perf_counter() - began)
    assert min(best) < 0.5, best
    # all of them: as many as a phone is given, and said so
    assert len(found(link, "(cn=*)")) == 300


def test_garbage_ends_its_own_connection_only(alice: Company, port: int) -> None:
    add(alice, "Mari Tamm", "5551 2345")
    link = connect(port, "alice-101", secret_of(alice, phone_of(alice)))
    assert link.bind()
    deep = b"\xa2\x81\x80" * 900
    for bytes_sent in (
        b"GET / HTTP/1.1\r\n\r\n", os.urandom(5000), b"\x30\x84\xff\xff\xff\xff" + b"x" * 100,
        b"\x30\x05\x02\x01\x01\x77\x00", b"\x30\x00", b"\x30\x03\x02\x01\x01",
        b"\x30" + b"\x82" + (len(deep) + 5).to_bytes(2) + b"\x02\x01\x01" + b"\x63\x80" + deep,
        b"\x30\x89" + b"\xff" * 40,
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", port), 20) as wire:
            wire.settimeout(20)
            wire.sendall(bytes_sent)
            with contextlib.suppress(ConnectionError):
                while wire.recv(4096):
                    pass  # whatever it says, it ends
    with socket.create_connection(("127.0.0.1", port), 20) as slow:
        slow.sendall(b"\x30\x20")  # and never goes on
        assert found(link, "(cn=mari*)") == ["Mari Tamm"]
    assert not link.extend.standard.who_am_i()
    assert found(link, "(cn=" + "*".join("a" * 60) + ")") == []
    assert found(link, "(|" + "(cn=a)" * 100 + ")") == []
    soon(lambda: bool(directory_health()))
    health = directory_health()
    assert health is not None
    assert set(health) >= {"beat_at", "connections", "questions", "refused", "broken"}
    assert timezone.now().timestamp() - health["beat_at"] < 60
    check = directory()
    assert check.is_ok, check.words
    assert {"questions", "silent_seconds"} <= set(check.figures)


def soon(question: Callable[[], bool], within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.1)
