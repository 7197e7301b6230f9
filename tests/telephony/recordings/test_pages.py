"""The pages of recordings: what is found, heard, noted, kept, deleted, and by whom."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from callcenter.accounts.models import Membership
from callcenter.audit.models import AuditEntry
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.recordings.models import (
    LegalHold,
    Problem,
    Recording,
    RecordingNote,
    RecordingState,
)
from telephony.recordings.selectors import expires_at
from tests.cast import Company, limit_to, make_company
from tests.telephony.recordings.made import ended_call, recording
from tests.telephony.recordings.visiting import body, made, signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stored_here", "plain_streams")]
SOON = timedelta(minutes=5)


# --- listening -----------------------------------------------------------------------------------
def test_the_whole_sound_and_any_part_of_it(acme: Company, manager: Client) -> None:
    row = made(acme)
    whole = manager.get(url(row, "sound/"))
    data = body(whole)
    assert (whole.status_code, len(data)) == (200, row.media_bytes)
    assert whole["Accept-Ranges"] == "bytes"
    part = manager.get(url(row, "sound/"), headers={"Range": "bytes=100-199"})
    assert (part.status_code, body(part)) == (206, data[100:200])
    assert part["Content-Range"] == f"bytes 100-199/{len(data)}"
    assert part["Content-Length"] == "100"
    tail = manager.get(url(row, "sound/"), headers={"Range": "bytes=-50"})
    assert body(tail) == data[-50:]
    rest = manager.get(url(row, "sound/"), headers={"Range": "bytes=1000-"})
    assert body(rest) == data[1000:]
    beyond = manager.get(url(row, "sound/"), headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(data)}")
    same = {"Range": "bytes=0-9", "If-Range": whole["ETag"]}
    assert manager.get(url(row, "sound/"), headers=same).status_code == 206
    other = {"Range": "bytes=0-9", "If-Range": '"other"'}
    assert manager.get(url(row, "sound/"), headers=other).status_code == 200
    head = manager.head(url(row, "sound/"))
    assert (head.status_code, head["Content-Length"]) == (200, str(len(data)))


def test_a_listening_is_written_down_once_and_shown(acme: Company, manager: Client) -> None:
    row = made(acme)
    assert "Nobody has listened to it yet" in manager.get(url(row)).content.decode()
    for first in (0, 500, 1000):
        body(manager.get(url(row, "sound/"), headers={"Range": f"bytes={first}-{first + 99}"}))
    with tenant_scope(acme.tenant.pk):
        found = AuditEntry.objects.filter(action="recording.listened")
        assert [entry.by_id for entry in found] == [acme.people["manager"].pk]
        row.refresh_from_db()
    assert row.listened_until is not None
    assert row.listened_until > timezone.now()
    assert "Manager listened to the recording" in manager.get(url(row)).content.decode()


def test_a_pause_while_it_was_made_is_told(acme: Company, manager: Client) -> None:
    at = timezone.now() - timedelta(minutes=5)
    row = made(acme, at=at, seconds=60.0, linkedid="l.1", agent_ids=[7])
    with tenant_scope(acme.tenant.pk):
        for agent, call, action in (
            ("7", "call:l.1", "agent.pause_recording"),
            ("7", "call:l.1", "agent.resume_recording"),
            ("7", "call:l.2", "agent.pause_recording"),
            ("8", "call:l.1", "agent.pause_recording"),
        ):
            entry = AuditEntry.objects.create(
                action=action, by_name="Anna", about_type="agent", about_id=agent,
                about_name="Anna", after={"call": call},
            )  # fmt: skip
            AuditEntry.objects.filter(pk=entry.pk).update(at=at + timedelta(seconds=20))
    page = manager.get(f"/t/acme/recordings/{row.pk}/").content.decode()
    assert page.count("Anna paused the recording: what was said then is silence here") == 1
    assert page.count("Anna resumed the recording") == 1


def test_a_recording_without_its_object_is_not_found(acme: Company, manager: Client) -> None:
    with tenant_scope(acme.tenant.pk):
        row = recording(at=timezone.now(), media_bytes=100)
    assert manager.get(url(row, "sound/")).status_code == 404


@pytest.mark.parametrize("problem", [Problem.MISSING, Problem.EMPTY, Problem.DAMAGED])
def test_what_cannot_be_heard_says_so(acme: Company, manager: Client, problem: Problem) -> None:
    with tenant_scope(acme.tenant.pk):
        row = recording(state=RecordingState.BROKEN, problem=problem, at=timezone.now())
    for page in (url(row), "/t/acme/recordings/"):
        assert {"missing": "File missing", "empty": "File empty", "damaged": "File damaged"}[
            problem
        ] in manager.get(page).content.decode()
    assert manager.get(url(row, "sound/")).status_code == 404


# --- the list ------------------------------------------------------------------------------------
def test_the_list_is_filtered(acme: Company, manager: Client) -> None:
    agent = acme.agents[0].pk
    short = made(acme, seconds=2.0, party_number="+3725550001", party_digits="3725550001")
    kept = made(acme, seconds=3.0, agent_ids=[agent], kept_until=timezone.now() + SOON,
                keep_reason="x", kept_by="Bob")  # fmt: skip
    with tenant_scope(acme.tenant.pk):
        long = recording(seconds=700.0, at=timezone.now() - timedelta(days=10))

    def shown(query: str) -> set[int]:
        page = manager.get(f"/t/acme/recordings/?{query}")
        assert page.status_code == 200
        return {row.id for row in page.context["rows"]}

    assert shown("") == {short.pk, kept.pk}
    assert shown("period=month") == {short.pk, kept.pk, long.pk}
    assert shown("period=all&length=600-") == {long.pk}
    assert shown("period=all&kept=yes") == {kept.pk}
    assert shown(f"period=all&agent={agent}") == {kept.pk}
    assert shown(f"period=all&group={acme.group.pk}") == {short.pk, kept.pk}
    assert shown("period=all&number=550001") == {short.pk}


def test_pages_lead_on(
    acme: Company, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    at = timezone.now()
    with tenant_scope(acme.tenant.pk):
        for minute in range(120):
            recording(at=at - timedelta(minutes=minute))
    page = manager.get("/t/acme/recordings/")
    seen = [row.id for row in page.context["rows"]]
    while cursor := page.context["page"].older:
        with django_assert_max_num_queries(25):
            page = manager.get(f"/t/acme/recordings/?older={cursor}")
        seen += [row.id for row in page.context["rows"]]
    assert len(seen) == len(set(seen)) == 120


# --- who may -------------------------------------------------------------------------------------
def test_rights_end_at_groups_and_companies(acme: Company, manager: Client) -> None:
    with tenant_scope(acme.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
        Membership.objects.filter(user=acme.people["agent"]).update(
            extra_rights=["recordings.listen_own"]
        )
    mine = made(acme, agent_ids=[acme.agents[0].pk])
    theirs = made(acme, group_id=other.pk)
    limit_to(acme.people["manager"], acme.group)
    agent = signed_in(acme.people["agent"])
    bob = make_company("bob", number="+3726001002")
    stranger = signed_in(bob.people["admin"])
    for client in (manager, agent):
        assert client.get(url(mine)).status_code == 200
        assert client.get(url(theirs)).status_code == 404
        assert client.get(url(theirs, "sound/")).status_code == 404
        listed = client.get("/t/acme/recordings/").context["rows"]
        assert [row.id for row in listed] == [mine.pk]
    assert agent.get(url(mine, "download/")).status_code == 403
    assert signed_in(acme.people["supervisor"]).get(url(mine)).status_code == 403
    assert stranger.get(url(mine)).status_code == 404
    assert stranger.get(f"/t/bob/recordings/{mine.pk}/sound/").status_code == 404
    for guess in (mine.secret, f"{acme.tenant.pk}/{mine.secret[:2]}/{mine.secret}.opus"):
        for path in ("/media/", "/recordings/", "/static/", "/t/acme/recordings/"):
            assert manager.get(f"{path}{guess}").status_code == 404


# --- notes, keeping, deleting --------------------------------------------------------------------
def test_a_note_at_a_moment(acme: Company, manager: Client) -> None:
    row = made(acme)
    hx = {"HX-Request": "true"}
    sent = {"at_seconds": "1.5", "text": " a  promise "}
    page = manager.post(url(row, "notes/"), sent, headers=hx).content.decode()
    assert "a promise" in page
    empty = manager.post(url(row, "notes/"), {"at_seconds": "1", "text": " "}, headers=hx)
    assert empty.status_code == 422
    with tenant_scope(acme.tenant.pk):
        note = RecordingNote.objects.get()
    assert (note.at_seconds, note.by_name) == (1.5, "Manager")
    gone = manager.post(url(row, f"notes/{note.pk}/remove/"), headers=hx)
    assert "a promise" not in gone.content.decode()


def test_keeping_needs_a_reason_and_has_a_limit(acme: Company, manager: Client) -> None:
    row = made(acme)
    for bad in ({"reason": "", "days": "10"}, {"reason": "x", "days": "366"}):
        manager.post(url(row, "keep/"), bad)
        with tenant_scope(acme.tenant.pk):
            row.refresh_from_db()
        assert row.kept_until is None
    manager.post(url(row, "keep/"), {"reason": "A dispute", "days": "100"})
    page = manager.get(url(row)).content.decode()
    assert "kept by Manager: “A dispute”" in page
    refused = manager.post(url(row, "delete/"), {"reason": "y"}, follow=True)
    assert "Take that mark off first" in refused.content.decode()
    manager.post(url(row, "stop-keeping/"))
    manager.post(url(row, "delete/"), {"reason": "asked to"})
    assert manager.get(url(row)).status_code == 404


def test_speeds_are_written_as_the_reader_writes_numbers(acme: Company, manager: Client) -> None:
    person = acme.people["manager"]
    person.language = "et"
    person.save()
    page = manager.get(url(made(acme))).content.decode()
    for speed, words in (("0.75", "0,75"), ("1", "1"), ("1.5", "1,5")):
        assert re.search(f'<option value="{speed}"[^>]*>{words} ×</option>', page), speed


def test_deleting_needs_a_reason_and_takes_the_sound(
    acme: Company, manager: Client, tmp_path: Path
) -> None:
    row = made(acme)
    manager.post(url(row, "delete/"), {"reason": " "})
    assert manager.get(url(row)).status_code == 200
    with tenant_scope(acme.tenant.pk):
        hold = LegalHold.objects.create(party_digits=row.party_digits, reason="court")
    page = manager.get(url(row)).content.decode()
    assert "it cannot be deleted until the hold is lifted" in page
    assert 'disabled aria-describedby="held"' in page
    assert 'data-opens="delete"' not in page
    assert 'id="delete"' not in page
    ends = expires_at(row, acme.tenant.recording_days).astimezone(ZoneInfo("Europe/Tallinn"))
    assert f"the legal hold is lifted, not before {ends:%F %H:%M}" in page
    listed = manager.get("/t/acme/recordings/").content.decode()
    assert "Legal hold" in listed
    assert f"until {ends:%F}" not in listed
    manager.post(url(row, "delete/"), {"reason": "x"})
    assert manager.get(url(row)).status_code == 200
    with tenant_scope(acme.tenant.pk):
        LegalHold.objects.filter(pk=hold.pk).update(released_at=timezone.now())
    manager.post(url(row, "delete/"), {"reason": "wrong number"})
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    with tenant_scope(acme.tenant.pk):
        assert not Recording.objects.exists()
        entry = AuditEntry.objects.get(action="recording.deleted")
        began = row.started_at.astimezone(ZoneInfo("Europe/Tallinn"))
        assert entry.about_name == f"{began:%F %T} {row.party_number}"
    assert entry.after == {"reason": "wrong number"}


# --- taking away ---------------------------------------------------------------------------------
def test_one_is_downloaded(acme: Company, manager: Client) -> None:
    row = made(acme)
    answer = manager.get(url(row, "download/"))
    assert body(answer)[:4] == b"OggS"
    assert "+4915112345.opus" in answer["Content-Disposition"]
    assert manager.get(url(row, "download/?as=wav")).status_code == 404
    with tenant_scope(acme.tenant.pk):
        assert AuditEntry.objects.filter(action="recording.downloaded").count() == 1


def test_the_ways_to_skip_are_told_apart(acme: Company, manager: Client) -> None:
    page = manager.get(url(made(acme))).content.decode()
    for name, word in (("Back 10 seconds", "−10 s"), ("Forward 10 seconds", "+10 s")):
        assert f'aria-label="{name}"' in page
        assert f"{word}</button>" in page


def test_the_drawer_of_a_call_has_its_recording(acme: Company, manager: Client) -> None:
    with tenant_scope(acme.tenant.pk):
        call = ended_call("pbx1-1795000000.77", at=timezone.now())
    row = made(acme, uniqueid="pbx1-1795000000.77")
    page = manager.get(f"/t/acme/recordings/of-call/{call.pk}/").content.decode()
    assert url(row, "sound/") in page
    assert (
        f"/t/acme/recordings/of-call/{call.pk}/"
        in manager.get(f"/t/acme/calls/{call.pk}/").content.decode()
    )


def test_during_a_call_its_recording_is_not_said_to_be_fetched(
    acme: Company, manager: Client
) -> None:
    made(acme, uniqueid="pbx1-1795000000.77", state="arriving")
    with tenant_scope(acme.tenant.pk):
        call = ended_call("pbx1-1795000000.77", at=timezone.now())

    def told() -> str:
        return manager.get(f"/t/acme/recordings/of-call/{call.pk}/").content.decode()

    assert "Being fetched from the phone system" in told()
    with tenant_scope(acme.tenant.pk):
        Call.objects.filter(pk=call.pk).update(ended_at=None)
        call.legs.update(ended_at=None)
    assert "Can be heard once the call is over" in told()
    assert "Being fetched" not in told()
