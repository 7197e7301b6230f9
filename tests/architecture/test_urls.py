"""Every address, as nobody, as a stranger, without the right, with it, and for another's objects."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from callcenter.accounts.models import ApiKey, Membership, Role, User
from callcenter.accounts.permissions import ROLE_RIGHTS
from callcenter.agents.models import Agent, Device, PauseReason
from callcenter.audit.models import AuditEntry
from callcenter.calendars.models import CalendarException, Holiday, OpeningCalendar, OpeningHours
from callcenter.dashboard.models import Wallboard
from callcenter.groups.models import AgentGroup, Clip, GroupMember, Number, Queue
from callcenter.tenants.scope import tenant_scope
from phonebook.cards.models import CustomCard
from phonebook.contacts.models import (
    Contact,
    ContactConflict,
    ContactImport,
    ContactSource,
    Phonebook,
)
from phonebook.naming.models import ExternalDirectory
from phonebook.notes.models import Note, Project, TaskType, Work
from reports.schedules.models import ReportDelivery, ReportRun, ReportSchedule
from telephony.calls.models import Call
from telephony.clips.models import ClipTake
from telephony.commands.models import PbxCommand
from telephony.dialling.models import BrowserKey
from telephony.privacy.models import PrivacyCase, PrivacyExport
from telephony.provisioning.models import OutgoingPrefix
from telephony.recordings.models import Recording, RecordingExport, RecordingNote
from telephony.subscriptions.models import Webhook
from tests.cast import Company, make_company, make_user

pytestmark = pytest.mark.django_db

BOBS = 10_000_001
# pages of a tenant that every member may open: they lead on, or find only what one may see
FOR_ALL_MEMBERS = {"start", "find"}
# what everybody may ask, signed in or not
OPEN = {
    "health",
    "metrics",
    "api_schema",
    "api_docs",
    "home",
    "wallboard",
    "wallboard_today",
    # by a key, or by network and token, or by the main user's password: tests/telephony
    "phone_xml",
    "click_number",
    "click_callers",
    "click_dial",
    "call_init",
    "targad",
}


def patterns(
    entries: list[URLPattern | URLResolver] | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for entry in entries if entries is not None else get_resolver().url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, route)
        else:
            yield route, entry


def tenant_patterns() -> list[tuple[str, URLPattern]]:
    return [(route, one) for route, one in patterns() if route.startswith("t/<slug:slug>/")]


def fill(route: str, slug: str, pk: int) -> str:
    def value(found: re.Match[str]) -> str:
        kind, _, name = found.group(1).rpartition(":")
        if name == "slug":
            return slug
        if kind == "int":
            return str(pk)
        if kind == "uuid":
            return str(UUID(int=pk))
        return {"order": "pause", "weekday": "1", "kind": "greeting"}.get(name, "x")

    def match(found: re.Match[str]) -> str:
        return str(pk) if "[0-9]" in found.group(1) else found.group(1).partition("|")[0]

    plain = re.sub(r"\(\?P<\w+>([^)]*)\)", match, route.replace("^", "").replace("$", ""))
    return "/" + re.sub(r"<([^>]+)>", value, plain)


def names_an_object(route: str) -> bool:
    return "<int:" in route or "<uuid:" in route or "[0-9]" in route


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001001")


@pytest.fixture
def bob() -> Company:
    """Bob's company has one of everything, all with the same number."""
    bob = make_company("bob", number="+3726001002")
    at = timezone.now()
    user = make_user("stranger@bob.example")

    def make(model: type[models.Model], **fields: Any) -> Any:
        return model._default_manager.create(pk=BOBS, **fields)

    with tenant_scope(bob.tenant.pk):
        membership = make(Membership, user=user, role=Role.AGENT)
        calendar = make(OpeningCalendar, name="Bob's")
        make(OpeningHours, calendar=calendar, weekday=1, opens_minute=0, closes_minute=60)
        make(Holiday, calendar=calendar, day=at.date(), name="Bob's day")
        make(
            CalendarException, calendar=calendar, name="x", first_day=at.date(), last_day=at.date()
        )
        clip = make(Clip, description="Bob's", audio=b"RIFF", sha256="0" * 64, seconds=1)
        group = make(AgentGroup, slug="bobs", name="Bob's", calendar=calendar, greeting=clip)
        queue = make(Queue, group=group, slug="bobs", name="Bob's")
        make(Number, e164="+3726001009", queue=queue)
        agent = make(Agent, membership=membership, name="Bob's")
        make(Device, agent=agent, extension="999", name="x", digest="0" * 32, secret_made_at=at)
        make(GroupMember, group=group, agent=agent)
        make(PauseReason, code="bobs", name="Bob's")
        make(ApiKey, name="Bob's", prefix="bobsbobs", digest="0" * 64)
        make(Wallboard, name="Bob's", digest="1" * 64)
        command = PbxCommand.objects.create(
            kind="record_clip", pbx="pbx1", orders=[], requested_at=at, deadline_at=at
        )
        ClipTake.objects.create(
            pk=UUID(int=BOBS), pbx="pbx1", command=command, requested_by=user, requested_at=at
        )
        make(BrowserKey, membership=membership, name="Bob's", prefix="bobsbobs", digest="0" * 64)
        make(OutgoingPrefix, prefix="+999")
        case = make(PrivacyCase, number_count=1, opened_by_name="Bob", opened_at=at)
        PrivacyExport.objects.create(
            pk=UUID(int=BOBS), case=case, requested_by_name="Bob", created_at=at, expires_at=at
        )
        make(Call, pbx="pbx1", linkedid="bobs", direction="in", started_at=at, outcome="closed")
        schedule = make(ReportSchedule, name="Bob's", kind="groups_day", repeats="daily")
        run = make(ReportRun, schedule=schedule, name="Bob's", kind="groups_day", due_at=at,
                   since=at, until=at)  # fmt: skip
        make(ReportDelivery, run=run, address="bob@bob.example", language="en",
             token=UUID(int=BOBS))  # fmt: skip
        recording = make(Recording, pbx="pbx1", name="bobs", uniqueid="bobs", direction="in",
                         state="ready", started_at=at)  # fmt: skip
        make(RecordingNote, recording=recording, at_seconds=0, text="x", by_name="Bob")
        RecordingExport.objects.create(
            pk=UUID(int=BOBS), requested_by=user, recording_ids=[BOBS], created_at=at, expires_at=at
        )
        book = make(Phonebook, kind="company", name="Bob's")
        contact = make(Contact, book=book, name="Bob's", sort_name="bob")
        make(ContactConflict, contact=contact, source_name="x")
        make(ContactImport, book=book, by_name="x", file_name="x", file_kind="csv", content=b"x")
        make(ContactSource, book=book, name="x", kind="http", url="https://example.com")
        make(AuditEntry, action="group.changed", by_name="Bob", about_type="agentgroup",
             about_id=str(BOBS), about_name="Bob's")  # fmt: skip
        make(ExternalDirectory, name="Bob's", url="https://example.com/{digits}")
        make(CustomCard, name="Bob's", url="https://example.com/{digits}", template="x")
        make(Webhook, name="Bob's", url="https://example.com/")
        make(Note, text="Bob's", by_name="Bob", created_at=at)
        make(Project, name="Bob's")
        make(TaskType, name="Bob's")
        make(Work, kind="activity", subject="Bob's", by_name="Bob", began_at=at, created_at=at)
    return bob


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_page_of_a_tenant_names_its_right() -> None:
    found = tenant_patterns()
    assert len(found) > 20
    unguarded = {
        one.name
        for _route, one in found
        if not hasattr(one.callback, "needs") and one.name not in FOR_ALL_MEMBERS
    }
    assert unguarded == set()


