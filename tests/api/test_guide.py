"""docs/build-an-integration.md: every example is run as it stands, against a real web process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from callcenter.accounts.api_guide import GUIDE, guide
from callcenter.runtime import ports
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact
from phonebook.notes.models import Note
from telephony.dialling.models import PlacedCall
from telephony.provisioning.models import OutgoingPrefix
from telephony.subscriptions import signing
from telephony.subscriptions.models import Webhook
from telephony.subscriptions.vocabulary import RINGING
from tests.api.test_api import key_for
from tests.cast import Company, make_company
from tests.telephony.subscriptions.made import fact, write

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = GUIDE.read_text()
RUN = ("sh", "python")  # the languages of examples; the rest is to be typed, or HTML


@dataclass(frozen=True)
class Example:
    part: str
    language: str
    code: str


def examples() -> list[Example]:
    found = []
    for part in re.split(r"^## ", TEXT, flags=re.M)[1:]:
        title = part.partition("\n")[0]
        for language, code in re.findall(r"^```(\w+)\n(.*?)^```", part, re.S | re.M):
            if language in RUN:
                found.append(Example(title[:1], language, code))
    return found


class Bench:
    """A folder to run examples in, with the company's key."""

    def __init__(self, folder: Path, url: str, company: Company) -> None:
        self.folder = folder
        self.company = company
        self.environment = {
            **os.environ, "HELIN": url, "KEY": key_for(company), "PYTHONPATH": str(folder),
            "BROWSER": "echo opened %s",
        }  # fmt: skip
        self.ran: list[Example] = []
        first = self.one("2", "python")
        (folder / "helin.py").write_text(first.code.partition("\n\n\nfor ")[0])

    def one(self, part: str, language: str) -> Example:
        (found,) = (one for one in examples() if (one.part, one.language) == (part, language))
        return found

    def run(self, part: str, language: str, **environment: str) -> str:
        example = self.one(part, language)
        self.ran.append(example)
        done = subprocess.run(
            self.command(example), cwd=self.folder, env=self.environment | environment, text=True,
            capture_output=True, check=False, timeout=90,
        )  # fmt: skip
        assert done.returncode == 0, f"{example.code}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def command(self, example: Example) -> list[str]:
        if example.language == "sh":
            return ["bash", "-euo", "pipefail", "-c", example.code]
        return [sys.executable, "-c", example.code]


@pytest.fixture
def bench(tmp_path: Path, web_url: str) -> Bench:
    alice = make_company("alice", number="+3726001001")
    with tenant_scope(alice.tenant.pk):
        OutgoingPrefix.objects.create(prefix="+372")
    return Bench(tmp_path, web_url, alice)


def ringing(company: Company) -> None:
    told = fact(RINGING, call="1.1", agent_ids=(company.agents[0].pk,))
    told.data["call"]["caller"] = {"number": "+37255500001", "name": ""}
    write(company, told)


def test_every_example_does_what_is_said(bench: Bench) -> None:
    alice = bench.company
    agents = json.loads(bench.run("2", "sh"))["results"]
    assert [one["id"] for one in agents] == [one.pk for one in alice.agents]
    assert bench.run("2", "python") == f"{alice.group.pk} {alice.group.name}\n"

    placed = json.loads(bench.run("3", "sh"))
    assert placed["number"] == "+37255512345"
    with tenant_scope(alice.tenant.pk):
        assert PlacedCall.objects.get().about == "order:4711"
        PlacedCall.objects.all().delete()
    assert "rings; in the call list it will be c2c-" in bench.run("3", "python")
    with tenant_scope(alice.tenant.pk):
        OutgoingPrefix.objects.all().delete()
    assert bench.run("3", "python").startswith("409 ")

    kept, lookup = bench.run("6", "sh").strip().split("}{")
    assert json.loads(kept + "}")["name"] == "Erika Saar"
    assert json.loads("{" + lookup)["winner"]["name"] == "Erika Saar"
    assert "Erika Saar customer-4711" in bench.run("6", "python")
    with tenant_scope(alice.tenant.pk):
        assert Contact.objects.get().external_id == "customer-4711"
        assert Note.objects.get().key == "+37255500001"

    ringing(alice)
    told = bench.run("4", "sh", SECONDS_TO_LISTEN="2")
    assert '"call.ringing"' in told
    assert "retry: 1000" in told
    said = bench.run("4", "python", CURSOR="0", TURNS="1")
    assert "+37255500001 Erika Saar\n" in said
    assert "opened http" in said
    assert "number=%2B37255500001" in said

    made = json.loads(bench.run("5", "sh", RECEIVER="https://203.0.114.7/hook"))
    with tenant_scope(alice.tenant.pk):
        assert Webhook.objects.get().types == ["call.missed", "callback.created"]
    receives(bench, made["secret"])
    assert set(bench.ran) == set(examples()), "an example that is not run"


def receives(bench: Bench, secret: str) -> None:
    """The example's receiver takes what is Helin's, and nothing else."""
    example = bench.one("5", "python")
    bench.ran.append(example)
    port = ports.free_port()
    environment = {**bench.environment, "SECRET": secret, "PORT": str(port)}
    receiver = subprocess.Popen(
        bench.command(example), env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        body = b'{"id":7,"type":"call.missed"}'
        good = signing.signature(secret, int(time.time()), body)
        for header, status in ((good, 204), ("", 400), ("t=1,v1=0", 400), (good[:-1] + "0", 400)):
            if header == good[:-1] + "0" == good:
                continue
            assert post(port, header, body) == status, header
        assert post(port, good, body + b" ") == 400
        old = signing.signature(secret, int(time.time()) - 400, body)
        assert post(port, old, body) == 400
    finally:
        receiver.terminate()
        out, _ = receiver.communicate(timeout=10)
    assert out == "7 call.missed\n"


def post(port: int, header: str, body: bytes) -> int:
    deadline = time.monotonic() + 20
    while True:
        try:
            headers = {"Helin-Signature": header, "Helin-Event-Id": "7"}
            return httpx2.post(
                f"http://127.0.0.1:{port}/", content=body, headers=headers
            ).status_code
        except httpx2.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_it_introduces_the_reference() -> None:
    assert guide().startswith("A CRM that knows who calls")
    assert "](events.md)" not in guide()
    assert "```python" in guide()
