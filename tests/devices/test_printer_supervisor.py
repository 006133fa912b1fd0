"""What a printer does to a ticket in a night: prints it, runs out inside it, is unplugged, sulks; and never twice."""

import asyncio

import pytest

from edge.devices.lines.transport import PrinterAbsent, PrinterSilent
from edge.devices.status import Paper, PrinterState
from edge.devices.virtual.printer import VirtualPrinter
from firmware_profiles import load_printer
from tests.devices.bench import Bench, on_the_bench, tcp_line
from tests.devices.slips import WIDTHS, ticket


@pytest.mark.parametrize("width", WIDTHS)
def test_a_sold_ticket_comes_out_once_and_is_proved(width: str) -> None:
    async def scene(desk: Bench) -> None:
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: desk.spool.done == [job_id])
        (slip,) = desk.printer.slips
        assert "104 231 - 104 240" in slip.text
        assert "REPRINT" not in slip.text
        await desk.until_state(PrinterState.READY)
        assert PrinterState.BUSY in [status.state for status in desk.seen]

    on_the_bench(scene, width)


def test_ten_tickets_come_out_in_the_order_of_sale() -> None:
    async def scene(desk: Bench) -> None:
        for number in range(10):
            desk.spool.add(number, ticket(draw_numbers=((100 + number, 100 + number),)))
        await desk.until(lambda: len(desk.spool.done) == 10)
        assert [slip.lines[6].strip() for slip in desk.printer.slips] == [f"000 {100 + n}" for n in range(10)]

    on_the_bench(scene)


def test_paper_that_ends_inside_a_ticket_asks_the_seller_and_prints_again_as_reprint() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.paper_ends_after(8)
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: job_id in desk.spool.asked)
        await desk.until_state(PrinterState.PAPER_OUT)
        assert desk.supervisor.status.interrupted_job_id == job_id
        await asyncio.sleep(0.1)
        assert desk.spool.done == []
        desk.printer.put_in_roll()
        await desk.until_state(PrinterState.READY)
        assert desk.spool.done == [], "nothing is printed again without an answer"
        desk.spool.answer_no(job_id)
        await desk.until(lambda: desk.spool.done == [job_id])
        torn, whole = desk.printer.slips
        assert torn.torn
        assert "9F3A C41E" not in torn.text
        assert whole.lines[0].strip() == whole.lines[-1].strip() == "REPRINT"
        assert "9F3A C41E" in whole.text
        assert desk.supervisor.status.interrupted_job_id is None

    on_the_bench(scene)


def test_a_printer_without_paper_is_sent_nothing() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.take_paper()
        await desk.until_state(PrinterState.PAPER_OUT)
        job_id = desk.spool.add(1, ticket())
        await asyncio.sleep(0.1)
        assert [job.job_id for job in desk.spool.waiting] == [job_id]
        desk.printer.put_in_roll()
        await desk.until(lambda: desk.spool.done == [job_id])
        (slip,) = desk.printer.slips
        assert "REPRINT" not in slip.text

    on_the_bench(scene)


def test_low_paper_prints_on_and_says_so() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.paper_low()
        await desk.until_state(PrinterState.PAPER_LOW)
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: desk.spool.done == [job_id])

    on_the_bench(scene)


def test_an_open_cover_is_named_before_missing_paper() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.take_paper()
        desk.printer.cover(is_open=True)
        await desk.until_state(PrinterState.COVER_OPEN)
        desk.printer.cover(is_open=False)
        await desk.until_state(PrinterState.PAPER_OUT)

    on_the_bench(scene)


def test_an_unplugged_printer_is_absent_and_prints_what_waited_when_it_is_back() -> None:
    async def scene(desk: Bench) -> None:
        await desk.until_state(PrinterState.READY)
        await desk.printer.unplug()
        await desk.until_state(PrinterState.ABSENT)
        job_id = desk.spool.add(1, ticket())
        await asyncio.sleep(0.1)
        assert desk.state is PrinterState.ABSENT
        await desk.printer.plug_in()
        await desk.until(lambda: desk.spool.done == [job_id])
        assert "REPRINT" not in desk.printer.slips[0].text

    on_the_bench(scene)


def test_a_ticket_that_a_stalled_printer_holds_comes_again_only_as_a_reprint() -> None:
    async def scene(desk: Bench) -> None:
        await desk.until_state(PrinterState.READY)
        desk.spool.at_begin = desk.printer.stall
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: job_id in desk.spool.asked)
        await desk.until_state(PrinterState.ABSENT)
        desk.spool.at_begin = lambda: None
        desk.printer.stall(on=False)
        await desk.until_state(PrinterState.READY)
        desk.spool.answer_no(job_id)
        await desk.until(lambda: desk.spool.done == [job_id])
        whole = [slip for slip in desk.printer.slips if "9F3A C41E" in slip.text]
        assert len(whole) <= 2
        assert whole[-1].lines[0].strip() == "REPRINT"

    on_the_bench(scene)


def test_a_printer_that_connects_and_says_nothing_is_never_ready() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.stall()
        await desk.until_state(PrinterState.ABSENT)
        desk.seen.clear()
        desk.spool.add(1, ticket())
        await asyncio.sleep(0.4)
        assert desk.state is PrinterState.ABSENT
        assert not [status for status in desk.seen if status.state is PrinterState.READY]
        assert len(desk.spool.waiting) == 1

    on_the_bench(scene)


def test_a_printer_taken_out_of_service_prints_nothing_until_it_is_put_back() -> None:
    async def scene(desk: Bench) -> None:
        await desk.until_state(PrinterState.READY)
        desk.supervisor.disable()
        await desk.until_state(PrinterState.DISABLED)
        job_id = desk.spool.add(1, ticket())
        await asyncio.sleep(0.1)
        assert desk.spool.done == []
        desk.supervisor.enable()
        await desk.until(lambda: desk.spool.done == [job_id])

    on_the_bench(scene)


def test_a_slip_that_cannot_be_set_is_asked_about_and_the_next_one_prints() -> None:
    async def scene(desk: Bench) -> None:
        impossible = desk.spool.add(1, ticket(qr_payload="X" * 6_000))
        fine = desk.spool.add(2, ticket())
        await desk.until(lambda: desk.spool.done == [fine])
        assert list(desk.spool.asked) == [impossible]

    on_the_bench(scene)


def test_a_sent_job_is_no_proof_until_the_printer_went_through_it() -> None:
    async def scene() -> None:
        printer = VirtualPrinter(load_printer("virtual-58"))
        transport = tcp_line(await printer.start())
        try:
            await transport.open()
            printer.take_paper()
            await transport.send(b"\x1b@Hello\n")
            await transport.ask_proof()
            assert not await transport.proved(within_ms=50)
            assert (await transport.status()).paper is Paper.OUT
            printer.put_in_roll()
            assert await transport.proved(within_ms=500)
        finally:
            await transport.close()
            await printer.stop()

    asyncio.run(scene())


def test_nobody_at_the_address_and_silence_are_two_faults() -> None:
    async def scene() -> None:
        printer = VirtualPrinter(load_printer("virtual-58"))
        transport = tcp_line(await printer.start())
        await transport.open()
        printer.stall()
        with pytest.raises(PrinterSilent):
            await transport.status()
        await transport.close()
        await printer.stop()
        with pytest.raises(PrinterAbsent):
            await transport.open()

    asyncio.run(scene())
