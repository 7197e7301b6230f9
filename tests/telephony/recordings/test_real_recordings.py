"""From the telephone to the ear: a real Asterisk, the real ledger process, killed on the way."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
import pytest

from callcenter.audit.services import Actor
from callcenter.groups.models import GroupMember
from callcenter.runtime import processes
from callcenter.runtime.folders import ROOT
from callcenter.tenants.scope import tenant_scope
from telephony.commands.executor import carry_out
from telephony.commands.models import PbxCommand
from telephony.live.selectors import live_snapshot
from telephony.live.streams import TENANT
from telephony.pbx.control import BlockingControl
from telephony.pbx.port import Done
from telephony.provisioning.models import OutgoingPrefix
from telephony.recordings.models import Recording, RecordingState
from telephony.recordings.services import control, conversion
from telephony.recordings.storage.local import LocalStore
from telephony.recordings.storage.port import key_of
from telephony.recordings.storage.sealed import Keyring, SealedStore
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sound import in_frames, tone
from tests.conftest import TestDatabase
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_database, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+4915112345"
LEFT, RIGHT = 440, 1000
KEY = "test:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
_Answer = TypeVar("_Answer")


@pytest.fixture(autouse=True)
def _no_old_files(pbx: Pbx) -> None:
    for path in pbx.recordings.glob("*/*.raw"):
        path.unlink()


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return tmp_path / "stored"


@pytest.fixture
def store(stored: Path) -> SealedStore:
    return SealedStore(LocalStore(stored), Keyring(KEY))


class Ledger:
    """`run_ledger` as a process that can be killed and started again."""

    def __init__(self, pbx: Pbx, database: TestDatabase, stored: Path, log: Path) -> None:
        self._log = log
        self._environment = {
            **database.environment, **pbx.environment, "PYTHONUNBUFFERED": "1",
            "HELIN_RECORDING_STORAGE": str(stored), "HELIN_RECORDING_KEY": KEY,
        }  # fmt: skip
        self._environment.pop("DATABASE_OWNER_URL")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as target:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run_ledger", "--pbx", "pbx1"], cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=target, stderr=target,
                env=self._environment, preexec_fn=processes.dies_with_parent(),
            )  # fmt: skip

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def ledger(
    pbx: Pbx, database_urls: TestDatabase, stored: Path, tmp_path: Path
) -> Generator[Ledger]:
    one = Ledger(pbx, database_urls, stored, tmp_path / "ledger.log")
    one.start()
    yield one
    one.kill()


@asynccontextmanager
async def phone_of(company: Company, name: str) -> AsyncIterator[Phone]:
    async with company.phone(name) as phone:
        await phone.register()
        yield phone


async def inside(company: Company, work: Callable[[], _Answer]) -> _Answer:
    def in_scope() -> _Answer:
        with tenant_scope(company.tenant.pk):
            return work()

    return await in_database(in_scope)


async def arrived(company: Company, count: int, within: float = 25) -> list[Recording]:
    def is_there_now() -> bool:
        return Recording.objects.filter(state=RecordingState.ARRIVED).count() == count

    async def is_there() -> bool:
        return await inside(company, is_there_now)

    await until(is_there, within=within)
    rows = lambda: list(Recording.objects.filter(state=RecordingState.ARRIVED))  # noqa: E731
    return await inside(company, rows)


def heard(company: Company, row: Recording, store: SealedStore) -> "tuple[np.ndarray, int]":
    """Both sides as floats, and the rate."""
    opus = b"".join(store.read(key_of(company.tenant.pk, row.secret, "opus")))
    with av.open(io.BytesIO(opus), "r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    return np.concatenate(frames, axis=1), rate


def loudest(samples: "np.ndarray", rate: int) -> int:
    spectrum = np.abs(np.fft.rfft(samples))
    spectrum[0] = 0
    return round(float(np.argmax(spectrum)) * rate / len(samples) / 10) * 10


async def call_in(company: Company, pbx: Pbx, seconds: float = 2.0) -> None:
    pbx.perform(company.add_member("Alice"))
    async with phone_of(company, "Alice") as alice, pbx.carrier() as carrier:
        outside = await carrier.call(company.number, caller_number=CALLER)
        ours = await alice.next_call()
        await ours.answer()
        await outside.wait_talking()
        outside.sound.frames, ours.sound.frames = in_frames(tone(LEFT)), in_frames(tone(RIGHT))
        await asyncio.sleep(seconds)
        await outside.hang_up()
        await ours.wait_ended()


async def call_out(company: Company, pbx: Pbx) -> None:
    await inside(company, lambda: OutgoingPrefix.objects.get_or_create(prefix="+3725"))
    async with phone_of(company, "Alice") as alice, pbx.carrier() as carrier:
        mine = await alice.call("+3725551234")
        theirs = await carrier.next_call()
        await theirs.answer()
        await mine.wait_talking()
        theirs.sound.frames, mine.sound.frames = in_frames(tone(LEFT)), in_frames(tone(RIGHT))
        await asyncio.sleep(2)
        await mine.hang_up()
        await theirs.wait_ended()


async def test_calls_in_and_out_are_kept_encrypted_and_both_sides_are_heard(
    pbx: Pbx, company: MakeCompany, ledger: Ledger, store: SealedStore, stored: Path
) -> None:
    acme = company()
    await call_in(acme, pbx)
    await call_out(acme, pbx)
    rows = await arrived(acme, 2)
    assert not list((pbx.recordings / "acme").glob("*.raw")), "the PBX's disk is empty again"
    assert {row.direction for row in rows} == {"in", "out"}
    for row in rows:
        assert row.group_id == acme.group.pk
        assert row.agent_ids == [acme.agents["Alice"].pk]
        expected = "4915112345" if row.direction == "in" else "3725551234"
        assert row.party_digits == expected
        assert row.encrypted_with == "test"
        ready = await inside(acme, partial(converted, row.pk, store))
        assert (ready.state, ready.problem) == (RecordingState.READY, "")
        assert 1.2 < ready.seconds < 4
        sides, rate = heard(acme, ready, store)
        assert [loudest(side, rate) for side in sides] == [LEFT, RIGHT]
    assert all(b"OggS" not in path.read_bytes() for path in stored.rglob("*.opus"))


def converted(pk: int, store: SealedStore) -> Recording:
    convert(pk, store)
    return Recording.objects.get(pk=pk)


def convert(pk: int, store: SealedStore) -> bool:
    from django.utils import timezone

    return conversion.convert(recording_id=pk, store=store, at=timezone.now())


async def test_the_process_on_the_pbx_is_killed_again_and_again(
    pbx: Pbx, company: MakeCompany, ledger: Ledger, store: SealedStore, stored: Path
) -> None:
    acme = company()

    async def kill() -> None:
        for pause in (0.7, 2.2, 2.9, 3.3, 3.6):
            await asyncio.sleep(pause)
            ledger.kill()
            ledger.start()

    killing = asyncio.create_task(kill())
    for _ in range(3):
        await call_in(acme, pbx, seconds=1.0)
    await killing
    rows = await arrived(acme, 3, within=40)
    assert len(rows) == 3
    assert len({row.uniqueid for row in rows}) == 3
    await until(lambda: not list((pbx.recordings / "acme").glob("*.raw")), within=10)
    assert len([path for path in stored.rglob("*") if path.is_file()]) == 3


async def test_an_agent_pauses_from_the_desk_and_the_card_says_so(
    pbx: Pbx, company: MakeCompany, listener: Path, ledger: Ledger, store: SealedStore
) -> None:
    acme = company(tell_pbx=False)
    # by her wish: a listener takes away whoever sits in a queue without one
    alice_id = acme.agents["Alice"].pk

    def wish_to_work() -> None:
        GroupMember.objects.filter(agent_id=alice_id).update(logged_in=True)

    await inside(acme, wish_to_work)
    await until(lambda: acme.interface("Alice") in pbx.cli("queue show acme-sales"), within=20)

    async def shown() -> str | None:
        def read() -> str | None:
            document = live_snapshot(acme.tenant.pk, [TENANT], "pbx1").document
            calls = [one for key, one in document.items() if key.startswith("call:")]
            return calls[0]["recording"] if calls else None

        return await inside(acme, read)

    async def is_shown(word: str) -> bool:
        return await shown() == word

    def give(order: Callable[..., PbxCommand]) -> None:
        from django.utils import timezone

        document = live_snapshot(acme.tenant.pk, [TENANT], "pbx1").document
        call = next(key for key in document if key.startswith("call:"))
        agent = type(acme.agents["Alice"]).objects.get(pk=alice_id)
        at = timezone.now()
        command = order(agent=agent, call=call, requested_by=Actor("Alice"), at=at)
        result, _ = carry_out(command, BlockingControl(pbx.address))
        assert isinstance(result, Done), result

    async with phone_of(acme, "Alice") as alice, pbx.carrier() as carrier:
        outside = await carrier.call(acme.number, caller_number=CALLER)
        ours = await alice.next_call()
        await ours.answer()
        await outside.wait_talking()
        outside.sound.frames, ours.sound.frames = in_frames(tone(LEFT)), in_frames(tone(RIGHT))
        await until(lambda: is_shown("on"))
        await asyncio.sleep(1.5)
        await inside(acme, lambda: give(control.pause_recording))
        await until(lambda: is_shown("paused"))
        await asyncio.sleep(1.5)
        await inside(acme, lambda: give(control.resume_recording))
        await until(lambda: is_shown("on"))
        await asyncio.sleep(1.5)
        await outside.hang_up()
        await ours.wait_ended()
    (row,) = await arrived(acme, 1)
    await inside(acme, lambda: convert(row.pk, store))
    sides, rate = heard(acme, row, store)
    loud = [
        bool(np.abs(sides[:, n : n + rate // 10]).max() > 0.02)
        for n in range(0, sides.shape[1] - rate // 10, rate // 10)
    ]
    assert loud[5]
    assert loud[-5]
    assert loud.count(False) > 10, "silence where it was paused"
