"""Directories of others: a real CardDAV server, a real LDAP server, and JSON that may lie."""

from __future__ import annotations

import base64
import http.server
import io
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any, ClassVar
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from PIL import Image
from radicale import config as radicale_config
from radicale.app import Application

from callcenter.outbound.addresses import AddressRefused
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact, ContactPhoto, ContactSource, JobStatus
from phonebook.contacts.photo import as_jpeg
from phonebook.contacts.services import change_contact, company_book
from phonebook.contacts.services.contacts import KeptBySource
from phonebook.contacts.services.sourcing import create_source, follow_source
from tests.cast import Company, make_company
from tests.phonebook.contacts import samples
from tests.phonebook.contacts.cast import actor, draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(settings: Any) -> Company:
    settings.OUTBOUND_ALLOWED = ["127.0.0.1/32"]
    return make_company("alice", number="+3726001001")


def source_of(company: Company, kind: str, url: str, **more: Any) -> ContactSource:
    with tenant_scope(company.tenant.pk):
        wishes: dict[str, Any] = {"name": kind, "url": url, **more}
        return create_source(book=company_book(), kind=kind, by=actor(company), **wishes)


def follow(company: Company, source: ContactSource) -> ContactSource:
    with tenant_scope(company.tenant.pk):
        follow_source(source_id=source.pk)
        source.refresh_from_db()
        return source


def names(company: Company) -> list[str]:
    with tenant_scope(company.tenant.pk):
        return [str(one) for one in Contact.objects.filter(deleted_at=None)]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def radicale(tmp_path: Any) -> Iterator[str]:
    """A CardDAV server with the address book of alice (password: secret)."""
    users = tmp_path / "users"
    users.write_text("alice:secret\n")
    configuration = radicale_config.load()
    configuration.update(
        {
            "auth": {"type": "htpasswd", "htpasswd_filename": str(users),
                     "htpasswd_encryption": "plain"},
            "storage": {"filesystem_folder": str(tmp_path / "data")},
            "rights": {"type": "owner_only"},
        },
        "test",
    )  # fmt: skip
    server = make_server("127.0.0.1", 0, Application(configuration), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/alice/book/"
    body = (
        '<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><set>'
        "<prop><resourcetype><collection/><c:addressbook/></resourcetype></prop></set></mkcol>"
    )
    dav("MKCOL", url, body)
    yield url
    server.shutdown()


def dav(method: str, url: str, body: str = "", kind: str = "text/vcard") -> None:
    request = urllib.request.Request(url, body.encode(), method=method)  # noqa: S310
    secret = base64.b64encode(b"alice:secret").decode()
    request.add_header("Authorization", f"Basic {secret}")
    request.add_header("Content-Type", f"{kind}; charset=utf-8")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        assert answer.status < 300


def test_a_carddav_book_is_followed(alice: Company, radicale: str) -> None:
    dav("PUT", f"{radicale}mari.vcf", samples.ICLOUD_VCARD)
    first, _end, second = samples.NEXTCLOUD_VCARD.partition("END:VCARD\n")
    dav("PUT", f"{radicale}jurgen.vcf", f"{first}END:VCARD\n")
    dav("PUT", f"{radicale}weiss.vcf", second)
    source = source_of(alice, "carddav", radicale, username="alice", secret="secret")
    assert "secret" not in source.secret
    assert follow(alice, source).status == JobStatus.DONE, source.words
    assert sorted(names(alice)) == ["Jürgen Müßig", "Mari Tamm", "Weiß AG"]
    assert (source.created, source.changed, source.removed) == (3, 0, 0)
    assert (follow(alice, source).created, source.changed) == (0, 0)
    dav("PUT", f"{radicale}mari.vcf", samples.ICLOUD_VCARD.replace("5551 2345", "5551 9999"))
    dav("DELETE", f"{radicale}weiss.vcf")
    assert follow(alice, source).changed == 1
    assert source.removed == 1
    assert sorted(names(alice)) == ["Jürgen Müßig", "Mari Tamm"]
    with tenant_scope(alice.tenant.pk):
        one = Contact.objects.get(name="Mari Tamm")
        assert "+37255519999" in [number.key for number in one.numbers.all()]
        with pytest.raises(KeptBySource):
            change_contact(contact=one, draft=draft("Other"), by=actor(alice))


def test_photos_come_along_small_and_are_made_once(
    alice: Company, radicale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(data: bytes) -> bytes:
        made.append(len(data))
        return as_jpeg(data)

    monkeypatch.setattr("phonebook.contacts.services.photos.as_jpeg", counted)

    def put(name: str, colour: str) -> None:
        file = io.BytesIO()
        Image.new("RGB", (900, 600), colour).save(file, "PNG")
        packed = base64.b64encode(file.getvalue()).decode()
        dav("PUT", f"{radicale}{name}.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\n"
            f"UID:{name}\r\nFN:{name}\r\nN:{name};;;;\r\nTEL:+37255512345\r\n"
            f"PHOTO;ENCODING=b;TYPE=PNG:{packed}\r\nEND:VCARD\r\n")  # fmt: skip

    put("mari", "red")
    dav("PUT", f"{radicale}jaan.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:jaan\r\nFN:jaan\r\n"
        "N:jaan;;;;\r\nPHOTO;ENCODING=b;TYPE=PNG:AAAA\r\nEND:VCARD\r\n")  # fmt: skip
    source = source_of(alice, "carddav", radicale, username="alice", secret="secret")
    assert follow(alice, source).status == JobStatus.DONE, source.words
    assert (source.created, source.failed) == (2, 0), "a bad picture is no bad contact"

    def photo() -> tuple[int, int, int]:
        with tenant_scope(alice.tenant.pk):
            row = ContactPhoto.objects.get(contact__name="mari")
            assert not ContactPhoto.objects.filter(contact__name="jaan").exists()
        picture = Image.open(io.BytesIO(bytes(row.jpeg)))
        assert (picture.format, picture.size) == ("JPEG", (320, 213))
        pixel = picture.convert("RGB").getpixel((100, 100))
        assert isinstance(pixel, tuple)
        return tuple(round(one / 255) for one in pixel)  # type: ignore[return-value]

    assert photo() == (1, 0, 0)
    before = len(made)
    follow(alice, source)
    assert len(made) == before + 1, "only the one that could not be read is tried again"
    put("mari", "blue")
    follow(alice, source)
    assert photo() == (0, 0, 1)


def test_a_wrong_password_is_said_in_words(alice: Company, radicale: str) -> None:
    source = source_of(alice, "carddav", radicale, username="alice", secret="wrong")
    assert follow(alice, source).status == JobStatus.FAILED
    assert "refuses the name or the password" in source.words


class Crm(http.server.BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, tuple[int, bytes]]] = {}

    def do_GET(self) -> None:
        status, body = self.pages.get(self.path, (404, b""))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def crm() -> Iterator[str]:
    Crm.pages = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Crm)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def person(n: int) -> dict[str, object]:
    return {
        "id": n,
        "full": f"Person {n}",
        "firm": {"name": "Puit"},
        "phones": [{"number": f"5551 {n:04d}"}],
    }


