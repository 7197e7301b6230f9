"""A row is committed, and within two seconds it is so on a real Asterisk, without a dropped call."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from callcenter.accounts.models import Membership
from callcenter.agents.models import Agent, Device, DeviceKind
from callcenter.agents.secrets import digest_of
from callcenter.calendars.models import Forced, OpeningCalendar
from callcenter.groups.models import AgentGroup, Clip, GroupMember, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.pbx.orders import PauseMember
from telephony.provisioning.music import as_wav
from telephony.traffic.sip_call import Call, CallEnded, CallState
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_registration import RegistrationRefused
from tests.telephony.companies import Company, MakeCompany, add_agent
from tests.telephony.private_pbx import Pbx, in_database, until

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("listener")]


@pytest.fixture
def acme(company: MakeCompany, pbx: Pbx) -> Company:
    made = company(tell_pbx=False)
    # the tenant is new: wait until the listener has told the PBX of it
    asyncio.run(until(lambda: made.pbx_queue in pbx.cli("queue show")))
    return made


async def change(company: Company, work: Callable[[], object]) -> None:
    def in_scope() -> None:
        with tenant_scope(company.tenant.pk):
            work()

    await in_database(in_scope)


@asynccontextmanager
async def a_running_call(company: Company) -> AsyncIterator[tuple[Call, Call]]:
    """Charlie talks to somebody outside; at the end it must still be so."""
    pbx, show = company.pbx, f"queue show {company.pbx_queue}"
    await change(company, lambda: log_in(company, "Charlie"))
    await until(lambda: company.interface("Charlie") in pbx.cli(show))
    async with company.phone("Charlie") as charlie, pbx.carrier() as carrier:
        await charlie.register()
        outside = await carrier.call(company.number, caller_number="+4915100000")
        inside = await charlie.next_call()
        await inside.answer()
        await outside.wait_talking()
        yield outside, inside
        heard = outside.sound.received
        await until(lambda: outside.sound.received > heard)
        assert outside.state is inside.state is CallState.TALKING


async def can_register(phone: Phone) -> bool:
    try:
        await phone.register()
    except RegistrationRefused:
        return False
    return True


async def test_a_new_phone_registers_and_can_be_rung(acme: Company, pbx: Pbx) -> None:
    async with a_running_call(acme):
        await change(acme, lambda: add_agent(acme, "Dora", extension="104"))
        async with acme.phone("Dora") as dora:
            assert await can_register(dora), "a new row is found at once"
            await until(lambda: is_idle(pbx, acme, "Dora"))
            await change(acme, lambda: log_in(acme, "Dora"))
            line = f"PJSIP/{acme.endpoint('Dora')}"
            await until(lambda: line in pbx.cli(f"queue show {acme.pbx_queue}"))
            async with a_caller(acme) as call:
                ringing = await dora.next_call(within=20)
                await ringing.answer()
                await call.wait_talking()


async def test_a_rotated_secret_locks_the_old_one_out(acme: Company) -> None:
    def rotate() -> None:
        endpoint = acme.endpoint("Alice")
        digest = digest_of(user=endpoint, realm=acme.pbx.host.realm, secret="new")
        Device.objects.filter(pk=acme.devices["Alice"].pk).update(digest=digest)

    async with acme.phone("Alice") as old:
        assert await can_register(old)
    await change(acme, rotate)

    async def old_is_refused() -> bool:
        async with acme.phone("Alice") as old:
            return not await can_register(old)

    await until(old_is_refused)
    async with acme.pbx.phone(acme.endpoint("Alice"), "new") as new:
        assert await can_register(new)


async def test_a_phone_switched_off_is_locked_out(acme: Company) -> None:
    device = acme.devices["Alice"].pk
    await change(acme, lambda: Device.objects.filter(pk=device).update(is_active=False))

    async def is_refused() -> bool:
        async with acme.phone("Alice") as alice:
            return not await can_register(alice)

    await until(is_refused)


async def test_a_queue_is_changed_under_its_callers(acme: Company, pbx: Pbx) -> None:
    async with a_running_call(acme), a_caller(acme) as waiting:
        await until(lambda: "1 calls" in pbx.cli(f"queue show {acme.pbx_queue}"))
        await change(acme, lambda: Queue.objects.update(strategy="ringall"))
        show = f"queue show {acme.pbx_queue}"
        await until(lambda: "'ringall' strategy" in pbx.cli(show))
        assert "1 calls" in pbx.cli(show), "who waits goes on waiting"
        assert waiting.state is not CallState.ENDED


async def test_a_number_moves_to_another_queue(acme: Company, pbx: Pbx) -> None:
    def move() -> None:
        group = AgentGroup.objects.create(slug="help", name="Help")
        queue = Queue.objects.create(group=group, slug="help", name="Help")
        Number.objects.update(queue=queue)

    await change(acme, move)
    get = f"database get route {acme.number}"
    await until(lambda: "acme-help" in pbx.cli(get))
    async with a_caller(acme):
        await until(lambda: "1 calls" in pbx.cli("queue show acme-help"))


async def test_closed_by_force_plays_the_closed_clip(acme: Company, pbx: Pbx) -> None:
    def close() -> None:
        clip = Clip.objects.create(
            description="Closed", audio=as_wav([0.0] * 4000), sha256="c" * 64, seconds=0.5
        )
        calendar = OpeningCalendar.objects.create(name="Office", forced=Forced.CLOSED)
        AgentGroup.objects.update(calendar=calendar, closed_clip=clip)

    await change(acme, close)
    clips = pbx.host.clips / acme.slug
    await until(lambda: any(clips.glob("*-cccccccc.wav")))
    async with a_caller(acme) as call:
        await call.wait_talking()
        ending = await call.wait_ended()
        assert ending.by == "them"
    assert "|HELIN_CLOSED|3726000001" in pbx.queue_log.read_text()
    await change(acme, lambda: OpeningCalendar.objects.update(forced=Forced.OPEN))
    async with a_caller(acme):
        await until(lambda: "1 calls" in pbx.cli(f"queue show {acme.pbx_queue}"))


async def test_another_phone_takes_the_seat_with_its_pause(acme: Company, pbx: Pbx) -> None:
    await change(acme, lambda: log_in(acme, "Alice", penalty=2))
    show = f"queue show {acme.pbx_queue}"
    await until(lambda: acme.interface("Alice") in pbx.cli(show))
    pbx.perform(PauseMember(acme.interface("Alice"), paused=True, reason="lunch"))
    await until(lambda: "paused:lunch" in pbx.cli(show))
    await asyncio.sleep(0.4)  # until the listener has written it into the live state

    def swap() -> None:
        spare = acme.devices["Bob"]
        Agent.objects.filter(pk=acme.agents["Bob"].pk).update(device=None)
        Agent.objects.filter(pk=acme.agents["Alice"].pk).update(device=spare)

    await change(acme, swap)
    moved = lambda: acme.interface("Bob") in pbx.cli(show)  # noqa: E731
    await until(moved)
    said = pbx.cli(show)
    assert acme.interface("Alice") not in said
    assert "penalty 2" in said
    assert "paused:lunch" in said


async def test_who_may_not_enter_any_more_is_rung_no_more(acme: Company, pbx: Pbx) -> None:
    await change(acme, lambda: log_in(acme, "Alice"))
    show = f"queue show {acme.pbx_queue}"
    await until(lambda: acme.interface("Alice") in pbx.cli(show))
    agent = acme.agents["Alice"].pk
    await change(acme, lambda: Membership.objects.filter(agent=agent).update(is_active=False))
    gone = lambda: acme.interface("Alice") not in pbx.cli(show)  # noqa: E731
    await until(gone)


async def test_a_tenant_that_leaves_is_forgotten(acme: Company, pbx: Pbx) -> None:
    await change(acme, lambda: log_in(acme, "Alice"))
    await until(lambda: acme.interface("Alice") in pbx.cli("queue show"))
    await change(acme, lambda: Tenant.objects.update(is_active=False))
    await until(lambda: acme.pbx_queue not in pbx.cli("queue show"))
    get = f"database get route {acme.number}"
    await until(lambda: "entry not found" in pbx.cli(get))
    async with pbx.carrier() as carrier:
        call = await carrier.call(acme.number, caller_number="+4915100001")
        with pytest.raises(CallEnded):
            await call.wait_talking()
        assert call.ending is not None
        assert call.ending.status == 404


def log_in(company: Company, name: str, *, penalty: int = 0) -> None:
    GroupMember.objects.filter(agent=company.agents[name]).update(logged_in=True, penalty=penalty)


def is_idle(pbx: Pbx, company: Company, name: str) -> bool:
    """As a queue sees it: a phone that only registered is still `Unavailable`."""
    shown = pbx.cli(f"pjsip show endpoint {company.endpoint(name)}")
    line = next((line for line in shown.splitlines() if line.startswith(" Endpoint:  acme")), "")
    return "Not in use" in line


@asynccontextmanager
async def a_caller(company: Company) -> AsyncIterator[Call]:
    """Somebody else outside calls the company's number."""
    # any port: the carrier is known by its address
    async with Phone("carrier", server=company.pbx.sip, listen=("127.0.0.2", 0)) as carrier:
        call = await carrier.call(company.number, caller_number="+4915112345")
        yield call
        await call.hang_up()


