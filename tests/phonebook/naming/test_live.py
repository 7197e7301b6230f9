"""Names on the live state of real calls: for everybody, for their owners, never another's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.services import (
    change_contact,
    company_book,
    create_contact,
    draft_of,
    personal_book,
)
from phonebook.naming.notices import tell_naming_changed
from telephony.live.selectors import live_snapshot
from telephony.live.streams import TENANT, user_stream, wall_stream
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_database, until

pytestmark = [pytest.mark.asterisk]


async def calls_on(acme: Company, stream: str) -> list[dict[str, Any]]:
    view = await asyncio.to_thread(live_snapshot, acme.tenant.pk, [stream], acme.tenant.pbx)
    return [one for key, one in view.document.items() if key.startswith("call:")]


async def served(company: MakeCompany, pbx: Pbx) -> Company:
    acme = company()

    async def is_served() -> bool:
        key = f"agent:{acme.agents['Alice'].pk}"
        view = await asyncio.to_thread(live_snapshot, acme.tenant.pk, [TENANT], acme.tenant.pbx)
        return key in view.document

    await until(is_served)
    await asyncio.to_thread(pbx.perform, acme.add_member("Alice"))
    return acme


def save(acme: Company, name: str, number: str, own: bool = False) -> None:
    with tenant_scope(acme.tenant.pk):
        user_id = acme.agents["Alice"].membership.user_id
        create_contact(
            book=personal_book(user_id=user_id) if own else company_book(),
            draft=ContactDraft(name=name, numbers=(NumberDraft(number),)),
            by=Actor(name="Alice", user_id=user_id),
        )


def rename(acme: Company, name: str, number: str) -> None:
    with tenant_scope(acme.tenant.pk):
        contact = company_book().contacts.get(numbers__key=number)
        draft = draft_of(contact)
        change_contact(
            contact=contact,
            draft=ContactDraft(name=name, numbers=draft.numbers),
            by=Actor(name="Alice"),
        )
        tell_naming_changed()


async def test_everybody_sees_the_companys_name_and_alice_her_own(
    pbx: Pbx, company: MakeCompany, listener: Path
) -> None:
    acme = await served(company, pbx)
    await in_database(lambda: save(acme, "Mari Tamm", "+4915112345"))
    await in_database(lambda: save(acme, "Aunt Mari", "+4915112345", own=True))
    alices = user_stream(acme.agents["Alice"].membership.user_id)

    def is_named(stream: str, name: str, source: str) -> Any:
        async def check() -> bool:
            calls = await calls_on(acme, stream)
            return [(c["caller"]["name"], c["name_source"]) for c in calls] == [(name, source)]

        return check

    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        outside = await carrier.call(acme.number, caller_number="+4915112345")
        inside = await alice.next_call()
        assert inside.caller_name == "Mari Tamm"
        await until(is_named(TENANT, "Mari Tamm", "company"))
        await until(is_named(alices, "Aunt Mari", "personal"))
        await until(is_named(wall_stream(), "", ""))
        await in_database(lambda: rename(acme, "Mari Kask", "+4915112345"))
        await until(is_named(TENANT, "Mari Kask", "company"))
        await until(is_named(alices, "Aunt Mari", "personal"))
        await outside.hang_up()
        await inside.wait_ended()


async def test_fifty_callers_at_once_keep_their_own_names(
    pbx: Pbx, company: MakeCompany, listener: Path
) -> None:
    acme = await served(company, pbx)
    numbers = {f"+49151200{place:02d}": f"Caller number {place}" for place in range(50)}

    def fill() -> None:
        for number, name in numbers.items():
            save(acme, name, number)

    await in_database(fill)
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        await asyncio.gather(
            *(carrier.call(acme.number, caller_number=number) for number in numbers)
        )
        inside = await alice.next_call()
        assert inside.caller_name == numbers[inside.caller_number]

        async def all_named() -> bool:
            calls = await calls_on(acme, TENANT)
            said = {call["caller"]["number"]: call["caller"]["name"] for call in calls}
            wrong = {n: name for n, name in said.items() if name not in ("", numbers[n])}
            assert wrong == {}
            return said == numbers

        await until(all_named, within=15)