FIELDS = {"name": "full", "company": "firm.name", "numbers": "phones"}


def test_a_crm_is_followed_page_by_page(alice: Company, crm: str) -> None:
    Crm.pages["/people"] = (
        200,
        json.dumps({"items": [person(1), person(2), "x"], "next": "/people?p=2"}).encode(),
    )
    Crm.pages["/people?p=2"] = (200, json.dumps({"items": [person(3)]}).encode())
    source = source_of(alice, "http", f"{crm}/people", settings={"fields": FIELDS})
    assert follow(alice, source).status == JobStatus.DONE, source.words
    assert names(alice) == ["Person 1", "Person 2", "Person 3"]
    assert source.failed == 1
    with tenant_scope(alice.tenant.pk):
        one = Contact.objects.get(name="Person 3")
        assert (one.company, one.numbers.get().key) == ("Puit", "+37255510003")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(500, b"", "answers 500"), (200, b"<html>", "no JSON"), (200, b'{"a": 1}', "no list"),
     (401, b"", "refuses"), (200, b"[" * 100_000, "no JSON")],
)  # fmt: skip
def test_a_lying_crm_changes_nothing(
    alice: Company, crm: str, status: int, body: bytes, words: str
) -> None:
    Crm.pages["/people"] = (200, json.dumps([person(1)]).encode())
    source = source_of(alice, "http", f"{crm}/people", settings={"fields": FIELDS})
    follow(alice, source)
    Crm.pages["/people"] = (status, body)
    assert follow(alice, source).status == JobStatus.FAILED
    assert words in source.words
    assert names(alice) == ["Person 1"]


def test_a_crm_that_lost_half_of_its_people_deletes_nobody(alice: Company, crm: str) -> None:
    Crm.pages["/people"] = (200, json.dumps([person(n) for n in range(20)]).encode())
    source = source_of(alice, "http", f"{crm}/people", settings={"fields": FIELDS})
    follow(alice, source)
    Crm.pages["/people"] = (200, b"[]")
    assert "lost more than half" in follow(alice, source).words
    assert len(names(alice)) == 20


def test_a_private_address_is_refused(alice: Company, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED = []
    with pytest.raises(AddressRefused):
        source_of(alice, "http", "http://127.0.0.1/people")
    with pytest.raises(AddressRefused):
        source_of(alice, "ldap", "ldap://127.0.0.1/")


@pytest.fixture
def directory() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.phonebook.contacts.ldap_server"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    yield f"ldap://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
    process.stdout.close()


def test_an_ldap_directory_is_followed(alice: Company, directory: str) -> None:
    base = {"base": "ou=people,dc=example,dc=com"}
    source = source_of(alice, "ldap", directory, settings=base)
    assert follow(alice, source).status == JobStatus.DONE, source.words
    assert sorted(names(alice)) == ["Jüri Mägi", "Mari Tamm"]
    with tenant_scope(alice.tenant.pk):
        one = Contact.objects.get(name="Mari Tamm")
        assert one.email == "mari@example.com"
        assert sorted(number.key for number in one.numbers.all()) == [
            "+37255512345", "+3726001234",
        ]  # fmt: skip


def test_a_dead_directory_is_said(alice: Company) -> None:
    source = source_of(alice, "ldap", "ldap://127.0.0.1:1/")
    assert follow(alice, source).status == JobStatus.FAILED
    assert "cannot be entered" in source.words
