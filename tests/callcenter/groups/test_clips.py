"""Clips: uploaded through the page, heard in parts, private ones kept private, used ones kept."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from typing import Any

import pytest
from django.test import Client

from callcenter.audit.models import AuditEntry
from callcenter.audit.services import HELIN_ITSELF
from callcenter.groups import services
from callcenter.groups.models import Clip
from callcenter.groups.services.clips import AudioRefused, ClipInUse
from callcenter.tenants.scope import tenant_scope
from tests.callcenter.groups.sounds import encoded, tone
from tests.callcenter.groups.test_management_doors import signed_in
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def client(alices: Company) -> Client:
    return signed_in(alices, "manager")


@pytest.fixture
def clip(alices: Company) -> Generator[Clip]:
    with tenant_scope(alices.tenant.pk):
        yield services.create_clip(data=tone(1.0), description="Tallinn chime", by=HELIN_ITSELF)


def upload(client: Client, data: bytes, **fields: str) -> int:
    file = io.BytesIO(data)
    file.name = "clip.wav"
    wanted = {"description": "Hello", "is_public": "on", "audio": file, **fields}
    return client.post("/t/alice/manage/clips/", wanted).status_code


def test_an_upload_is_kept_as_telephone_sound_with_its_owner(
    client: Client, alices: Company
) -> None:
    assert upload(client, encoded(2.0, "mp3", "libmp3lame")) == 302
    with tenant_scope(alices.tenant.pk):
        clip = Clip.objects.get()
        assert bytes(clip.audio[:4]) == b"RIFF"
        assert clip.seconds == pytest.approx(2.0, abs=0.1)
        assert clip.owner == alices.people["manager"]
        assert AuditEntry.objects.get().action == "clip.created"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b"not audio at all", "not an audio file"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\xff" * 99, "damaged or incomplete"),
    ],
)
def test_a_refused_file_says_why_and_changes_nothing(
    client: Client, alices: Company, data: bytes, words: str
) -> None:
    file = io.BytesIO(data)
    file.name = "greeting.wav"
    response = client.post("/t/alice/manage/clips/", {"description": "Hello", "audio": file})
    assert response.status_code == 422
    assert words in response.content.decode()
    with tenant_scope(alices.tenant.pk):
        assert not Clip.objects.exists()
        assert not AuditEntry.objects.exists()


def test_a_refused_replacement_leaves_the_clip(client: Client, clip: Clip) -> None:
    file = io.BytesIO(b"nonsense")
    file.name = "x.mp3"
    response = client.post(f"/t/alice/manage/clips/{clip.pk}/replace/", {"audio": file})
    assert response.status_code == 422
    before = clip.sha256
    clip.refresh_from_db()
    assert clip.sha256 == before
    with pytest.raises(AudioRefused):
        services.replace_clip(clip=clip, data=b"nonsense", by=HELIN_ITSELF)


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        (None, 200, slice(0, None)),
        ("bytes=0-", 206, slice(0, None)),
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-199", 206, slice(100, 200)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=16000-999999", 206, slice(16000, None)),
        ("bytes=5-4", 416, slice(0, 0)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=-", 200, slice(0, None)),
        ("bytes=0-1,5-6", 200, slice(0, None)),
        ("pages=1-2", 200, slice(0, None)),
    ],
)
def test_the_sound_comes_in_the_parts_asked_for(
    client: Client, clip: Clip, asked: str | None, status: int, part: slice
) -> None:
    headers = {"Range": asked} if asked else {}
    response = client.get(f"/t/alice/manage/clips/{clip.pk}/audio.wav", headers=headers)
    sound = bytes(clip.audio)
    assert response.status_code == status
    assert response.content == sound[part]
    if status == 206:
        first = part.start if part.start >= 0 else len(sound) + part.start
        last = first + len(response.content) - 1
        assert response["Content-Range"] == f"bytes {first}-{last}/{len(sound)}"
    if status != 416:
        assert response["Content-Type"] == "audio/wav"
        assert "private" in response["Cache-Control"]


def test_a_private_clip_is_there_for_its_owner_only(
    client: Client, clip: Clip, alices: Company
) -> None:
    clip.owner = alices.people["admin"]
    clip.is_public = False
    clip.save()
    for path in (f"{clip.pk}/", f"{clip.pk}/audio.wav"):
        assert client.get(f"/t/alice/manage/clips/{path}").status_code == 404
        own = signed_in(alices, "admin").get(f"/t/alice/manage/clips/{path}")
        assert own.status_code == 200
    assert "Tallinn chime" not in client.get("/t/alice/manage/clips/").content.decode()


def test_a_used_clip_stays_and_says_where(client: Client, clip: Clip, alices: Company) -> None:
    services.change_group(group=alices.group, closed_clip=clip, by=HELIN_ITSELF)
    with pytest.raises(ClipInUse, match="closed message of “Sales”"):
        services.delete_clip(clip=clip, by=HELIN_ITSELF)
    page = client.get(f"/t/alice/manage/clips/{clip.pk}/").content.decode()
    assert "Sales: closed" in page
    services.change_group(group=alices.group, closed_clip=None, by=HELIN_ITSELF)
    services.delete_clip(clip=clip, by=HELIN_ITSELF)
    assert not Clip.objects.exists()


def test_lists_never_load_the_sound(
    client: Client, clip: Clip, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(25) as queries:
        client.get("/t/alice/manage/clips/")
    assert not [one for one in queries.captured_queries if '"audio"' in one["sql"]]
