"""LocaPhone's and Targad koned's doors: closed at first, guarded twice, and what they do."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from callcenter.agents.models import Agent
from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact
from telephony.calls.models import Call
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.compat import services
from telephony.compat.models import LinkedNumber, TargadDoor
from telephony.compat.targad import OPERATIONS
from telephony.dialling.models import PlacedCall
from telephony.provisioning.models import OutgoingPrefix
from telephony.subscriptions.models import Webhook
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db
ALICE = Actor(name="Alice")
FAR = "+37255512345"
PASSWORD = "a long password"


@pytest.fixture
def alice() -> Company:
    cache.clear()
    company = make_company("alice", number="+3726001001")
    with tenant_scope(company.tenant.pk):
        OutgoingPrefix.objects.create(prefix="+372")
    return company


def open_call_init(company: Company, network: str = "127.0.0.0/8") -> str:
    with tenant_scope(company.tenant.pk):
        return services.set_call_init(is_open=True, networks=[network], new_token=True, by=ALICE)[1]


def call_init(slug: str = "alice", **asked: str) -> tuple[int, str]:
    answer = Client().get(f"/compat/{slug}/call-init.php", asked)
    return answer.status_code, answer.content.decode().strip()


def the_call(company: Company) -> PlacedCall:
    with tenant_scope(company.tenant.pk):
        return PlacedCall.objects.select_related("agent").get()


def test_call_init_is_closed_until_network_and_token_are_right(alice: Company) -> None:
    asked = {"user": "101", "to": FAR}
    assert call_init(**asked)[0] == 403
    token = open_call_init(alice, "192.0.2.0/24")
    assert call_init(**asked, token=token)[0] == 403
    token = open_call_init(alice)
    assert call_init(**asked)[0] == 403
    assert call_init(**asked, token="x" + token)[0] == 403
    assert call_init("bob", **asked, token=token)[0] == 403
    assert call_init(**asked, token=token) == (200, "OK")
    assert the_call(alice).number == FAR


@pytest.mark.parametrize("yes", ["1", "yes", "true", "TRUE"])
def test_call_init_with_everything(alice: Company, yes: str) -> None:
    token = open_call_init(alice)
    email = alice.people["agent"].email
    told = call_init(
        user=email, to="101" if False else "5551 2345", cidnum="6001001", clir=yes, prv=yes,
        token=token, **{"from": "101"},
    )  # fmt: skip
    assert told == (200, "OK")
    placed = the_call(alice)
    assert (placed.shows, placed.is_hidden, placed.is_private) == ("+3726001001", True, True)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"user": "101"}, 400),
        ({"to": FAR}, 400),
        ({"user": "999", "to": FAR}, 404),
        ({"user": "101", "to": "101"}, 409),
        ({"user": "101", "to": "102", "from": "102"}, 400),
        ({"user": "101", "to": FAR, "from": "102"}, 403),
        ({"user": "101", "to": FAR, "cidnum": "+37255599999"}, 403),
        ({"user": "101", "to": "+4915112345678"}, 409),
        ({"user": "101", "to": "nobody"}, 409),
    ],
)
def test_call_init_refuses(alice: Company, asked: dict[str, str], status: int) -> None:
    token = open_call_init(alice)
    assert call_init(**asked, token=token)[0] == status
    with tenant_scope(alice.tenant.pk):
        assert not PlacedCall.objects.exists()


def test_call_init_calls_for_people_only(alice: Company) -> None:
    token = open_call_init(alice)
    with tenant_scope(alice.tenant.pk):
        Agent.objects.update(is_active=False)
    assert call_init(user="101", to=FAR, token=token)[0] == 404


def test_the_settings_refuse_what_would_be_open_to_all(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        with pytest.raises(services.NoNetworks):
            services.set_call_init(is_open=True, networks=[], new_token=True, by=ALICE)
        with pytest.raises(services.NotANetwork):
            services.set_call_init(is_open=True, networks=["all"], new_token=True, by=ALICE)
        with pytest.raises(services.PasswordTooShort):
            services.set_targad(is_open=True, main_user="koned", password="short", by=ALICE)
        with pytest.raises(services.NoUser):
            services.set_targad(is_open=True, main_user=" ", password=PASSWORD, by=ALICE)


# --- Targad koned


def open_targad(company: Company) -> None:
    with tenant_scope(company.tenant.pk):
        services.set_targad(is_open=True, main_user="koned", password=PASSWORD, by=ALICE)


def targad(
    operation: str, given: Any = None, *, password: str = PASSWORD, slug: str = "alice"
) -> tuple[int, Any]:
    basic = base64.b64encode(f"koned:{password}".encode()).decode()
    answer = Client().post(
        f"/compat/{slug}/targad/{operation}", given or {}, content_type="application/json",
        headers={"Authorization": f"Basic {basic}"},
    )  # fmt: skip
    return answer.status_code, answer.json()


def test_targad_is_closed_and_locks_after_ten_wrong_passwords(alice: Company) -> None:
    assert targad("listOwnNumbers")[0] == 401
    open_targad(alice)
    assert targad("listOwnNumbers")[0] == 200
    for _ in range(10):
        assert targad("listOwnNumbers", password="wrong")[0] == 401
    assert targad("listOwnNumbers")[0] == 401
    with tenant_scope(alice.tenant.pk):
        assert PASSWORD not in TargadDoor.objects.get().password
        TargadDoor.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert targad("listOwnNumbers")[0] == 200
    assert targad("listOwnNumbers", slug="bob")[0] == 401
    assert targad("noSuchThing")[0] == 404


def test_every_operation_of_the_original_is_there() -> None:
    assert set(OPERATIONS) == {
        "clickToCall", "activateNotification", "deactivateNotification", "activateNotifcation",
        "deactivateNotifcation", "listOwnNumbers", "updateCallingLineNameIdentity",
        "getCallHistory", "addEntry", "updateEntry", "deleteEntry", "listPhoneBookEntries",
    }  # fmt: skip


def test_targads_calls_numbers_and_notices(alice: Company) -> None:
    open_targad(alice)
    status, told = targad("clickToCall", {"from": "101", "to": "5551 2345"})
    assert (status, told["result"]["to"]) == (200, FAR)
    assert targad("clickToCall", {"from": "101", "to": "101"})[1]["error"]["code"] == "own_number"
    assert targad("clickToCall", {"from": "777", "to": FAR})[0] == 404
    assert targad("clickToCall", {"from": ["x"], "to": FAR})[0] == 400
    numbers = targad("listOwnNumbers")[1]["result"]
    assert numbers["groups"][0]["numbers"][0]["number"] == "+3726001001"
    assert [one["number"] for one in numbers["phones"]] == ["101", "102"]
    url = "https://203.0.114.7/hook"
    first = targad("activateNotifcation", {"number": "101", "url": url})[1]["result"]
    assert first["secret"].startswith("whsec_")
    inside = {"number": "101", "url": "https://10.0.0.1/hook"}
    assert targad("activateNotification", inside)[0] == 409
    again = targad("activateNotification", {"number": "101", "url": url})[1]["result"]
    assert again == {"number": "101", "active": True}
    assert targad("activateNotification", {"number": "101", "url": "ftp://x"})[0] == 400
    assert targad("listOwnNumbers")[1]["result"]["phones"][0]["notification"] is True
    assert targad("deactivateNotifcation", {"number": "101"})[0] == 200
    named = targad("updateCallingLineNameIdentity", {"number": 101, "name": "Front desk"})
    assert named[1]["result"] == {"number": "101", "name": "Front desk"}
    with tenant_scope(alice.tenant.pk):
        assert LinkedNumber.objects.get().webhook is None
        assert not Webhook.objects.exists()
        assert Agent.objects.get(devices__extension="101").name == "Front desk"
        assert PbxCommand.objects.get().status == CommandStatus.QUEUED


def test_targads_history_and_phonebook(alice: Company) -> None:
    open_targad(alice)
    now = timezone.now()
    with tenant_scope(alice.tenant.pk):
        for n in range(3):
            Call.objects.create(
                pbx="pbx1", linkedid=f"1.{n}", direction="in", caller_number=FAR,
                dialled="+3726001001", started_at=now + timedelta(seconds=n),
                outcome="abandoned", ended_at=now,
            )  # fmt: skip
    first = targad("getCallHistory", {"limit": 2})[1]["result"]
    assert [call["type"] for call in first["calls"]] == ["missed", "missed"]
    rest = targad("getCallHistory", {"limit": 2, "cursor": first["next"]})[1]["result"]
    assert (len(rest["calls"]), rest["next"]) == (1, None)
    assert targad("getCallHistory", {"cursor": "x"})[0] == 400
    made = targad("addEntry", {"number": "5551 2345", "name": "Mari"})[1]["result"]
    assert made["numbers"] == [FAR]
    changed = targad("updateEntry", {"id": made["id"], "name": "Mari Tamm"})[1]["result"]
    assert (changed["name"], changed["numbers"]) == ("Mari Tamm", [FAR])
    assert targad("listPhoneBookEntries", {"search": "tamm"})[1]["result"]["entries"] == [changed]
    assert targad("listPhoneBookEntries")[1]["result"] == {"entries": [changed], "next": None}
    bob = make_company("bob", number="+3726001002")
    open_targad(bob)
    assert targad("deleteEntry", {"id": made["id"]}, slug="bob")[0] == 404
    assert targad("deleteEntry", {"id": made["id"]})[0] == 200
    assert targad("updateEntry", {"id": made["id"], "name": "x"})[0] == 404
    with tenant_scope(alice.tenant.pk):
        assert Contact.objects.filter(deleted_at=None).count() == 0


def test_the_page_of_the_doors(alice: Company) -> None:
    client = Client()
    client.force_login(alice.people["admin"], "allauth.account.auth_backends.AuthenticationBackend")
    url = "/t/alice/manage/doors/"
    assert client.get(url).status_code == 200
    answer = client.post(
        url,
        {"door": "call_init", "call_init-is_open": "on", "call_init-networks": "192.0.2.0/24"},
    )
    assert b'id="new-token"' in answer.content
    wrong = client.post(url, {"door": "call_init", "call_init-networks": "all"})
    assert wrong.status_code == 422
    saved = client.post(
        url,
        {"door": "targad", "targad-is_open": "on", "targad-main_user": "koned",
         "targad-password": PASSWORD},
    )  # fmt: skip
    assert saved.status_code == 302
    with tenant_scope(alice.tenant.pk):
        assert TargadDoor.objects.get().is_open
