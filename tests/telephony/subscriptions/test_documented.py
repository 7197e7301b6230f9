"""docs/events.md says what is so, and its examples work."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from callcenter.runtime.folders import ROOT
from telephony.subscriptions import backoff, signing
from telephony.subscriptions.vocabulary import TEST, TYPES

DOCUMENT = (ROOT / "docs" / "events.md").read_text()


def example(language: str, holding: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    (code,) = (one for one in found if holding in one)
    return str(code)


def test_every_word_is_explained() -> None:
    table = DOCUMENT.partition("## The words")[2].partition("\n## ")[0]
    explained = set(
        re.findall(r"`((?:call|agent|callback|recording|note|pbx|stream|webhook)\.[a-z_]+)`", table)
    )
    assert explained >= {*TYPES, TEST}


def test_the_python_check_of_signatures() -> None:
    scope: dict[str, object] = {}
    exec(example("python", "is_helins"), scope)  # noqa: S102 - our own page
    is_helins = scope["is_helins"]
    assert callable(is_helins)
    body = '{"type":"call.ended","name":"Jüri"}'.encode()
    header = signing.signature("whsec_x", int(time.time()), body)
    assert is_helins("whsec_x", header, body)
    assert not is_helins("whsec_y", header, body)
    assert not is_helins("whsec_x", header, body + b"\n")
    assert not is_helins("whsec_x", signing.signature("whsec_x", 1, body), body)


def test_the_shell_check_of_signatures(tmp_path: Path) -> None:
    body = b'{"type":"call.ended"}'
    (tmp_path / "body.json").write_bytes(body)
    header = signing.signature("whsec_x", 1_700_000_000, body)

    def said(secret: str) -> str:
        return subprocess.run(
            ["bash", "-c", example("sh", "openssl")], cwd=tmp_path, check=False, text=True,
            capture_output=True, env={"SIGNATURE": header, "SECRET": secret, "PATH": "/usr/bin:/bin"},
        ).stdout.strip()  # fmt: skip

    assert said("whsec_x") == "it is Helin"
    assert said("whsec_y") == ""


def test_waits_double_to_an_hour_and_spread() -> None:
    waits = [backoff.delay_seconds(n) for n in range(1, 20)]
    for n, wait in enumerate(waits, 1):
        whole = min(3600, 2**n)
        assert 0.75 * whole <= wait <= 1.25 * whole
    assert len({round(backoff.delay_seconds(5), 6) for _ in range(20)}) > 10
    assert backoff.retry_after_seconds("120", 0) == 120
    assert backoff.retry_after_seconds("Thu, 01 Jan 1970 00:01:00 GMT", 0) == 60
    assert backoff.retry_after_seconds("soon", 0) is None
    assert backoff.retry_after_seconds("9" * 40, 0) == 24 * 3600
