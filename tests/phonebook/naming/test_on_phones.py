"""What a SIP phone's display shows of a caller: a real Asterisk asks the real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from callcenter.audit.services import Actor
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.services import company_book, create_contact, group_book, personal_book
from phonebook.naming.models import NamingRules
from telephony.pbx.orders import AskNoDatabase
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_thread

pytestmark = [pytest.mark.asterisk]


def within(company: Company, work: Callable[[], object]) -> None:
    def in_scope() -> None:
        with tenant_scope(company.tenant.pk):
            work()

    in_thread(in_scope)


def save(company: Company, name: str, number: str, book: Any = None, **more: Any) -> None:
    def make() -> None:
        draft = ContactDraft(name=name, numbers=(NumberDraft(number),), **more)
        chosen = book() if book else company_book()
        user_id = company.agents["Alice"].membership.user_id
        create_contact(book=chosen, draft=draft, by=Actor(name="Alice", user_id=user_id))

    within(company, make)


async def shown(pbx: Pbx, acme: Company, *calls: tuple[str, str]) -> list[tuple[str, str]]:
    """What Alice's phone shows of callers (number, name), one after the other."""
    seen = []
    async with acme.phone("Alice") as alice, pbx.carrier() as carrier:
        await alice.register()
        for number, name in calls:
            outside = await carrier.call(acme.number, caller_number=number, caller_name=name)
            inside = await alice.next_call()
            seen.append((inside.caller_name, inside.caller_number))
            await outside.hang_up()
            await inside.wait_ended()
            await asyncio.sleep(0.2)
    return seen


async def test_the_phone_shows_the_contacts_name(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    save(acme, 'Jüri "Jups" Õun, Õ; <x>', "+4915112345")
    save(acme, "Carol's company", "+4915100002")
    save(acme, "Of the group", "+4915100002", lambda: group_book(group=acme.group))
    user_id = acme.agents["Alice"].membership.user_id
    save(acme, "Alice's own", "+4915100003", lambda: personal_book(user_id=user_id))
    save(acme, "Secret", "+4915100003", visibility="private")
    globex = company("globex", "3726000002")
    save(globex, "Globex knows", "+4915100004")
    assert await shown(
        pbx,
        acme,
        ("+4915112345", ""),
        ("004915112345", "CNAM"),
        ("+4915100002", ""),
        ("+4915100003", ""),
        ("+4915100004", "As sent"),
        ("+4915100004", ""),
    ) == [
        ("Jüri Jups Õun Õ x", "+4915112345"),
        ("Jüri Jups Õun Õ x", "004915112345"),
        ("Of the group", "+4915100002"),
        ("", "+4915100003"),
        ("As sent", "+4915100004"),
        ("", "+4915100004"),
    ]


async def test_the_companys_order_decides(pbx: Pbx, company: MakeCompany) -> None:
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    save(acme, "Typed", "+4915112345")
    save(acme, "From the CRM", "+4915112345", external_id="crm-7")

    def order(*sources: str) -> None:
        within(acme, lambda: NamingRules.objects.update_or_create(
            defaults={"sources": list(sources)}
        ))  # fmt: skip

    call = ("+4915112345", "CNAM")
    assert (await shown(pbx, acme, call))[0][0] == "From the CRM"
    order("company", "synced", "carrier")
    assert (await shown(pbx, acme, call))[0][0] == "Typed"
    order("carrier", "company")
    assert (await shown(pbx, acme, call))[0][0] == "CNAM"
    order()
    assert (await shown(pbx, acme, call))[0][0] == "CNAM"


async def test_no_call_waits_for_a_name(pbx: Pbx, company: MakeCompany) -> None:
    """Another session holds the table; PostgreSQL gives up for us, and the phone rings."""
    acme = company()
    pbx.perform(acme.add_member("Alice"))
    save(acme, "Mari", "+4915112345")
    held, done = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE phonebook_contact IN ACCESS EXCLUSIVE MODE")
            loop.call_soon_threadsafe(held.set)
            asyncio.run_coroutine_threadsafe(done.wait(), loop).result()
        connection.close()

    holder = asyncio.create_task(asyncio.to_thread(hold))
    await held.wait()
    begun = loop.time()
    try:
        assert (await shown(pbx, acme, ("+4915112345", "CNAM")))[0][0] == "CNAM"
        assert loop.time() - begun < 6
    finally:
        done.set()
        await holder
    assert (await shown(pbx, acme, ("+4915112345", "CNAM")))[0][0] == "Mari"
    pbx.perform(AskNoDatabase(until=9_999_999_999))
    try:
        assert (await shown(pbx, acme, ("+4915112345", "CNAM")))[0][0] == "CNAM"
    finally:
        pbx.perform(AskNoDatabase(until=0))