def test_nobody_is_sent_to_sign_in(alice: Company) -> None:
    for route, _one in tenant_patterns():
        url = fill(route, "alice", 1)
        answer = Client().get(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith("/accounts/login/"), url
        assert Client().post(url).status_code in (302, 403), url


def test_a_stranger_finds_nothing(alice: Company, bob: Company) -> None:
    client = signed_in(bob.people["admin"])
    for route, _one in tenant_patterns():
        for url in (fill(route, "alice", alice.group.pk), fill(route, "nosuch", 1)):
            assert client.get(url).status_code == 404, url
            assert client.post(url).status_code == 404, url


def test_without_the_right_it_is_forbidden(alice: Company) -> None:
    clients = {role: signed_in(alice.people[role]) for role in Role.values}
    tried = 0
    for route, one in tenant_patterns():
        wanted = set(getattr(one.callback, "needs", ()))
        for role, client in clients.items():
            if wanted and not wanted & ROLE_RIGHTS[role]:
                tried += 1
                url = fill(route, "alice", 1)
                codes = {client.get(url).status_code, client.post(url).status_code}
                # 405: the door is shut for everybody before it asks who one is
                assert codes <= {403, 405}, (url, role, codes)
                assert 403 in codes, (url, role)
    assert tried > 20


def test_another_companys_objects_do_not_exist(alice: Company, bob: Company) -> None:
    client = signed_in(alice.people["admin"])
    tried = 0
    for route, _one in tenant_patterns():
        if not names_an_object(route):
            continue
        tried += 1
        url = fill(route, "alice", BOBS)
        assert client.get(url).status_code in (404, 405), url
        assert client.post(url, {}).status_code in (404, 405), url
    assert tried > 10


def test_operators_pages_do_not_exist_for_others(alice: Company) -> None:
    found = [(route, one) for route, one in patterns() if route.startswith("operator/")]
    assert len(found) >= 4
    client = signed_in(alice.people["admin"])
    for route, _one in found:
        url = fill(route, "alice", alice.tenant.pk)
        assert client.get(url).status_code == 404, url
        assert client.post(url).status_code == 404, url
        assert Client().get(url).status_code == 302, url


def test_there_is_no_address_that_this_table_has_forgotten() -> None:
    known = ("t/<slug:slug>/", "accounts/", "operator/", "api/v1/")
    others = {one.name for route, one in patterns() if not route.startswith(known)}
    assert others <= OPEN


def test_the_pages_open_for_who_has_the_right(alice: Company) -> None:
    client = signed_in(alice.people["admin"])
    for route, one in tenant_patterns():
        if names_an_object(route) or "<str:" in route:
            continue
        url = fill(route, "alice", 1)
        if "<slug:" in route.removeprefix("t/<slug:slug>/"):
            continue
        assert client.get(url).status_code in (200, 204, 302, 405), (url, one.name)
