"""Calls for help go out from any phone: the numbers of the tenant's country, and no other's."""

import asyncio
import re

import psycopg
import pytest

from callcenter.tenants.models import Tenant
from phonebook.numbers.emergency import countries, emergency_numbers
from telephony.provisioning.emergency import contexts
from telephony.traffic.sip_call import Call
from telephony.traffic.sip_phone import Phone
from tests.conftest import TestDatabase
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_thread


@pytest.mark.parametrize(
    ("country", "numbers"),
    [
        ("EE", ("110", "112")),
        ("DE", ("110", "112")),
        ("US", ("112", "911")),
        ("GB", ("112", "999")),
        ("FR", ("15", "17", "18", "112")),
        ("JP", ("110", "112", "119")),
        ("TK", ("112",)),
        ("XX", ("112",)),
    ],
)
def test_each_country_has_its_own(country: str, numbers: tuple[str, ...]) -> None:
    assert emergency_numbers(country) == numbers


def test_no_call_for_help_is_a_code_of_ours() -> None:
    """70 parks, 71 to 89 fetch back: such a call must not end in a parking lot."""
    every = {number for country in countries() for number in emergency_numbers(country)}
    assert not [number for number in every if re.fullmatch(r"7\d|8\d", number)]


def test_a_countrys_phones_have_its_numbers_before_all_else() -> None:
    lines = contexts().splitlines()
    at = lines.index("[emergency-de]")
    assert lines[at + 1 : at + 6] == [
        "exten => 110,1,Goto(emergency,110,1)",
        "exten => 112,1,Goto(emergency,112,1)",
        "[agents-de]",
        "include => emergency-de",
        "include => agents",
    ]


@pytest.mark.django_db
def test_the_database_says_the_same(database_urls: TestDatabase) -> None:
    with psycopg.connect(database_urls.owner) as link:
        rows = link.execute("SELECT country, number FROM asterisk.emergency").fetchall()
    assert set(rows) == {
        (country, number) for country in countries() for number in emergency_numbers(country)
    }


# --- with phones --------------------------------------------------------------------------------
def settle_in(company: Company, country: str) -> None:
    in_thread(lambda: Tenant.objects.filter(pk=company.tenant.pk).update(country=country))
    company.tell_pbx()


async def goes_out(phone: Phone, carrier: Phone, number: str, shown: str) -> None:
    mine = await phone.call(number)
    theirs = await carrier.next_call()
    assert theirs.invite is not None
    assert theirs.invite.uri.startswith(f"sip:{number}@")
    assert theirs.caller_number == shown
    await theirs.answer()
    await mine.wait_talking()
    await mine.hang_up()
    await theirs.wait_ended()


async def refused_with(call: Call) -> int:
    return (await call.wait_ended()).status


@pytest.mark.asterisk
@pytest.mark.parametrize(
    ("country", "number", "foreign"),
    [("EE", "112", "911"), ("DE", "110", "911"), ("US", "911", "110"), ("FR", "15", "911")],
)
async def test_the_countrys_numbers_go_out_with_and_without_the_database(
    pbx: Pbx, company: MakeCompany, country: str, number: str, foreign: str
) -> None:
    acme = company()
    settle_in(acme, country)
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await goes_out(alice, carrier, number, f"+{acme.number}")
        assert await refused_with(await alice.call(foreign)) == 404
        with pbx.link.is_cut():
            await goes_out(alice, carrier, number, f"+{acme.number}")
    pbx.await_database()


@pytest.mark.asterisk
async def test_110_follows_the_rules_of_each_company(pbx: Pbx, company: MakeCompany) -> None:
    """In Germany it is the police, in Estonia too, in the United States nothing."""
    acme, globex = company(), company("globex", "3726000002")
    settle_in(globex, "US")
    async with (
        acme.phone("Alice") as estonian,
        globex.phone("Alice") as american,
        pbx.carrier() as carrier,
    ):
        await asyncio.gather(estonian.register(), american.register())
        await goes_out(estonian, carrier, "110", f"+{acme.number}")
        assert await refused_with(await american.call("110")) == 404
