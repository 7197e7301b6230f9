"""Files of other programs come in whole, twice as once; what goes out comes in again."""

import base64
import io
from typing import Any

import pytest
from openpyxl import Workbook
from PIL import Image

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.drafts import as_json
from phonebook.contacts.files.reading import FileNotRead, delimiter_of, encoding_of, shape_of
from phonebook.contacts.files.vcards import CardNotRead, as_vcard, draft_of_card
from phonebook.contacts.files.writing import csv_lines, vcard_lines, workbook
from phonebook.contacts.models import Contact, ContactImport, ContactPhoto, OnMatch, Visibility
from phonebook.contacts.services import company_book, delete_contact, draft_of
from phonebook.contacts.services.importing import (
    NoNameColumn,
    run_import,
    start_import,
    upload_import,
)
from tests.cast import Company, make_company
from tests.phonebook.contacts import samples
from tests.phonebook.contacts.cast import actor, draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Company:
    alice = make_company("alice", number="+3726001001")
    Tenant.objects.filter(pk=alice.tenant.pk).update(country="DE")
    return alice


def bring_in(
    company: Company, name: str, data: bytes, on_match: OnMatch = OnMatch.UPDATE
) -> ContactImport:
    with tenant_scope(company.tenant.pk):
        job = upload_import(book=company_book(), name=name, data=data, by=actor(company))
        start_import(
            job=job,
            mapping={int(at): target for at, target in job.mapping.items()},
            has_header=job.has_header,
            on_match=on_match,
            visibility=Visibility.PUBLIC,
            by=actor(company),
        )
        run_import(job_id=job.pk)
        job.refresh_from_db()
        assert job.words == ""
        assert bytes(job.content) == b""
        return job


def contacts(company: Company) -> dict[str, dict[str, object]]:
    with tenant_scope(company.tenant.pk):
        rows = Contact.objects.filter(deleted_at=None).prefetch_related("numbers")
        return {str(one): as_json(draft_of(one)) for one in rows}


def keys(company: Company, name: str) -> list[tuple[str, str]]:
    with tenant_scope(company.tenant.pk):
        [one] = [row for row in Contact.objects.filter(deleted_at=None) if str(row) == name]
        return [(number.type, number.key) for number in one.numbers.all()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_outlooks_csv(alice: Company, encoding: str) -> None:
    text = samples.OUTLOOK_CSV if encoding != "cp1252" else samples.OUTLOOK_CSV.replace(",", ";")
    bring_in(alice, "contacts.csv", text.encode(encoding))
    found = contacts(alice)
    assert set(found) == {"Jürgen Müßig", "Weiß AG"}
    one = found["Jürgen Müßig"]
    assert (one["company"], one["job_title"]) == ("Käfer GmbH", "Leiter")
    assert one["address"] == "Hauptstr. 5\nBerlin\n10115\nGermany"
    assert one["web"] == "https://kaefer.example"
    assert one["custom"] == {"E-mail 2 Address": "jm@home.example"}
    assert one["note"] == "Zeile 1\nZeile 2"
    assert keys(alice, "Jürgen Müßig") == [
        ("fax", "+493023125009"), ("work", "+493023125001"), ("mobile", "+491713920012"),
    ]  # fmt: skip


def test_googles_csv(alice: Company) -> None:
    bring_in(alice, "google.csv", samples.GOOGLE_CSV.encode())
    one = contacts(alice)["Mari Tamm"]
    assert (one["company"], one["email"]) == ("Puit OÜ", "mari@puit.example")
    assert one["address"] == "Tamme 1\nTallinn 10115"
    assert [number["type"] for number in one["numbers"]] == ["mobile", "work", "work"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("card", "name", "numbers"),
    [
        (samples.ICLOUD_VCARD, "Mari Tamm", [("mobile", "+37255512345"), ("work", "+496001234")]),
        (samples.NEXTCLOUD_VCARD, "Jürgen Müßig",
         [("work", "+493023125001"), ("home", "+493023125007")]),
        (samples.NEXTCLOUD_VCARD, "Weiß AG", [("other", "+493023125002")]),
        (samples.ANDROID_VCARD, "Jüri Mägi", [("mobile", "+4955512399"), ("work", "+496001299")]),
    ],
)  # fmt: skip
def test_vcards(alice: Company, card: str, name: str, numbers: list[tuple[str, str]]) -> None:
    bring_in(alice, "contacts.vcf", card.encode())
    assert keys(alice, name) == numbers


def test_a_vcards_other_words(alice: Company) -> None:
    bring_in(alice, "contacts.vcf", samples.ICLOUD_VCARD.encode())
    one = contacts(alice)["Mari Tamm"]
    assert one["note"] == "Line one\nLine two, with a comma"
    assert one["address"] == "Tamme 1\n10115 Tallinn\nEstonia"
    assert one["external_id"] == "5f8b1c1e-icloud"


def test_a_workbook(alice: Company) -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["Nimi", "Firma", "Telefon", "Mobiil"])
    sheet.append(["Mari Tamm", "Puit OÜ", 3023125001, "0171 3920012"])
    file = io.BytesIO()
    book.save(file)
    bring_in(alice, "book.xlsx", file.getvalue())
    assert keys(alice, "Mari Tamm") == [("other", "+493023125001"), ("mobile", "+491713920012")]


