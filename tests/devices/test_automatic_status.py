"""A printer that tells by itself is heard at once, and one that only tells by itself can be steered by that alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from edge.devices.lines.address import Tcp
from edge.devices.lines.opening import open_transport
from edge.devices.lines.transport import PrinterAbsent, PrinterConfused, PrinterSilent, Transport
from edge.devices.status import Paper, PrinterState
from edge.devices.steering import check_steered
from edge.devices.supervisor import Pace, PrinterStatus, Supervisor
from edge.devices.virtual.printer import VirtualPrinter
from firmware_profiles import PrinterProfile, load_printer
from tests.devices.bench import Bench, SpoolInMemory
from tests.devices.peers import HASTY, PATIENT, peer, run, until
from tests.devices.slips import TICKET, ticket

BOTH = load_printer("virtual-58")
ALONE = msgspec.structs.replace(BOTH, status="asb")
RARELY = Pace(
    poll_ms=3_600_000,
    unseen_ms_max=60_000,
    proof_step_ms=20,
    proof_timeout_ms=20_000,
    backoff_first_ms=20,
    backoff_longest_ms=60,
)
"""Asked once an hour: whatever is known sooner was told."""
GS_A = b"\x1da\x0f"
WELL, NO_PAPER = b"\x10\x00\x00\x00", b"\x18\x00\x0f\x00"


@asynccontextmanager
async def rarely_asked(profile: PrinterProfile) -> AsyncIterator[Bench]:
    printer, spool, seen = VirtualPrinter(profile), SpoolInMemory(), list[PrinterStatus]()
    address = Tcp("127.0.0.1", await printer.start())
    transport = open_transport(address, profile, msgspec.structs.replace(PATIENT, status_timeout_ms=2_000))
    supervisor = Supervisor(
        "counter",
        profile=profile,
        transport=transport,
        spool=spool,
        changed=seen.append,
        chance=lambda: 0.5,
        pace=RARELY,
    )
    desk = Bench(printer, supervisor, spool)
    task = asyncio.create_task(supervisor.run())
    try:
        await desk.until_state(PrinterState.READY)
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await printer.stop()


@pytest.mark.parametrize("profile", [BOTH, ALONE], ids=["asked too", "told alone"])
def test_what_a_printer_tells_is_acted_on_at_once(profile: PrinterProfile) -> None:
    async def scene() -> None:
        async with rarely_asked(profile) as desk:
            desk.printer.take_paper()
            await desk.until_state(PrinterState.PAPER_OUT)
            job_id = desk.spool.add(1, ticket())
            desk.printer.put_in_roll()
            await desk.until(lambda: desk.spool.done == [job_id])
            await desk.until_state(PrinterState.READY)
            desk.printer.cover(is_open=True)
            await desk.until_state(PrinterState.COVER_OPEN)
            desk.printer.cover(is_open=False)
            await desk.until_state(PrinterState.READY)
            desk.printer.paper_low()
            await desk.until_state(PrinterState.PAPER_LOW)

    run(scene())


@pytest.mark.parametrize("profile", [BOTH, ALONE], ids=["asked too", "told alone"])
def test_an_unplugged_printer_is_absent_at_once(profile: PrinterProfile) -> None:
    async def scene() -> None:
        async with rarely_asked(profile) as desk:
            await desk.printer.unplug()
            await desk.until_state(PrinterState.ABSENT)
            await desk.printer.plug_in()
            await desk.until_state(PrinterState.READY)

    run(scene())


def test_a_printer_that_only_tells_prints_proves_and_runs_out_as_any_other() -> None:
    async def scene() -> None:
        async with rarely_asked(ALONE) as desk:
            first = desk.spool.add(1, ticket())
            await desk.until(lambda: desk.spool.done == [first])
            assert TICKET.chain_piece in desk.printer.slips[0].text
            desk.printer.paper_ends_after(8)
            second = desk.spool.add(2, ticket())
            await desk.until(lambda: second in desk.spool.asked)
            await desk.until(lambda: desk.state in (PrinterState.PAPER_OUT, PrinterState.ABSENT))
            desk.printer.put_in_roll()
            await desk.until_state(PrinterState.READY)
            desk.spool.answer_no(second)
            await desk.until(lambda: desk.spool.done == [first, second])
            assert desk.printer.slips[-1].lines[0].strip() == "REPRINT"

    run(scene())


async def ask_for_ever(transport: Transport) -> None:
    """As a supervisor does."""
    while True:
        await transport.status()


def test_the_bytes_of_a_job_switch_it_on_again_behind_their_own_reset() -> None:
    async def scene() -> bytes:
        printer = VirtualPrinter(ALONE)
        transport = open_transport(Tcp("127.0.0.1", await printer.start()), ALONE, PATIENT)
        await transport.open()
        await transport.status()
        printer.received.clear()
        await transport.send(b"\x1b@Hello\n")
        await transport.ask_proof()
        assert await transport.proved(within_ms=20_000)
        await transport.close()
        await printer.stop()
        return bytes(printer.received)

    assert run(scene()) == b"\x1b@" + GS_A + b"Hello\n\x1dr\x01"


def test_a_printer_that_stands_still_answers_nothing_and_its_last_word_counts() -> None:
    """`GS a` waits in its buffer behind what it cannot print; it is asked once and not again and again."""

    async def scene() -> None:
        printer = VirtualPrinter(ALONE)
        transport = open_transport(Tcp("127.0.0.1", await printer.start()), ALONE, PATIENT)
        news = asyncio.Event()
        transport.on_news(news.set)
        await transport.open()
        assert (await transport.status()).paper is Paper.OK
        printer.take_paper()
        printer.received.clear()
        for _ in range(3):
            assert (await transport.status()).paper is Paper.OUT
        assert printer.received == GS_A
        news.clear()
        printer.put_in_roll()
        await until(news.is_set)
        assert (await transport.status()).prints
        await transport.close()
        await printer.stop()

    run(scene())


def test_a_printer_that_tells_nothing_is_silent_and_one_that_went_is_absent() -> None:
    async def scene() -> None:
        printer = VirtualPrinter(ALONE)
        address = Tcp("127.0.0.1", await printer.start())
        hasty, transport = (open_transport(address, ALONE, patience) for patience in (HASTY, PATIENT))
        await hasty.open()
        printer.stall()
        with pytest.raises(PrinterSilent):
            await hasty.status()
        await hasty.close()
        printer.stall(on=False)
        await transport.open()
        await transport.status()
        await printer.unplug()
        with pytest.raises(PrinterAbsent):
            await ask_for_ever(transport)
        await transport.close()

    run(scene())


def test_a_printer_that_never_stops_telling_is_hung_up_on() -> None:
    async def scene() -> None:
        async with peer({GS_A: (WELL + NO_PAPER) * 1_000}) as port:
            transport = open_transport(Tcp("127.0.0.1", port), ALONE, PATIENT)
            await transport.open()
            with pytest.raises(PrinterConfused):
                await ask_for_ever(transport)
            await transport.close()

    run(scene())


def test_a_printer_that_was_without_paper_when_it_was_called_is_ready_once_it_has_some() -> None:
    async def scene() -> None:
        async with rarely_asked(ALONE) as desk:
            await desk.printer.unplug()
            await desk.until_state(PrinterState.ABSENT)
            desk.printer.take_paper()
            desk.printer.received.clear()
            await desk.printer.plug_in()
            await desk.until(lambda: desk.printer.received.endswith(GS_A))
            assert PrinterState.READY not in [status.state for status in desk.seen[-2:]]
            desk.printer.put_in_roll()
            await desk.until_state(PrinterState.READY)

    run(scene())


def test_the_same_word_twice_is_no_news() -> None:
    async def scene() -> None:
        async with peer({GS_A: WELL}) as port:
            news: list[int] = []
            transport = open_transport(Tcp("127.0.0.1", port), ALONE, PATIENT)
            transport.on_news(lambda: news.append(1))
            await transport.open()
            for _ in range(5):
                assert (await transport.status()).prints
            assert len(news) == 1
            await transport.close()

    run(scene())


def test_a_printer_that_tells_and_proves_may_print_tickets() -> None:
    check_steered(ALONE, virtual=True)
