"""What a real Asterisk writes of calls, and of which."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from callcenter.groups.models import AgentGroup, Clip
from callcenter.tenants.scope import tenant_scope
from telephony.pbx.orders import PauseRecording, ResumeRecording
from telephony.provisioning.clips import ClipFile, store
from telephony.provisioning.models import OutgoingPrefix
from telephony.provisioning.music import as_wav
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sound import decode, in_frames, level_of, tone
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.dialling.test_real_calls import click
from tests.telephony.private_pbx import Pbx, in_thread, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+4915112345"
LEFT, RIGHT = 440, 1000  # hertz: the outside party, our side


@asynccontextmanager
async def phone_of(company: Company, name: str) -> AsyncIterator[Phone]:
    async with company.phone(name) as phone:
        await phone.register()
        yield phone


def change(company: Company, work: Callable[[], object]) -> None:
    def in_scope() -> None:
        with tenant_scope(company.tenant.pk):
            work()

    in_thread(in_scope)


def files_of(pbx: Pbx, company: Company) -> list[Path]:
    return sorted((pbx.recordings / company.slug).glob("*.raw"))


def sides(path: Path) -> "tuple[np.ndarray, np.ndarray]":
    samples = np.frombuffer(path.read_bytes(), "<i2")
    return samples[0::2], samples[1::2]


def loudest(samples: "np.ndarray") -> int:
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    spectrum[0] = 0
    return round(float(np.argmax(spectrum)) * 8000 / len(samples))


@pytest.fixture(autouse=True)
def _no_old_files(pbx: Pbx) -> None:
    for path in pbx.recordings.glob("*/*.raw"):
        path.unlink()


async def talk(company: Company, pbx: Pbx, seconds: float = 2.0) -> None:
    pbx.perform(company.add_member("Alice"))
    async with phone_of(company, "Alice") as alice, pbx.carrier() as carrier:
        outside = await carrier.call(company.number, caller_number=CALLER)
        inside = await alice.next_call()
        await asyncio.sleep(0.5)
        await inside.answer()
        await outside.wait_talking()
        outside.sound.frames = in_frames(tone(LEFT))
        inside.sound.frames = in_frames(tone(RIGHT))
        await asyncio.sleep(seconds)
        await outside.hang_up()
        await inside.wait_ended()


async def test_a_call_into_a_group_is_recorded_by_sides(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    await talk(acme, pbx)
    await until(lambda: len(files_of(pbx, acme)) == 1)
    await asyncio.sleep(0.5)
    (path,) = files_of(pbx, acme)
    left, right = sides(path)
    assert path.name.endswith(f"_1_in_{acme.group.pk}.raw")
    assert 1.5 < len(left) / 8000 < 3, "only while they talk"
    assert (loudest(left), loudest(right)) == (LEFT, RIGHT)


async def test_a_call_that_shows_the_groups_number_is_recorded(
    pbx: Pbx, company: MakeCompany
) -> None:
    acme = company()
    change(acme, lambda: OutgoingPrefix.objects.create(prefix="+3725"))
    async with phone_of(acme, "Alice") as alice, pbx.carrier() as carrier:
        mine = await alice.call("+3725551234")
        theirs = await carrier.next_call()
        await asyncio.sleep(0.5)
        await theirs.answer()
        await mine.wait_talking()
        theirs.sound.frames, mine.sound.frames = in_frames(tone(LEFT)), in_frames(tone(RIGHT))
        await asyncio.sleep(2)
        await mine.hang_up()
        await theirs.wait_ended()
    await until(lambda: len(files_of(pbx, acme)) == 1)
    await asyncio.sleep(0.5)
    (path,) = files_of(pbx, acme)
    assert path.name.endswith(f"_1_out_{acme.group.pk}.raw")
    left, right = sides(path)
    assert 1.5 < len(left) / 8000 < 3
    assert (loudest(left), loudest(right)) == (LEFT, RIGHT)


async def test_a_private_call_is_nobody_elses_to_hear(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    change(acme, lambda: OutgoingPrefix.objects.create(prefix="+372"))
    async with phone_of(acme, "Alice") as alice, pbx.carrier() as carrier:
        await click(acme, "+37255512345", is_private=True)
        mine = await alice.next_call()
        await mine.answer()
        theirs = await carrier.next_call()
        await theirs.answer()
        await asyncio.gather(mine.sound.wait_for_sound(), theirs.sound.wait_for_sound())
        await theirs.hang_up()
        await mine.wait_ended()
        mine = await alice.call("+37255512346")
        theirs = await carrier.next_call()
        await theirs.answer()
        await mine.wait_talking()
        await theirs.hang_up()
        await mine.wait_ended()
    # the second is, so the first would be there as well
    await until(lambda: len(files_of(pbx, acme)) >= 1)
    (path,) = files_of(pbx, acme)
    assert "c2c-p-" not in path.name


async def test_a_group_that_is_not_recorded_leaves_no_file(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    change(acme, lambda: AgentGroup.objects.update(is_recorded=False))
    await talk(acme, pbx, seconds=0.5)
    await asyncio.sleep(0.5)
    assert files_of(pbx, acme) == []


async def test_the_caller_is_told_before_he_is_recorded(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()

    def choose() -> None:
        clip = Clip.objects.create(description="told", audio=b"", sha256="1" * 64, seconds=1)
        AgentGroup.objects.update(consent_clip=clip)
        store(pbx.host.clips, ClipFile("acme", clip.pk, clip.sha256), announcement())

    change(acme, choose)
    pbx.perform(acme.add_member("Alice"))
    async with phone_of(acme, "Alice") as alice, pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        await outside.wait_talking()
        await outside.sound.wait_for_sound()
        heard = await outside.sound.listen(seconds=0.5)
        assert level_of(2000, decode(heard)) > 2000, "the announcement"
        assert files_of(pbx, acme) == [], "nothing is recorded before it is over"
        inside = await alice.next_call()
        await inside.answer()
        await asyncio.sleep(1)
        assert len(files_of(pbx, acme)) == 1


async def test_what_cannot_be_announced_is_not_recorded(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()

    def choose() -> None:
        clip = Clip.objects.create(description="lost", audio=b"", sha256="2" * 64, seconds=1)
        AgentGroup.objects.update(consent_clip=clip)

    change(acme, choose)
    await talk(acme, pbx, seconds=0.5)
    assert files_of(pbx, acme) == []
    assert "HELIN_UNRECORDED" in pbx.cel_log.read_text()


async def test_without_the_database_the_last_rule_holds(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    await talk(acme, pbx, seconds=0.5)
    await until(lambda: len(files_of(pbx, acme)) == 1)
    with pbx.link.is_cut():
        await talk(acme, pbx, seconds=0.5)
        await until(lambda: len(files_of(pbx, acme)) == 2)


async def test_a_paused_stretch_is_silent(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    async with phone_of(acme, "Alice") as alice, pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        inside = await alice.next_call()
        await inside.answer()
        await outside.wait_talking()
        outside.sound.frames = inside.sound.frames = in_frames(tone(LEFT))
        channel = next(
            line.split("!")[0]
            for line in pbx.cli("core show channels concise").splitlines()
            if line.startswith("PJSIP/carrier")
        )
        await asyncio.sleep(1.5)
        pbx.perform(PauseRecording(channel=channel))
        await asyncio.sleep(1.5)
        pbx.perform(ResumeRecording(channel=channel))
        await asyncio.sleep(1.5)
        await outside.hang_up()
        await inside.wait_ended()
    await asyncio.sleep(0.5)
    (path,) = files_of(pbx, acme)
    left, right = sides(path)
    for side in (left, right):
        loud = [bool(np.abs(side[n : n + 800]).max() > 500) for n in range(0, len(side) - 800, 800)]
        silent = loud.count(False)
        assert 12 <= silent <= 18, "as long as it was paused, so that the clock holds"
        assert loud[3]
        assert loud[-3]


def announcement() -> bytes:
    return as_wav(decode(tone(2000, seconds=2)))