def test_the_same_file_twice_changes_nothing(alice: Company) -> None:
    for data in (samples.OUTLOOK_CSV, samples.NEXTCLOUD_VCARD):
        first = bring_in(alice, "x", data.encode())
        second = bring_in(alice, "x", data.encode())
        assert second.created == second.changed == 0
        assert second.unchanged == first.created + first.changed + first.unchanged
    third = bring_in(alice, "x", samples.OUTLOOK_CSV.encode(), OnMatch.ADD)
    assert third.created == 2


def test_what_is_there_is_brought_up_to_date_or_left(alice: Company) -> None:
    bring_in(alice, "a.csv", b"Name,Phone,Company\nMari Tamm,0171 3920012,Old\n")
    newer = b"Name,Phone,Company,Phone 2\nMari Tamm,+49 171 3920012,New,030 23125001\n"
    assert bring_in(alice, "b.csv", newer, OnMatch.SKIP).skipped == 1
    assert contacts(alice)["Mari Tamm"]["company"] == "Old"
    assert bring_in(alice, "b.csv", newer).changed == 1
    assert contacts(alice)["Mari Tamm"]["company"] == "New"
    assert len(keys(alice, "Mari Tamm")) == 2


def test_a_deleted_contact_comes_back_with_its_external_id(alice: Company) -> None:
    bring_in(alice, "x.vcf", samples.ICLOUD_VCARD.encode())
    with tenant_scope(alice.tenant.pk):
        delete_contact(contact=Contact.objects.get(), by=actor(alice))
    job = bring_in(alice, "x.vcf", samples.ICLOUD_VCARD.encode())
    assert (job.created, job.changed) == (0, 1)
    assert set(contacts(alice)) == {"Mari Tamm"}


def test_rows_that_say_nothing_are_reported_and_the_rest_is_taken(alice: Company) -> None:
    rows = "Name,Phone\n,030 23125001\nMari,12345678901234567890\nMari,030 23125002\nMari,030 23125002\n"
    job = bring_in(alice, "x.csv", rows.encode())
    assert (job.read, job.created, job.failed, job.skipped, job.numbers_unread) == (4, 2, 1, 1, 1)
    assert [row for row, _words in job.failures] == [2, 3]
    assert "no name" in job.failures[0][1]


def test_columns_without_a_name_are_refused(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        job = upload_import(
            book=company_book(), name="x.csv", data=b"Phone\n030 1234567\n", by=actor(alice)
        )
        with pytest.raises(NoNameColumn):
            start_import(
                job=job, mapping={0: "number:work"}, has_header=True, on_match=OnMatch.UPDATE,
                visibility=Visibility.PUBLIC, by=actor(alice),
            )  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"", b"   ", b"PK\x03\x04 nonsense", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x00\x01\x02\x00"],
)
def test_what_is_no_address_book_is_refused(data: bytes) -> None:
    with pytest.raises(FileNotRead):
        shape_of(data, "x.csv", "EE")


