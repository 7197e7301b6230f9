"""Through a real Asterisk: a lost call is a promise, and reaching the caller either way keeps it."""

import asyncio

import pytest

from callcenter.calendars.models import Forced, OpeningCalendar
from callcenter.tenants.scope import tenant_scope
from telephony.callbacks.keeping import keep_callbacks
from telephony.callbacks.models import Callback, LostCall
from telephony.provisioning.models import OutgoingPrefix
from tests.telephony.calls.test_real_calls import (  # noqa: F401 - fixtures
    Books,
    acme,
    books,
    change,
    registered,
    talk,
)
from tests.telephony.companies import Company
from tests.telephony.private_pbx import Pbx, in_thread, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+3725551234"


def promises(company: Company, books: Books) -> list[tuple[str, int]]:  # noqa: F811
    books.calls()

    def read() -> list[tuple[str, int]]:
        while not keep_callbacks().is_all:
            pass
        with tenant_scope(company.tenant.pk):
            rows = Callback.objects.filter(key=CALLER).order_by("first_lost_at")
            return [(row.state, row.lost_count) for row in rows]

    return in_thread(read)


async def test_called_back_and_called_in(pbx: Pbx, acme: Company, books: Books) -> None:  # noqa: F811
    change(acme, lambda: OutgoingPrefix.objects.create(prefix="+3725"))
    change(
        acme,
        lambda: (
            type(acme.group)
            .objects.filter(pk=acme.group.pk)
            .update(calendar=OpeningCalendar.objects.create(name="Shut", forced=Forced.CLOSED))
        ),
    )
    async with registered(acme, "Alice") as (alice,), pbx.carrier() as carrier:

        async def call_in_vain() -> None:
            outside = await carrier.call(acme.number, caller_number=CALLER)
            await outside.wait_talking()
            await outside.wait_ended(within=20)

        await call_in_vain()
        await until(lambda: promises(acme, books) == [("open", 1)])
        await call_in_vain()
        await until(lambda: promises(acme, books) == [("open", 2)])
        # anybody calls the number: here Alice, by her own phone
        mine = await alice.call("5551234")
        theirs = await carrier.next_call()
        await theirs.answer()
        await mine.wait_talking()
        await until(lambda: promises(acme, books) == [("reached", 2)])
        await mine.hang_up()
        await theirs.wait_ended()
        # lost again; then he calls in and is answered
        await call_in_vain()
        await until(lambda: promises(acme, books) == [("reached", 2), ("open", 1)])
        change(acme, lambda: OpeningCalendar.objects.update(forced=Forced.OPEN))
        pbx.perform(acme.add_member("Alice"))
        outside = await carrier.call(acme.number, caller_number=CALLER)
        inside = await alice.next_call()
        await talk(outside, inside, 1.0)
    await until(lambda: promises(acme, books) == [("reached", 2), ("called_in", 1)])
    await asyncio.sleep(0)

    def lost() -> list[bool]:
        with tenant_scope(acme.tenant.pk):
            rows = LostCall.objects.order_by("lost_at")
            return [row.called_back_at is not None for row in rows]

    assert in_thread(lost) == [True, True, False]
