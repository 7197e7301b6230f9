"""Clips from the tables to the PBX's disk."""

import os
from pathlib import Path

import pytest

from callcenter.groups.models import Clip
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.provisioning.clips import SWEEP_AFTER_SECONDS, ClipFile, store, sweep
from telephony.provisioning.services import sync_clips

SHA = "0123456789abcdef" * 4


def make_clip(tenant: Tenant, audio: bytes, sha256: str = SHA) -> Clip:
    with tenant_scope(tenant.pk):
        return Clip.objects.create(description="Hello", audio=audio, sha256=sha256, seconds=1)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db
def test_each_tenants_clips_lie_in_its_folder(tmp_path: Path) -> None:
    alice = Tenant.objects.create(slug="alice", name="Alice")
    bob = Tenant.objects.create(slug="bob", name="Bob", pbx="pbx2")
    clip, elsewhere = make_clip(alice, b"RIFF one"), make_clip(bob, b"RIFF two")
    assert sync_clips(pbx="pbx1", folder=tmp_path) == 1
    assert files(tmp_path) == [f"alice/{clip.pk}-01234567.wav"]
    assert (tmp_path / files(tmp_path)[0]).read_bytes() == b"RIFF one"
    assert sync_clips(pbx="pbx1", folder=tmp_path) == 0, "they are there already"
    assert sync_clips(pbx="pbx2", folder=tmp_path) == 1
    assert f"bob/{elsewhere.pk}-01234567.wav" in files(tmp_path)


@pytest.mark.django_db
def test_a_changed_clip_is_a_new_file_and_the_old_one_goes_later(tmp_path: Path) -> None:
    alice = Tenant.objects.create(slug="alice", name="Alice")
    clip = make_clip(alice, b"RIFF old")
    sync_clips(pbx="pbx1", folder=tmp_path)
    with tenant_scope(alice.pk):
        Clip.objects.filter(pk=clip.pk).update(audio=b"RIFF new", sha256="f" * 64)
    sync_clips(pbx="pbx1", folder=tmp_path)
    old, new = f"alice/{clip.pk}-01234567.wav", f"alice/{clip.pk}-ffffffff.wav"
    assert files(tmp_path) == [old, new], "somebody may be listening to the old one"
    long_ago = (tmp_path / old).stat().st_mtime - SWEEP_AFTER_SECONDS - 1
    os.utime(tmp_path / old, (long_ago, long_ago))
    sync_clips(pbx="pbx1", folder=tmp_path)
    assert files(tmp_path) == [new]


def test_only_our_own_files_are_swept(tmp_path: Path) -> None:
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "hand-made.wav").write_bytes(b"mine")
    store(tmp_path, ClipFile("alice", 7, SHA), b"RIFF")
    assert len(sweep(tmp_path, [], now=4e9)) == 1
    assert files(tmp_path) == ["alice/hand-made.wav"]
