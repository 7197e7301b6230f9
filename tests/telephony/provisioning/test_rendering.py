"""Asterisk's configuration: complete, strict, and private to its owner."""

import stat
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from callcenter.runtime.asterisk import find_or_fetch
from telephony.management.commands import render_asterisk
from telephony.provisioning.host import BadPbxHost, Layout, PbxHost, Program, render_instance
from telephony.provisioning.rendering import TEMPLATES, BadTemplate, render


def host(directory: Path) -> PbxHost:
    return PbxHost(
        name="pbx1",
        layout=Layout.below(directory),
        program=Program(Path("/modules"), Path("/driver.so")),
        database_url="postgresql://asterisk:p%40ss;word@db.example:6432/helin?sslmode=require",
        realm="helin",
        clips=directory / "clips",
        ami_user="helin",
        ami_secret="ami-secret",
    )


def test_everything_is_filled_in_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    written = render_instance(host(tmp_path))
    assert written == tmp_path / "etc" / "asterisk.conf"
    for path in (tmp_path / "etc").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert "@NAME@" not in path.read_text()
    database = (tmp_path / "etc" / "res_odbc.conf").read_text()
    assert r"password => p@ss\;word" in database
    odbc = (tmp_path / "etc" / "odbc.ini").read_text()
    assert "Servername = db.example\nPort = 6432\nDatabase = helin\nSSLmode = require" in odbc
    assert "set_config('app.pbx','pbx1',false)" in odbc
    assert (tmp_path / "log" / "cel-custom").is_dir()


def test_rendering_again_keeps_what_asterisk_wrote(tmp_path: Path) -> None:
    render_instance(host(tmp_path))
    kept = tmp_path / "lib" / "astdb.sqlite3"
    kept.write_bytes(b"members")
    music = (tmp_path / "data" / "moh" / "waiting.wav").stat().st_mtime_ns
    render_instance(replace(host(tmp_path), sip_port=6060))
    assert kept.read_bytes() == b"members"
    assert (tmp_path / "data" / "moh" / "waiting.wav").stat().st_mtime_ns == music
    assert ":6060" in (tmp_path / "etc" / "pjsip.conf").read_text()


@pytest.mark.parametrize(
    "wrong",
    [
        {"database_url": "postgresql://db.example/helin"},
        {"ami_secret": ""},
        {"name": "pbx1'); SELECT ('"},
    ],
)
def test_what_makes_no_asterisk_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(BadPbxHost):
        render_instance(replace(host(tmp_path), **wrong))  # type: ignore[arg-type]


def test_a_value_cannot_break_out_of_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate):
        render_instance(replace(host(tmp_path), ami_secret="x\nread = all"))


def test_a_place_without_a_value_is_an_error() -> None:
    assert render("a @B@ c@d.example", {"B": "x;y"}) == r"a x\;y c@d.example"
    with pytest.raises(BadTemplate):
        render("@MISSING@", {})


def test_no_secret_lies_in_the_templates() -> None:
    for path in TEMPLATES.iterdir():
        for line in path.read_text().splitlines():
            key, _, value = line.partition("=")
            if key.strip().lower() in {"secret", "password", "md5_cred"}:
                assert value.strip(" >").startswith("@"), (path.name, line)


def test_the_command_writes_one_hosts_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render_asterisk, "find_installed", find_or_fetch)
    monkeypatch.setenv("DATABASE_ASTERISK_URL", "postgresql://asterisk:pw@127.0.0.1/helin")
    said = StringIO()
    call_command("render_asterisk", str(tmp_path), private=True, stdout=said)
    assert said.getvalue() == f"pbx1: {tmp_path}/etc/asterisk.conf\n"
    assert "bind = 0.0.0.0:5060" in (tmp_path / "etc" / "pjsip.conf").read_text()
    with pytest.raises(CommandError, match="names no PBX 'other'"):
        call_command("render_asterisk", str(tmp_path), pbx="other")
    monkeypatch.delenv("DATABASE_ASTERISK_URL")
    with pytest.raises(CommandError, match="DATABASE_ASTERISK_URL is not set"):
        call_command("render_asterisk", str(tmp_path), private=True)
