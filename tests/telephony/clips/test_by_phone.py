"""A clip spoken into a real phone: rung, recorded, heard, kept or not, and shown on the page."""

import asyncio
import io
import os
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from callcenter.accounts.models import Membership, Role, User
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.groups.models import Clip
from callcenter.runtime import processes
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.clips import services
from telephony.clips.courier import UNHEARD_OF, ClipCourier
from telephony.clips.models import ClipTake, TakeState
from telephony.commands.executor import carry_out, claim, settle
from telephony.dialling.services import AlreadyCalling
from telephony.ledger.models import CelLine, LedgerFile
from telephony.pbx.control import BlockingControl
from telephony.pbx.port import Done
from telephony.traffic.sound import decode, in_frames, tone
from tests.callcenter.groups.sounds import tone as wav_tone
from tests.conftest import TestDatabase
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_database, until

pytestmark = [pytest.mark.asterisk]
FIRST, SECOND = 700, 440
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_Answer = TypeVar("_Answer")


@pytest.fixture
def ledger(pbx: Pbx, database_urls: TestDatabase, tmp_path: Path) -> Generator[None]:
    """The process on the PBX's host: it follows the call and fetches the file."""
    environment = {
        **database_urls.environment, **pbx.environment, "PYTHONUNBUFFERED": "1",
        "HELIN_RECORDING_STORAGE": str(tmp_path / "stored"),
    }  # fmt: skip
    environment.pop("DATABASE_OWNER_URL")
    with (tmp_path / "ledger.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_ledger", "--pbx", "pbx1"], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            preexec_fn=processes.dies_with_parent(),
        )  # fmt: skip
    yield
    process.kill()
    process.wait()


async def inside(company: Company, work: Callable[[], _Answer]) -> _Answer:
    def in_scope() -> _Answer:
        with tenant_scope(company.tenant.pk):
            return work()

    return await in_database(in_scope)


def manager(company: Company) -> Client:
    """Alice, who has a phone and manages the groups."""
    user = User.objects.get(email=f"alice@{company.slug}.example")
    Membership.objects.filter(user=user).update(role=Role.MANAGER)
    client = Client()
    client.force_login(user, BACKEND)
    return client


async def ask(company: Company, path: str = "by-phone/", **fields: str) -> str:
    """Her click, carried out as a worker does; the address of the page that follows it."""

    def work() -> str:
        client = manager(company)
        answer = client.post(f"/t/{company.slug}/manage/clips/{path}", fields)
        assert answer.status_code == 302, answer.content.decode()
        take = ClipTake.objects.select_related("command").latest("requested_at")
        command = claim(take.command.pk, timezone.now())
        assert command is not None
        result, done = carry_out(command, BlockingControl(company.pbx.address))
        assert isinstance(result, Done), result
        settle(command, result, done, timezone.now())
        return str(answer["Location"])

    return await inside(company, work)


async def shown(company: Company, url: str, words: str, *, within: float = 30) -> str:
    """What the page is when it says these words; it asks for itself as the browser does."""
    pages: list[str] = []

    async def says() -> bool:
        def read() -> str:
            return manager(company).get(url, headers={"HX-Target": "clip-take"}).content.decode()

        pages.append(await inside(company, read))
        return words in pages[-1]

    try:
        await until(says, within=within)
    except AssertionError:
        pytest.fail(f"never {words!r}, but {pages[-1]}")
    return pages[-1]


async def clips(company: Company) -> list[Clip]:
    return await inside(company, lambda: list(Clip.objects.order_by("pk")))