async def test_a_pbx_started_without_its_database_gets_everything_later(
    acme: Company, pbx: Pbx
) -> None:
    await change(acme, lambda: log_in(acme, "Alice"))
    with pbx.link.is_cut():
        pbx.stop(kill=True)
        pbx.start()
        assert acme.pbx_queue not in pbx.cli("queue show")
        await asyncio.sleep(1)
    show = f"queue show {acme.pbx_queue}"
    await until(lambda: acme.interface("Alice") in pbx.cli(show))
    async with acme.phone("Alice") as alice, a_caller(acme) as call:
        await alice.register()
        await (await alice.next_call()).answer()
        await call.wait_talking()


async def test_a_browsers_phone_is_known_and_its_socket_open(acme: Company, pbx: Pbx) -> None:
    device = acme.devices["Bob"].pk
    await change(acme, lambda: Device.objects.filter(pk=device).update(kind=DeviceKind.WEBRTC))
    show = f"pjsip show endpoint {acme.endpoint('Bob')}"
    wanted = "(opus|alaw|ulaw)"
    await until(lambda: wanted in pbx.cli(show))
    assert re.search(r"webrtc +: yes", pbx.cli(show))
    reader, writer = await asyncio.open_connection("127.0.0.1", pbx.host.http_port)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: sip\r\n\r\n"
    )
    assert b" 101 " in await asyncio.wait_for(reader.readline(), 20)
    writer.close()
