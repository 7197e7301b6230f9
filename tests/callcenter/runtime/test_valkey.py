"""The private Valkey, really started."""

from pathlib import Path
from typing import Any

import pytest
import redis

from callcenter.runtime import valkey
from callcenter.runtime.ports import free_port
from callcenter.runtime.processes import started_at
from callcenter.runtime.valkey import Store


def test_answers_to_its_password_only(tmp_path: Path) -> None:
    with valkey.throw_away(tmp_path / "with a space") as store:
        redis.Redis.from_url(store.url).set("key", "value")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=store.port).ping()
        assert (store.directory / "valkey-password").stat().st_mode & 0o777 == 0o600
        assert (store.directory / "valkey.conf").stat().st_mode & 0o777 == 0o600
    assert not store.answers()


def test_the_password_stands_in_no_list_of_processes(tmp_path: Path) -> None:
    store = Store(tmp_path, free_port())
    assert not any(store.password in word for word in store.command())


def test_what_was_queued_survives_a_kill_where_it_shall(tmp_path: Path) -> None:
    port = free_port()
    for round_ in range(2):
        with valkey.throw_away(tmp_path, port, durable=True) as store:
            link: Any = redis.Redis.from_url(store.url)
            if round_ == 0:
                link.rpush("orders", "ring once")
                link.execute_command("WAITAOF", 1, 0, 2000)
            else:
                assert link.lrange("orders", 0, -1) == [b"ring once"]


def test_detached_one_lives_until_it_is_stopped(tmp_path: Path) -> None:
    store = valkey.start_detached(tmp_path)
    link: Any = redis.Redis.from_url(store.url)
    pid = link.info("server")["process_id"]
    assert store.answers()
    valkey.stop_detached(tmp_path)
    assert started_at(pid) is None