def loudest(clip: Clip) -> int:
    """Hertz, to tens."""
    with wave.open(io.BytesIO(bytes(clip.audio))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    spectrum = np.abs(np.fft.rfft(samples))
    spectrum[0] = 0
    return round(float(np.argmax(spectrum)) * 8000 / len(samples) / 10) * 10


async def test_what_was_spoken_again_and_kept_is_the_clip(
    pbx: Pbx, company: MakeCompany, ledger: None
) -> None:
    acme = company()
    async with acme.phone("Alice") as alice:
        await alice.register()
        url = await ask(acme, description=" Welcome,  autumn ", is_public="on")
        call = await alice.next_call(within=20)
        assert "hx-trigger" in await shown(acme, url, "Your phone rings")
        call.sound.frames = in_frames(tone(FIRST))
        await call.answer()
        await shown(acme, url, "Speak now")
        await asyncio.sleep(1.5)
        call.sound.press("#")
        await shown(acme, url, "Press 1 to keep it")
        heard = await call.sound.listen(seconds=1.0)
        spectrum = np.abs(np.fft.rfft(np.array(decode(heard), dtype=float)))
        assert abs(np.argmax(spectrum[1:]) + 1 - FIRST * len(heard) / 8000) < 15
        call.sound.frames = in_frames(tone(SECOND))
        call.sound.press("2")
        await shown(acme, url, "Speak now")
        await asyncio.sleep(1.5)
        call.sound.press("#")
        await shown(acme, url, "Press 1 to keep it")
        call.sound.press("1")
        page = await shown(acme, url, "The clip is here")
        assert "hx-trigger" not in page
        await call.wait_ended(within=20)
    (clip,) = await clips(acme)
    assert (clip.description, clip.is_public) == ("Welcome, autumn", True)
    assert clip.owner_id == acme.agents["Alice"].membership.user_id
    assert loudest(clip) == SECOND
    assert 1 < clip.seconds < 15
    assert f"/manage/clips/{clip.pk}/" in page
    await until(lambda: not list(pbx.recordings.glob("*/clips/*")), within=20)
    actions = await inside(
        acme, lambda: list(AuditEntry.objects.values_list("action", "by_name").order_by("pk"))
    )
    assert actions == [("agent.record_clip", "Alice"), ("clip.created", "Alice")]


async def test_it_takes_the_place_of_a_clip_that_is_there(
    pbx: Pbx, company: MakeCompany, ledger: None
) -> None:
    acme = company()

    def old() -> Clip:
        return Clip.objects.create(description="Hello", audio=b"RIFF", sha256="0" * 64, seconds=1)

    clip = await inside(acme, old)
    async with acme.phone("Alice") as alice:
        await alice.register()
        url = await ask(acme, f"{clip.pk}/by-phone/")
        call = await alice.next_call(within=20)
        call.sound.frames = in_frames(tone(FIRST))
        await call.answer()
        await shown(acme, url, "Speak now")
        await asyncio.sleep(1)
        call.sound.press("#")
        await shown(acme, url, "Press 1 to keep it")
        call.sound.press("1")
        await shown(acme, url, "The new recording is in place")
    (now,) = await clips(acme)
    assert (now.pk, now.description) == (clip.pk, "Hello")
    assert now.sha256 != clip.sha256
    assert loudest(now) == FIRST


async def test_nothing_is_kept_of_a_call_hung_up_not_taken_or_silent(
    pbx: Pbx, company: MakeCompany, ledger: None
) -> None:
    acme = company()
    async with acme.phone("Alice") as alice:
        await alice.register()
        url = await ask(acme, description="Rejected")
        (await alice.next_call(within=20)).reject()
        await shown(acme, url, "Not picked up")
        url = await ask(acme, description="Hung up while speaking")
        call = await alice.next_call(within=20)
        await call.answer()
        await shown(acme, url, "Speak now")
        await call.hang_up()
        await shown(acme, url, "It is gone")
        url = await ask(acme, description="Hung up after hearing it")
        call = await alice.next_call(within=20)
        call.sound.frames = in_frames(tone(FIRST))
        await call.answer()
        await shown(acme, url, "Speak now")
        await asyncio.sleep(0.5)
        call.sound.press("#")
        await shown(acme, url, "Press 1 to keep it")
        assert list(pbx.recordings.glob("acme/clips/*.wav"))
        await call.hang_up()
        await shown(acme, url, "It is gone")
    await until(lambda: not list(pbx.recordings.glob("*/clips/*")), within=20)
    assert await clips(acme) == []


def begun(company: Company, description: str) -> ClipTake:
    agent = company.agents["Alice"]
    owner = User.objects.get(pk=agent.membership.user_id)
    return services.begin_take(
        agent=agent, owner=owner, requested_by=Actor("Alice"), at=timezone.now(),
        description=description,
    )  # fmt: skip


def test_a_phone_that_is_away_is_said_and_another_cannot_look(
    company: MakeCompany, tmp_path: Path
) -> None:
    acme = company(tell_pbx=False)
    with tenant_scope(acme.tenant.pk):
        take = begun(acme, "Nobody there")
        with pytest.raises(AlreadyCalling):
            begun(acme, "A second click")
        settle(take.command, Done(), 1, timezone.now())
    courier = ClipCourier("pbx1", tmp_path, threading.Event())
    url = f"/t/acme/manage/clips/by-phone/{take.pk}/"
    with system_scope("test"):
        courier.turn(timezone.now() + UNHEARD_OF / 2)
    with tenant_scope(acme.tenant.pk):
        assert "Your phone rings" in manager(acme).get(url).content.decode()
    with system_scope("test"):
        courier.turn(timezone.now() + UNHEARD_OF * 2)
    with tenant_scope(acme.tenant.pk):
        assert "It is not connected" in manager(acme).get(url).content.decode()
        Membership.objects.filter(user__email="bob@acme.example").update(role=Role.MANAGER)
        client = Client()
        client.force_login(User.objects.get(email="bob@acme.example"), BACKEND)
    assert client.get(url).status_code == 404


def test_the_file_is_read_once_whatever_is_killed_when(
    company: MakeCompany, tmp_path: Path
) -> None:
    """The clip is there and the file not yet gone: the next look removes it, and keeps one clip."""
    acme = company(tell_pbx=False)
    with tenant_scope(acme.tenant.pk):
        take = begun(acme, "Once")
    courier = ClipCourier("pbx1", tmp_path, threading.Event())
    path = courier.file_of(take)
    path.parent.mkdir(parents=True)
    path.write_bytes(wav_tone(1.0))
    with system_scope("test"):
        file = LedgerFile.objects.create(pbx="pbx1", source="cel", name="cel.jsonl", inode=1)
        blank = dict.fromkeys(
            ("uniqueid", "channel", "name", "number", "ani", "rdnis", "dnid", "exten", "context",
             "application", "application_data", "account", "tenant_name", "peer", "user_event",
             "user_field"), "",
        )  # fmt: skip
        CelLine.objects.create(
            tenant_id=acme.tenant.pk, pbx="pbx1", file=file, byte_offset=0, at=timezone.now(),
            event="HELIN_CLIP", linkedid=take.call_id, extra='{"extra":"kept"}', **blank,
        )  # fmt: skip
        courier.turn(timezone.now())
        assert not path.exists()
        take.refresh_from_db()
        assert take.state == TakeState.DONE
        services.keep_take(take=take, data=wav_tone(1.0), at=timezone.now())
        assert Clip.objects.count() == 1
        path.write_bytes(b"")
        old = timezone.now().timestamp() - 7200
        os.utime(path, (old, old))
        ClipCourier("pbx1", tmp_path, threading.Event()).turn(timezone.now())
        assert not path.exists()
