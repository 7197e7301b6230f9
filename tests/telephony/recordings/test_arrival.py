"""Files of the PBX into storage and to what people hear: once, whatever is killed when."""

import io
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from callcenter.groups.models import AgentGroup, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.models import QueueVisit
from telephony.ledger.models import CelLine, LedgerFile
from telephony.recordings.models import Problem, Recording, RecordingState
from telephony.recordings.samples import RATE
from telephony.recordings.services import conversion
from telephony.recordings.services.facts import learn_facts
from telephony.recordings.shipping import RecordingShipper
from telephony.recordings.storage.local import LocalStore
from telephony.recordings.storage.port import StorageFailed
from telephony.recordings.storage.sealed import Keyring, SealedStore
from tests.telephony.recordings.made import (
    LEFT,
    NOW,
    RIGHT,
    ended_call,
    pbx_file,
    recording,
    samples,
)

UNIQUEID = "pbx1-1795000000.1"
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are called by hand."""
    from telephony.recordings.tasks import convert_recording

    monkeypatch.setattr(convert_recording, "delay", lambda **_: None)


@pytest.fixture
def acme() -> Tenant:
    return Tenant.objects.create(slug="acme", name="Acme")


@pytest.fixture
def group(acme: Tenant) -> int:
    with tenant_scope(acme.pk):
        return AgentGroup.objects.create(slug="sales", name="Sales").pk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "monitor"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return tmp_path / "stored"


@pytest.fixture
def store(stored: Path) -> SealedStore:
    return SealedStore(LocalStore(stored), Keyring(""))


def old(path: Path) -> Path:
    then = NOW.timestamp() - 20
    os.utime(path, (then, then))
    return path


def turn(folder: Path, store: SealedStore) -> int:
    shipper = RecordingShipper("pbx1", folder, store, threading.Event())
    with system_scope("a test"):
        return shipper.turn(NOW)


def objects(stored: Path) -> list[str]:
    return sorted(path.suffix for path in stored.rglob("*") if path.is_file())


def only(acme: Tenant) -> Recording:
    with tenant_scope(acme.pk):
        return Recording.objects.get()


def test_a_finished_file_becomes_what_people_hear(
    acme: Tenant, group: int, folder: Path, store: SealedStore, stored: Path
) -> None:
    with tenant_scope(acme.pk):
        ended_call(UNIQUEID, talked=3.0, agents=(7,))
    path = old(pbx_file(folder, UNIQUEID, samples(3.0), group=group))
    assert turn(folder, store) == 1
    assert not path.exists()
    row = only(acme)
    assert (row.state, row.group_id, row.agent_ids) == (RecordingState.ARRIVED, group, [7])
    assert row.party_digits == "4915112345"
    with tenant_scope(acme.pk):
        assert conversion.convert(recording_id=row.pk, store=store, at=NOW)
        assert not conversion.convert(recording_id=row.pk, store=store, at=NOW)
    row = only(acme)
    assert (row.state, row.problem, row.converting_until) == (RecordingState.READY, "", None)
    assert row.seconds == pytest.approx(3.0, abs=0.05)
    assert objects(stored) == [".opus"]
    peaks = np.frombuffer(row.peaks, np.uint8).reshape(-1, 2)
    assert len(peaks) == 30
    assert peaks[5].tolist() == [93, 93]  # 12,000 of 32,767, in 256ths
    heard = next(stored.rglob("*.opus")).read_bytes()
    assert (loudest(heard, 0), loudest(heard, 1)) == (LEFT, RIGHT)


def loudest(opus: bytes, side: int) -> int:
    with av.open(io.BytesIO(opus), "r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    one = np.concatenate(frames, axis=1)[side]
    spectrum = np.abs(np.fft.rfft(one))
    spectrum[0] = 0
    return round(float(np.argmax(spectrum)) * rate / len(one) / 10) * 10


def test_a_running_call_is_left_alone(
    acme: Tenant, group: int, folder: Path, store: SealedStore
) -> None:
    path = old(pbx_file(folder, UNIQUEID, samples(1), group=group))
    assert turn(folder, store) == 0
    assert path.exists()
    before = NOW.timestamp() - 7 * 3600
    os.utime(path, (before, before))
    assert turn(folder, store) == 1, "nothing was heard of the channel, nor of the file for hours"


class Killed(BaseException):
    pass


class DyingStore(SealedStore):
    """Is killed at the n-th thing it does."""

    steps = 0

    def step(self) -> None:
        self.steps -= 1
        if self.steps == 0:
            raise Killed

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        self.step()
        super().write(key, pieces)
        self.step()

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        self.step()
        return super().read(key, start, length)

    def remove(self, keys: Iterable[str]) -> None:
        self.step()
        super().remove(keys)
        self.step()


@pytest.mark.parametrize("dies_at", range(1, 13))
def test_killed_at_any_step_it_ends_the_same(
    acme: Tenant, group: int, folder: Path, stored: Path, dies_at: int
) -> None:
    """Shipping takes three steps with the storage, conversion eight."""
    with tenant_scope(acme.pk):
        ended_call(UNIQUEID, talked=2.0)
    path = old(pbx_file(folder, UNIQUEID, samples(2.0), group=group))
    dying = DyingStore(LocalStore(stored), Keyring(""))
    dying.steps = dies_at
    at = NOW
    for _ in range(3):
        try:
            turn(folder, dying)
            with system_scope("a test"):
                for tenant_id, pk in conversion.waiting_conversions(at):
                    with tenant_scope(tenant_id):
                        conversion.drop_samples(recording_id=pk, store=dying)
                        conversion.convert(recording_id=pk, store=dying, at=at)
        except Killed:
            with tenant_scope(acme.pk):
                row = Recording.objects.first()
            assert path.exists() or (row and row.state != RecordingState.ARRIVING)
        at += conversion.LEASE + timedelta(seconds=1)
    row = only(acme)
    assert (row.state, row.problem) == (RecordingState.READY, "")
    assert not path.exists()
    assert objects(stored) == [".opus"]


def test_killed_before_the_file_was_removed(
    acme: Tenant, group: int, folder: Path, store: SealedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_scope(acme.pk):
        ended_call(UNIQUEID)
    path = old(pbx_file(folder, UNIQUEID, samples(2.0), group=group))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        turn(folder, store)
    secret = only(acme).secret
    assert path.exists()
    turn(folder, store)
    assert not path.exists()
    assert only(acme).secret == secret


def test_what_the_storage_gives_back_otherwise_stays_on_the_pbx(
    acme: Tenant, group: int, folder: Path, stored: Path
) -> None:
    class Forgetful(SealedStore):
        def write(self, key: str, pieces: Iterable[bytes]) -> None:
            super().write(key, [b"".join(pieces)[:-2]])

    with tenant_scope(acme.pk):
        ended_call(UNIQUEID)
    path = old(pbx_file(folder, UNIQUEID, samples(2.0), group=group))
    with pytest.raises(StorageFailed):
        turn(folder, Forgetful(LocalStore(stored), Keyring("")))
    assert path.exists()
    assert only(acme).state == RecordingState.ARRIVING


def test_one_wants_the_uncompressed_sound_too(
    acme: Tenant, group: int, folder: Path, store: SealedStore, stored: Path
) -> None:
    Tenant.objects.update(keeps_uncompressed=True)
    with tenant_scope(acme.pk):
        ended_call(UNIQUEID)
    old(pbx_file(folder, UNIQUEID, samples(2.0) + b"\0", group=group))
    turn(folder, store)
    with tenant_scope(acme.pk):
        conversion.convert(recording_id=only(acme).pk, store=store, at=NOW)
    assert objects(stored) == [".opus", ".wav"]
    with av.open(str(next(stored.rglob("*.wav")))) as container:
        total = sum(frame.samples for frame in container.decode(audio=0))
    assert total == 2 * RATE


@pytest.mark.parametrize(
    ("content", "talked", "expected"),
    [
        (b"", 0.0, None),
        (b"", 12.0, (RecordingState.BROKEN, Problem.EMPTY)),
        (samples(2), 20.0, (RecordingState.READY, Problem.CUT)),
        (samples(2), 2.4, (RecordingState.READY, Problem.NONE)),
    ],
    ids=["nobody talked", "empty", "cut", "whole"],
)
def test_what_is_wrong_is_said(
    acme: Tenant, group: int, folder: Path, store: SealedStore, content: bytes, talked: float,
    expected: tuple[str, str] | None,
) -> None:  # fmt: skip
    with tenant_scope(acme.pk):
        ended_call(UNIQUEID, talked=talked)
    path = old(pbx_file(folder, UNIQUEID, content, group=group))
    turn(folder, store)
    assert not path.exists()
    with tenant_scope(acme.pk):
        for row in Recording.objects.all():
            conversion.convert(recording_id=row.pk, store=store, at=NOW)
        found = Recording.objects.values_list("state", "problem").first()
    assert found == expected


@pytest.mark.parametrize(("outcome", "left"), [("overflowed", 0), ("answered", 1)])
def test_who_went_on_to_another_group_left_nothing_in_the_first(
    acme: Tenant, group: int, folder: Path, store: SealedStore, outcome: str, left: int
) -> None:
    with tenant_scope(acme.pk):
        call = ended_call(UNIQUEID, talked=30.0)
        other = AgentGroup.objects.create(slug="support", name="Support").pk
        for stay, (group_id, became) in enumerate(((group, outcome), (other, "answered")), 1):
            QueueVisit.objects.create(
                pbx="pbx1", callid=UNIQUEID, stay=stay, call=call, group_id=group_id,
                queue_name=f"acme-{group_id}", entered_at=call.started_at, ended_at=call.ended_at,
                outcome=became, short_abandon_seconds=5, answer_within_seconds=20,
                service_level_mode="none",
            )  # fmt: skip
    old(pbx_file(folder, UNIQUEID, b"", group=group))
    turn(folder, store)
    with tenant_scope(acme.pk):
        rows = list(Recording.objects.values_list("state", "problem"))
    assert rows == [(RecordingState.BROKEN, Problem.EMPTY)] * left


@pytest.mark.parametrize(
    ("borne", "shown"),
    [
        (["101"], "101"),
        (["101", "3726001001"], "+3726001001"),
        (["101", "+3726001001", "3726001002", "3725550000"], "+3726001002"),
    ],
)
def test_of_an_outgoing_call_ours_is_the_number_that_was_shown(
    acme: Tenant, group: int, borne: list[str], shown: str
) -> None:
    with tenant_scope(acme.pk):
        queue = Queue.objects.create(group_id=group, slug="sales", name="Sales")
        for number in ("+3726001001", "+3726001002"):
            Number.objects.create(e164=number, queue=queue)
        call = ended_call(UNIQUEID)
        call.direction, call.caller_number, call.dialled = "out", "101", "+3725550000"
        call.save()
    with system_scope("a test"):
        file = LedgerFile.objects.create(pbx="pbx1", source="cel", name="cel.jsonl", inode=1)
        for place, number in enumerate(borne):
            CelLine.objects.create(
                tenant=acme, pbx="pbx1", file=file, byte_offset=place, at=NOW, event="CHAN_START",
                linkedid=UNIQUEID, uniqueid=UNIQUEID, number=number,
            )  # fmt: skip
    with tenant_scope(acme.pk):
        row = recording(uniqueid=UNIQUEID, direction="out")
        learn_facts(recording=row)
        row.refresh_from_db()
    assert (row.party_number, row.own_number) == ("+3725550000", shown)


@pytest.mark.parametrize(("talked", "left"), [(30.0, 1), (0.0, 0)])
def test_a_file_that_never_came_is_missing(
    acme: Tenant, group: int, folder: Path, store: SealedStore, talked: float, left: int
) -> None:
    told = json.dumps({"extra": f"acme/{UNIQUEID}_1_in_{group}.raw"})
    with tenant_scope(acme.pk):
        ended_call(UNIQUEID, talked=talked, at=NOW - timedelta(hours=1))
    with system_scope("a test"):
        file = LedgerFile.objects.create(pbx="pbx1", source="cel", name="cel.jsonl", inode=1)
        CelLine.objects.create(
            tenant=acme, pbx="pbx1", file=file, byte_offset=0, at=NOW - timedelta(hours=1),
            event="HELIN_RECORDING", linkedid=UNIQUEID, uniqueid=UNIQUEID, extra=told,
        )  # fmt: skip
    turn(folder, store)
    with tenant_scope(acme.pk):
        rows = list(Recording.objects.values_list("state", "problem"))
    assert rows == [(RecordingState.BROKEN, Problem.MISSING)] * left
    if left:
        old(pbx_file(folder, UNIQUEID, samples(30), group=group))
        turn(folder, store)
        assert only(acme).state == RecordingState.ARRIVED, "it turned up after all"


def test_files_of_others_are_not_touched(
    acme: Tenant, group: int, folder: Path, store: SealedStore
) -> None:
    Tenant.objects.create(slug="globex", name="Globex", pbx="pbx2")
    for slug in ("globex", "nobody"):
        old(pbx_file(folder, UNIQUEID, samples(1), group=group, slug=slug))
    strange = folder / "acme" / "notes.raw"
    strange.parent.mkdir(parents=True)
    old_time = time.time() - 8 * 3600
    strange.write_bytes(b"x")
    for path in folder.rglob("*.raw"):
        os.utime(path, (old_time - 10**8, old_time - 10**8))
    assert turn(folder, store) == 0
    assert len(list(folder.rglob("*.raw"))) == 3


def test_damaged_samples_in_the_storage_are_said(acme: Tenant, store: SealedStore) -> None:
    with tenant_scope(acme.pk):
        row = recording(state=RecordingState.ARRIVED, original_bytes=32_000)
        assert not conversion.convert(recording_id=row.pk, store=store, at=NOW)
        row.refresh_from_db()
    assert (row.state, row.problem) == (RecordingState.BROKEN, Problem.MISSING)
