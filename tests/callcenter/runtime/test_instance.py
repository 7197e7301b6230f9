"""What a running Helin leaves in its data folder for others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from callcenter.runtime import instance as instances
from callcenter.runtime import processes
from callcenter.runtime.instance import AlreadyRuns, Instance, adopt_environment
from callcenter.runtime.ports import free_port, is_free


def test_a_second_start_is_refused_and_told_where_the_first_is(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    first.note(pid=4711, url="http://127.0.0.1:8000")
    with pytest.raises(AlreadyRuns, match=r"http://127\.0\.0\.1:8000 \(process 4711\)"):
        Instance(tmp_path)


def test_the_folder_is_free_again_when_its_holder_ends(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    del first
    Instance(tmp_path)


def test_secrets_are_made_once_and_for_us_only(tmp_path: Path) -> None:
    held = Instance(tmp_path)
    words = held.secrets()
    assert held.secrets() == words
    assert len(set(words.values())) == len(words)
    assert min(map(len, words.values())) >= 50
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_note_is_as_none(tmp_path: Path) -> None:
    held = Instance(tmp_path)
    (tmp_path / "runtime.json").write_text('{"ports": ')
    assert held.recall() == {}
    held.note(pid=1)
    assert held.recall() == {"pid": 1}


def test_orphans_of_an_earlier_run_are_found_and_ended(tmp_path: Path) -> None:
    held = Instance(tmp_path)
    orphan = subprocess.Popen(
        [sys.executable, "-S", "-c", "import time; time.sleep(600)"],
        env={**os.environ, processes.RUN_MARK: held.token}, start_new_session=True,
    )  # fmt: skip
    assert held.end_orphans() == 1
    assert orphan.wait(5) == -15
    assert held.end_orphans() == 0


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "kept"),
        ({"DATABASE_URL": "given"}, "given"),
        ({"HELIN_ENV": "production"}, None),
        ({"DATABASE_URL_FILE": "/etc/url"}, None),
    ],
)
def test_a_command_takes_the_running_ones_environment_only_for_want_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: dict[str, str], expected: str | None
) -> None:
    (tmp_path / "environment.json").write_text(json.dumps({"DATABASE_URL": "kept"}))
    monkeypatch.setattr(instances, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(os, "environ", dict(own))
    adopt_environment()
    assert os.environ.get("DATABASE_URL") == expected


def test_a_port_is_kept_while_it_is_free() -> None:
    port = free_port()
    assert free_port(preferred=[port]) == port
    assert free_port(preferred=[port], taken=[port]) != port
    assert is_free(port)
