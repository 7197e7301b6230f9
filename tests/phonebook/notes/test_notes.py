"""Notes, POST-ITs, activities and time, in PostgreSQL."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.accounts.models import User
from callcenter.accounts.telling import channel_of_user
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import tenant_scope
from phonebook.notes import selectors, services
from phonebook.notes.models import Note, Project, TaskType, Work
from phonebook.notes.selectors import Cursor
from phonebook.notes.services import Subject
from phonebook.numbers.kinds import ANONYMOUS_KEY
from telephony.live.streams import channel_group, user_stream
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db
NUMBER = "+3725550001"


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726000001")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726000002", first_extension=201)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def by(user: User) -> Actor:
    return Actor(name=str(user), user_id=user.pk)


def write(user: User, text: str = "Rang about the bill", **more: Any) -> Note:
    given = {"subject": Subject(key=NUMBER), "is_private": False, "at": timezone.now(), **more}
    return services.write_note(text=text, by=by(user), **given)


def test_callers_who_withhold_their_number_are_not_one(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        agent = alice.people["agent"]
        of_first = Subject(key=ANONYMOUS_KEY, call_pbx="pbx1", call_linkedid="1.1")
        write(agent, "Will come on Monday", subject=of_first)
        services.record_activity(
            subject=of_first, title="Sent the form", text="", began_at=timezone.now(),
            project=None, by=by(agent), at=timezone.now(),
        )  # fmt: skip
        found = selectors.notes_about(agent.pk, key=ANONYMOUS_KEY, linkedid="1.1")
        assert [note.text for note in found] == ["Will come on Monday"]
        assert len(selectors.work_about(key=ANONYMOUS_KEY, linkedid="1.1")) == 1
        page = signed_in(agent).get(f"/t/alice/notes/{found[0].pk}/").content.decode()
        assert "Number withheld" in page
        assert ANONYMOUS_KEY not in page
        for linkedid in ("2.2", ""):
            assert selectors.notes_about(agent.pk, key=ANONYMOUS_KEY, linkedid=linkedid) == []
            assert selectors.work_about(key=ANONYMOUS_KEY, linkedid=linkedid) == []


def test_a_private_note_is_its_writers_alone(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        agent, manager = alice.people["agent"], alice.people["manager"]
        write(agent, "secret", is_private=True)
        write(agent, "open")
        mine = selectors.notes_about(agent.pk, key=NUMBER)
        theirs = selectors.notes_about(manager.pk, key=NUMBER)
        programs = selectors.notes_about(None, key=NUMBER)
    assert [note.text for note in mine] == ["open", "secret"]
    assert [note.text for note in theirs] == ["open"]
    assert [note.text for note in programs] == ["open"]


def test_a_private_postit_is_read_by_its_two_people(alice: Company) -> None:
    agent, manager, admin = (alice.people[role] for role in ("agent", "manager", "admin"))
    with tenant_scope(alice.tenant.pk):
        write(agent, "call Mari", is_private=True, to_id=manager.pk)
        assert selectors.unread_count(manager.pk) == 1
        assert selectors.unread_count(agent.pk) == 0
        assert not selectors.page_of_notes(admin.pk, box="").rows
    page = signed_in(manager).get(f"/t/{alice.tenant.slug}/notes/").content.decode()
    assert "call Mari" in page
    assert "1 unread POST-IT" in page
    with tenant_scope(alice.tenant.pk):
        note = Note.objects.get()
    assert note.seen_at is None
    opened = signed_in(manager).get(f"/t/{alice.tenant.slug}/notes/{note.pk}/")
    assert opened.status_code == 200
    with tenant_scope(alice.tenant.pk):
        assert selectors.unread_count(manager.pk) == 0
    assert signed_in(admin).get(f"/t/{alice.tenant.slug}/notes/{note.pk}/").status_code == 404


def test_the_recipient_is_told_at_once(
    alice: Company, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []

    class Layer:
        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            sent.append((group, message))

    monkeypatch.setattr("callcenter.accounts.telling.get_channel_layer", Layer)
    manager = alice.people["manager"]
    with tenant_scope(alice.tenant.pk), django_capture_on_commit_callbacks(execute=True):
        write(alice.people["agent"], "call Mari", to_id=manager.pk)
    [(group, message)] = sent
    assert group == channel_group(alice.tenant.pk, user_stream(manager.pk))
    assert group == channel_of_user(alice.tenant.pk, manager.pk)
    assert "call Mari" in message["frame"]


def test_a_stranger_gets_no_postit(alice: Company, bob: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        with pytest.raises(Refusal, match="colleague"):
            write(alice.people["agent"], to_id=bob.people["manager"].pk)
        assert not Note.objects.exists()


def test_only_its_writer_changes_a_note(alice: Company) -> None:
    agent, manager = alice.people["agent"], alice.people["manager"]
    with tenant_scope(alice.tenant.pk):
        note = write(agent)
        with pytest.raises(Refusal):
            services.change_note(
                note=note, text="other", is_private=False, by=by(manager), at=timezone.now()
            )
        with pytest.raises(Refusal):
            services.delete_note(note=note, by=by(manager))
        services.change_note(
            note=note, text="other", is_private=False, by=by(agent), at=timezone.now()
        )
        note.refresh_from_db()
        assert (note.text, note.changed_at is None) == ("other", False)
        services.delete_note(note=note, by=by(agent))
        assert not Note.objects.exists()
        assert AuditEntry.objects.filter(action="note.deleted").count() == 1


def test_an_empty_note_is_refused_with_its_form(alice: Company) -> None:
    url = f"/t/{alice.tenant.slug}/notes/about/?number=5550001"
    answer = signed_in(alice.people["agent"]).post(url, {"text": "   "})
    assert answer.status_code == 422
    with tenant_scope(alice.tenant.pk):
        assert not Note.objects.exists()


def test_every_spelling_of_a_number_leads_to_its_notes(alice: Company) -> None:
    client = signed_in(alice.people["agent"])
    written = client.post(f"/t/{alice.tenant.slug}/notes/about/?number=555 0001", {"text": "Hi"})
    assert written.status_code == 200
    for spelling in ("%2B3725550001", "003725550001", "555-0001"):
        page = client.get(f"/t/{alice.tenant.slug}/notes/about/?number={spelling}")
        assert "Hi" in page.content.decode()


def test_time_of_a_call_is_filled_in(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        services.create_task_type(name="Other", by=by(alice.people["admin"]))
        phone = services.create_task_type(name="Phone call", by=by(alice.people["admin"]))
        services.change_task_type(
            task_type=phone, changes={"is_for_calls": True}, by=by(alice.people["admin"])
        )
    client = signed_in(alice.people["agent"])
    began = datetime(2026, 11, 20, 8, 0, 3, tzinfo=timezone.get_fixed_timezone(0))
    query = (
        f"?call=1.2&pbx=pbx1&number=5550001&from={began.timestamp()}&to={began.timestamp() + 125.4}"
    )
    form = client.get(f"/t/{alice.tenant.slug}/notes/work/time/{query}").context["form"]
    assert form.initial["task_type"] == phone.pk
    values = {
        "began_at": f"{form.initial['began_at']:%Y-%m-%dT%H:%M:%S}",
        "ended_at": f"{form.initial['ended_at']:%Y-%m-%dT%H:%M:%S}",
        "task_type": phone.pk,
    }
    assert client.post(f"/t/{alice.tenant.slug}/notes/work/time/{query}", values).status_code == 302
    with tenant_scope(alice.tenant.pk):
        work = Work.objects.get()
        assert (work.began_at, work.seconds) == (began, 125.0)
        assert (work.key, work.call_linkedid, work.task_type) == (NUMBER, "1.2", phone)


@pytest.mark.parametrize("seconds", [0, -5, 24 * 3600 + 1])
def test_time_that_cannot_be_is_refused(alice: Company, seconds: int) -> None:
    began = timezone.now()
    with tenant_scope(alice.tenant.pk):
        with pytest.raises(Refusal):
            services.record_time(
                subject=Subject(), text="", began_at=began,
                ended_at=began + timedelta(seconds=seconds), project=None, task_type=None,
                by=by(alice.people["agent"]), at=began,
            )  # fmt: skip
        assert not Work.objects.exists()


def test_one_kind_of_work_is_for_calls(alice: Company) -> None:
    admin = by(alice.people["admin"])
    with tenant_scope(alice.tenant.pk):
        one, other = (services.create_task_type(name=name, by=admin) for name in ("A", "B"))
        for row in (one, other):
            services.change_task_type(task_type=row, changes={"is_for_calls": True}, by=admin)
        assert [row.name for row in TaskType.objects.filter(is_for_calls=True)] == ["B"]
        with pytest.raises(Refusal, match="already"):
            services.create_task_type(name="A", by=admin)


def test_the_list_is_paged_and_its_queries_do_not_grow(
    alice: Company, django_assert_max_num_queries: Any
) -> None:
    agent = alice.people["agent"]
    client = signed_in(agent)
    with tenant_scope(alice.tenant.pk):
        project = Project.objects.create(name="Moon")
        for minute in range(60):
            began = timezone.now() - timedelta(minutes=minute)
            services.record_activity(
                subject=Subject(key=NUMBER), title=f"Did {minute}", text="", began_at=began,
                project=project, by=by(agent), at=began,
            )  # fmt: skip
        first = selectors.page_of_work(by_id=agent.pk)
        second = selectors.page_of_work(by_id=agent.pk, cursor=Cursor.read(str(first.older)))
    titles = [row.subject for row in (*first.rows, *second.rows) if isinstance(row, Work)]
    assert titles == [f"Did {minute}" for minute in range(60)]
    with django_assert_max_num_queries(16):
        assert client.get(f"/t/{alice.tenant.slug}/notes/work/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_export_holds_what_the_list_shows(alice: Company) -> None:
    agent = alice.people["agent"]
    at = timezone.now()
    with tenant_scope(alice.tenant.pk):
        services.record_activity(
            subject=Subject(key=NUMBER), title="=cmd()", text="", began_at=at, project=None,
            by=by(agent), at=at,
        )  # fmt: skip
        services.record_activity(
            subject=Subject(), title="Another's", text="", began_at=at, project=None,
            by=by(alice.people["manager"]), at=at,
        )  # fmt: skip
    url = f"/t/{alice.tenant.slug}/notes/work/export/"
    for path, wanted in ((url, {"'=cmd()"}), (f"{url}?by=all", {"'=cmd()"})):
        stream = signed_in(agent).get(path)
        rows = list(csv.DictReader(io.StringIO(_body(stream).removeprefix("\ufeff"))))
        assert {row["What"] for row in rows} == wanted
    stream = signed_in(alice.people["manager"]).get(f"{url}?by=all")
    assert "Another's" in _body(stream)


def _body(response: Any) -> str:
    stream = response.streaming_content

    async def read() -> bytes:
        return b"".join([part async for part in stream])

    return asyncio.run(read()).decode()


def test_another_company_sees_nothing(alice: Company, bob: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        note = write(alice.people["agent"])
    with tenant_scope(bob.tenant.pk):
        assert selectors.notes_about(bob.people["agent"].pk, key=NUMBER) == []
    client = signed_in(bob.people["agent"])
    assert client.get(f"/t/bob/notes/{note.pk}/").status_code == 404
    assert client.post(f"/t/bob/notes/{note.pk}/delete/").status_code == 404


@pytest.mark.parametrize(
    "text", ["", "x", "1-", "-1", "99999999999999999999-1", "1-9999999999999999999", "١-٢"]
)
def test_a_cursor_that_is_none(text: str) -> None:
    assert Cursor.read(text) is None