def test_signs_and_letters_are_told_by_what_is_there() -> None:
    assert delimiter_of('a;b;c\n"x, y";2;3\n') == ";"
    assert delimiter_of("a\tb\n1\t2\n") == "\t"
    assert delimiter_of("a,b\n1,2\n") == ","
    assert encoding_of("Õie".encode("cp1257"), "EE") == "cp1257"
    assert encoding_of("Müßig".encode("cp1252"), "DE") == "cp1252"


def test_a_broken_card_is_said_and_the_next_is_read() -> None:
    with pytest.raises(CardNotRead):
        draft_of_card("BEGIN:VCARD\r\nEND:VCALENDAR\r\n")


WHOLE = draft(
    "Mari Tamm", "+372 5551 2345", "6001 234", company="=Puit, OÜ", email="mari@example.com",
    web="https://example.com", address="Tamme 1\nTallinn", note='says "hi"; and more', job_title="Boss",
    external_id="x-1",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx", "vcard3", "vcard4"])
def test_what_goes_out_comes_in_again(alice: Company, kind: str) -> None:
    contacts_out = [(1, WHOLE)]
    if kind == "csv":
        data = "".join(csv_lines(contacts_out)).encode()
        assert b"'=Puit" in data
    elif kind == "xlsx":
        data = b"".join(workbook(contacts_out))
    else:
        data = "".join(vcard_lines(contacts_out, "4.0" if kind == "vcard4" else "3.0")).encode()
    bring_in(alice, "x", data)
    one = contacts(alice)["Mari Tamm"]
    expected = as_json(WHOLE)
    if kind.startswith("vcard"):
        expected["address"] = "Tamme 1, Tallinn"
    assert one == expected


def test_a_card_has_its_version() -> None:
    assert "VERSION:3.0" in as_vcard(WHOLE, "u")
    assert as_vcard(WHOLE, "u", "4.0").startswith("BEGIN:VCARD\r\nVERSION:4.0")


def card_with(photo: str, name: str = "Mari Mets") -> str:
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTEL:+37255512345\r\n{photo}END:VCARD\r\n"


def picture(colour: str, side: int = 640) -> str:
    file = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def folded(line: str) -> str:
    return "\r\n ".join(line[at : at + 70] for at in range(0, len(line), 70)) + "\r\n"


@pytest.mark.parametrize(
    "head",
    [
        "PHOTO;ENCODING=BASE64;PNG:", "PHOTO;ENCODING=b;TYPE=PNG:", "item1.PHOTO;TYPE=PNG;BASE64:",
        "PHOTO:data:image/png;base64,",
    ],
)  # fmt: skip
def test_a_photo_in_a_card_comes_along_small_and_made_anew(alice: Company, head: str) -> None:
    bring_in(alice, "x.vcf", card_with(folded(head + picture("red"))).encode())
    with tenant_scope(alice.tenant.pk):
        first = ContactPhoto.objects.get()
        shown = Image.open(io.BytesIO(bytes(first.jpeg)))
        assert (shown.format, shown.size) == ("JPEG", (320, 320))
        change = Contact.objects.get().change
    bring_in(alice, "x.vcf", card_with(folded(head + picture("red"))).encode())
    with tenant_scope(alice.tenant.pk):
        assert Contact.objects.get().change == change
    bring_in(alice, "x.vcf", card_with(folded(head + picture("blue"))).encode())
    with tenant_scope(alice.tenant.pk):
        assert ContactPhoto.objects.get().sha256 != first.sha256
        assert Contact.objects.get().change > change


def test_a_photo_that_is_none_is_told_and_its_contact_taken(alice: Company) -> None:
    broken = (
        "PHOTO;ENCODING=b:AAAA\r\n", "PHOTO;ENCODING=b:!!\r\n", "PHOTO:https://x.example/mari.png\r\n"
    )  # fmt: skip
    cards = "".join(card_with(line, f"Mari {place}") for place, line in enumerate(broken))
    job = bring_in(alice, "x.vcf", cards.encode())
    assert (job.created, job.failed) == (3, 0)
    assert job.failures == [[1, "the photo cannot be read"], [2, "the photo cannot be read"]]
    with tenant_scope(alice.tenant.pk):
        assert not ContactPhoto.objects.exists()
