"""The pages and the API: who may, what is said, and that strangers see nothing."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey
from callcenter.accounts.permissions import ApiScope
from callcenter.audit.models import AuditEntry
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact, ContactConflict, ContactImport, Phonebook
from phonebook.contacts.services import company_book, personal_book
from phonebook.contacts.services.importing import run_import
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import add

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ROWS = {
    "numbers-TOTAL_FORMS": "2", "numbers-INITIAL_FORMS": "0",
    "custom-TOTAL_FORMS": "1", "custom-INITIAL_FORMS": "0",
}  # fmt: skip


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726001002")


def client_of(company: Company, role: str) -> Client:
    client = Client()
    client.force_login(company.people[role], BACKEND)
    return client


def api(company: Company, *scopes: ApiScope) -> Client:
    key = api_keys.new_key()
    with tenant_scope(company.tenant.pk):
        ApiKey.objects.create(
            name=key[-8:],
            prefix=api_keys.prefix_of(key) or "",
            digest=api_keys.digest_of(key),
            scopes=[scope.value for scope in (scopes or tuple(ApiScope))],
        )
    return Client(headers={"authorization": f"Bearer {key}"})


PAGES = (
    "", "new/", "deleted/", "duplicates/", "numbers/", "books/", "import/", "sources/",
    "sources/new/", "?q=tamm", "?q=zzz",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_pages_open(alice: Company, page: str) -> None:
    add(alice, "Mari Tamm", "5551 2345", company="Puit OÜ")
    add(alice, "M. Tamm", "5551 2345", email="m@example.com")
    answer = client_of(alice, "admin").get(f"/t/alice/phonebook/{page}")
    assert answer.status_code == 200
    assert "Tamm" in answer.content.decode() or page not in ("", "duplicates/", "?q=tamm")


def test_a_contact_is_made_changed_deleted_and_restored(alice: Company) -> None:
    client = client_of(alice, "agent")
    with tenant_scope(alice.tenant.pk):
        book = company_book().pk
    sent = {
        **ROWS, "book": book, "name": "Mari Tamm", "visibility": "public", "numbers-0-type": "mobile",
        "numbers-0-number": "5551 2345, 5551 2346", "custom-0-label": "VIP", "custom-0-text": "yes",
    }  # fmt: skip
    answer = client.post("/t/alice/phonebook/new/", sent)
    assert answer.status_code == 302
    url = answer["Location"]
    page = client.get(url).content.decode()
    assert "5551 2345" in page
    assert "5551 2346" in page
    assert "tel:+37255512346" in page
    assert "number=%2B37255512345" in page
    refused = client.post(f"{url}edit/", {**sent, "numbers-1-number": "12345678901234567890"})
    assert refused.status_code == 422
    assert "is not a telephone number" in refused.content.decode()
    assert client.post(f"{url}edit/", {**sent, "name": "Liis Kask"}).status_code == 302
    assert client.post(f"{url}delete/").status_code == 302
    assert client.get(url).status_code == 404
    assert "Liis Kask" in client.get("/t/alice/phonebook/deleted/").content.decode()
    assert client.post(f"{url}restore/").status_code == 302
    assert client.get(url).status_code == 200


def test_others_contacts_are_seen_but_not_changed_and_private_ones_are_not_there(
    alice: Company, bob: Company
) -> None:
    theirs = add(alice, "By the admin", "5551 2345")
    hidden = add(alice, "Hidden", "5551 2345", visibility="private")
    with tenant_scope(alice.tenant.pk):
        own = personal_book(user_id=alice.people["admin"].pk)
    personal = add(alice, "Personal", "5551 2345", book=own)
    agent, stranger = client_of(alice, "agent"), client_of(bob, "admin")
    assert agent.get(f"/t/alice/phonebook/{theirs.pk}/").status_code == 200
    for path in ("edit/", "delete/"):
        assert agent.post(f"/t/alice/phonebook/{theirs.pk}/{path}", ROWS).status_code == 403
    for one in (hidden, personal):
        for path in ("", "edit/", "photo/"):
            assert agent.get(f"/t/alice/phonebook/{one.pk}/{path}").status_code == 404
    assert agent.get(f"/t/alice/phonebook/?book={own.pk}").status_code == 404
    assert stranger.get(f"/t/bob/phonebook/{theirs.pk}/").status_code == 404
    assert stranger.get(f"/t/alice/phonebook/{theirs.pk}/").status_code == 404
    key = api(alice)
    for one in (hidden, personal):
        assert key.get(f"/api/v1/contacts/{one.pk}/").status_code == 404
    assert api(bob).get(f"/api/v1/contacts/{theirs.pk}/").status_code == 404
    found = key.get("/api/v1/contacts/?number=5551 2345").json()["contacts"]
    assert [one["name"] for one in found] == ["By the admin"]


def test_the_box_finds_contacts_with_numbers_and_makes_new_ones(alice: Company) -> None:
    add(alice, "Mari Tamm", "5551 2345", "6001 234", company="Puit OÜ")
    found = client_of(alice, "agent").get("/t/alice/find/?q=puit").content.decode()
    assert "Mari Tamm" in found
    assert "5551 2345" in found
    assert "6001 234" in found
    assert "/phonebook/new/?text=puit" in found


def test_a_file_is_looked_at_before_it_comes_in(
    alice: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(alice, "agent")
    handed: list[int] = []
    monkeypatch.setattr(
        "phonebook.contacts.views.files.import_contacts.delay",
        lambda *, tenant_id, import_id: handed.append(import_id),  # noqa: ARG005
    )
    monkeypatch.setattr("phonebook.contacts.views.files.transaction.on_commit", lambda act: act())
    client.get("/t/alice/phonebook/import/")
    with tenant_scope(alice.tenant.pk):
        book = Phonebook.objects.get(kind="personal")
        company = company_book()
    file = SimpleUploadedFile("x.csv", "Nimi;Telefon\nÕie Kask;5551 2345\n;1\n".encode("cp1257"))
    assert (
        client.post("/t/alice/phonebook/import/", {"book": company.pk, "file": file}).status_code
        == 422
    )  # agents bring files into their own book only
    file.seek(0)
    answer = client.post("/t/alice/phonebook/import/", {"book": book.pk, "file": file})
    url = answer["Location"]
    page = client.get(url).content.decode()
    assert "Õie Kask" in page
    answer = client.post(
        url,
        {"column_0": "name", "column_1": "number:mobile", "has_header": "on", "on_match": "update"},
    )
    assert answer.status_code == 302
    with tenant_scope(alice.tenant.pk):
        run_import(job_id=handed[0])
        assert ContactImport.objects.get().created == 1
        assert Contact.objects.get().book_id == book.pk
    assert "errors.csv" in client.get(url).content.decode()
    assert "no name" in client.get(f"{url}errors.csv").content.decode()
    assert client_of(alice, "supervisor").get(url).status_code == 404


def test_export_needs_its_right_and_is_noted(alice: Company) -> None:
    one = add(alice, "Mari Tamm", "5551 2345")
    url = f"/t/alice/phonebook/export/?book={one.book_id}&format=csv"
    assert client_of(alice, "agent").get(url).status_code == 403
    answer = client_of(alice, "manager").get(url)
    assert "Mari Tamm" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    with tenant_scope(alice.tenant.pk):
        assert AuditEntry.objects.filter(action="phonebook.exported").exists()


def test_a_photo_is_made_small_and_forgets_what_it_knew(alice: Company) -> None:
    import io

    from PIL import Image

    file = io.BytesIO()
    picture = Image.new("RGB", (2000, 1000), "red")
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    picture.save(file, "JPEG", exif=exif)
    client = client_of(alice, "admin")
    with tenant_scope(alice.tenant.pk):
        book = company_book().pk
    sent = {**ROWS, "book": book, "name": "Mari", "visibility": "public"}
    photo = SimpleUploadedFile("me.jpg", file.getvalue())
    url = client.post("/t/alice/phonebook/new/", {**sent, "photo": photo})["Location"]
    answer = client.get(f"{url}photo/")
    assert answer["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (320, 160)
    assert b"secret" not in answer.content
    bad = SimpleUploadedFile("me.svg", b"<svg onload='alert(1)'/>")
    assert client.post(f"{url}edit/", {**sent, "photo": bad}).status_code == 422


def test_a_program_keeps_its_contacts_by_its_own_ids(alice: Company) -> None:
    client = api(alice)
    url = "/api/v1/contacts/external/crm-7/"
    body = {"name": "Mari Tamm", "numbers": [{"number": "5551 2345", "type": "mobile"}]}

    def put(**more: object) -> object:
        return client.put(url, json.dumps({**body, **more}), content_type="application/json")

    first = put()
    assert first.status_code == 201  # type: ignore[attr-defined]
    change = first.json()["change"]  # type: ignore[attr-defined]
    assert first.json()["numbers"][0]["key"] == "+37255512345"  # type: ignore[attr-defined]
    assert put().status_code == 200  # type: ignore[attr-defined]
    assert put().json()["change"] == change  # type: ignore[attr-defined]
    with tenant_scope(alice.tenant.pk):
        assert Contact.objects.count() == 1
        contact = Contact.objects.get()
    admin = client_of(alice, "admin")
    sent = {**ROWS, "book": contact.book_id, "name": "Mari Mets", "visibility": "public"}
    assert admin.post(f"/t/alice/phonebook/{contact.pk}/edit/", sent).status_code == 302
    clash = put(name="Mari Tamm-Mets", seen_change=change)
    assert clash.status_code == 409  # type: ignore[attr-defined]
    with tenant_scope(alice.tenant.pk):
        conflict = ContactConflict.objects.get()
    assert "Mari Tamm-Mets" in admin.get(f"/t/alice/phonebook/{contact.pk}/").content.decode()
    admin.post(f"/t/alice/phonebook/conflicts/{conflict.pk}/", {"take": "came"})
    assert client.get(f"/api/v1/contacts/{contact.pk}/").json()["name"] == "Mari Tamm-Mets"


def test_changes_come_once_and_in_order(alice: Company) -> None:
    client = api(alice)
    for n in range(5):
        add(alice, f"Person {n}", "5551 2345")
    first = client.get("/api/v1/contacts/changes/?limit=3").json()
    second = client.get(f"/api/v1/contacts/changes/?limit=3&since={first['next']}").json()
    names = [one["name"] for one in first["contacts"] + second["contacts"]]
    assert names == [f"Person {n}" for n in range(5)]
    assert (first["more"], second["more"]) == (True, False)
    gone = first["contacts"][0]["id"]
    assert client.delete(f"/api/v1/contacts/{gone}/").status_code == 204
    third = client.get(f"/api/v1/contacts/changes/?since={second['next']}").json()
    assert (third["contacts"], third["deleted"]) == ([], [gone])
    last = client.get(f"/api/v1/contacts/changes/?since={third['next']}").json()
    assert last == {"contacts": [], "deleted": [], "next": third["next"], "more": False}


def test_scopes_hold(alice: Company) -> None:
    reads = api(alice, ApiScope.PHONEBOOK_READ)
    writes = api(alice, ApiScope.PHONEBOOK_WRITE)
    assert reads.get("/api/v1/contacts/").status_code == 200
    assert writes.get("/api/v1/contacts/").status_code == 403
    body = json.dumps({"name": "Mari"})
    for client, code in ((reads, 403), (writes, 201)):
        answer = client.post("/api/v1/contacts/", body, content_type="application/json")
        assert answer.status_code == code
    assert Client().get("/api/v1/contacts/").status_code == 401
    words = writes.post("/api/v1/contacts/", "{}", content_type="application/json").json()
    assert "name" in words["detail"]
