"""A printer that pauses, jams or talks out of turn: no ticket is called issued that is not, none is given up early."""

import asyncio

import pytest
from structlog.testing import capture_logs

from edge.devices.lines.transport import PrinterConfused, Transport
from edge.devices.status import PrinterState
from edge.devices.virtual.printer import VirtualPrinter
from firmware_profiles import load_printer
from tests.devices.bench import Bench, on_the_bench, tcp_line
from tests.devices.slips import ticket


def test_a_printer_that_pushes_its_status_while_a_ticket_waits_has_proved_nothing() -> None:
    async def scene() -> None:
        printer = VirtualPrinter(load_printer("virtual-58"))
        printer.pushes = True
        transport = tcp_line(await printer.start())
        try:
            await transport.open()
            printer.take_paper()
            await transport.send(b"\x1b@Hello\n")
            await transport.ask_proof()
            printer.paper_low()
            printer.cover(is_open=True)
            assert not await transport.proved(within_ms=50)
            assert (await transport.status()).cover_open
            printer.cover(is_open=False)
            printer.put_in_roll()
            assert await transport.proved(within_ms=500)
        finally:
            await transport.close()
            await printer.stop()

    asyncio.run(scene())


def test_status_is_pushed_when_asked_for_and_no_longer_when_not() -> None:
    async def scene() -> bytes:
        printer = VirtualPrinter(load_printer("virtual-58"))
        reader, writer = await asyncio.open_connection("127.0.0.1", await printer.start())
        writer.write(b"\x1da\xff")
        heard = await reader.readexactly(4)
        printer.paper_low()
        printer.paper_low()
        printer.take_paper()
        heard += await reader.readexactly(8)
        printer.put_in_roll()
        heard += await reader.readexactly(4)
        writer.write(b"\x1da\x00\x1dr\x01")
        heard += await reader.readexactly(1)
        printer.jam_cutter()
        writer.write(b"\x10\x04\x03")
        heard += await reader.readexactly(1)
        writer.close()
        await printer.stop()
        return heard

    assert asyncio.run(scene()).hex(" ", 1) == (
        "10 00 00 00  10 00 03 00  18 00 0f 00  10 00 00 00  00  1a".replace("  ", " ")
    )


def test_a_ticket_begun_with_a_hot_head_waits_for_it_to_cool_and_is_no_reprint() -> None:
    async def scene(desk: Bench) -> None:
        await desk.until_state(PrinterState.READY)
        desk.spool.at_begin = desk.printer.overheat
        job_id = desk.spool.add(1, ticket())
        await desk.until_state(PrinterState.ERROR)
        assert not desk.spool.asked
        desk.printer.overheat(False)
        await desk.until(lambda: desk.spool.done == [job_id])
        (slip,) = desk.printer.slips
        assert "REPRINT" not in slip.text

    on_the_bench(scene)


def test_a_jammed_knife_in_mid_ticket_asks_the_seller_at_once() -> None:
    async def scene(desk: Bench) -> None:
        await desk.until_state(PrinterState.READY)
        desk.spool.at_begin = desk.printer.jam_cutter
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: job_id in desk.spool.asked)
        await desk.until_state(PrinterState.ERROR)
        desk.spool.at_begin = lambda: None
        desk.printer.jam_cutter(False)
        await desk.until_state(PrinterState.READY)

    on_the_bench(scene, "virtual-80")


def test_a_held_feed_button_is_no_error_and_the_next_ticket_waits_for_it() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.hold_feed_button()
        await desk.until_state(PrinterState.BUSY)
        job_id = desk.spool.add(1, ticket())
        await asyncio.sleep(0.1)
        assert [job.job_id for job in desk.spool.waiting] == [job_id]
        assert PrinterState.ERROR not in [status.state for status in desk.seen]
        desk.printer.hold_feed_button(False)
        await desk.until(lambda: desk.spool.done == [job_id])

    on_the_bench(scene)


def test_a_broken_printer_is_in_error_until_it_is_mended() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.break_down()
        await desk.until_state(PrinterState.ERROR)
        desk.printer.break_down(False)
        await desk.until_state(PrinterState.READY)

    on_the_bench(scene)


def test_garbage_before_a_status_is_noted_once_and_the_status_is_read() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while question := await reader.read(3):
            if question.startswith(b"\x10\x04"):
                writer.write(b"\xff\x81\xc3" + (b"\x1e" if question == b"\x10\x04\x04" else b"\x12"))
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        transport = tcp_line(server.sockets[0].getsockname()[1])
        await transport.open()
        reading = await transport.status()
        assert (reading.prints, reading.paper) == (True, "low")
        await transport.close()
        server.close()
        await server.wait_closed()

    with capture_logs() as logs:
        asyncio.run(scene())
    assert [log["bytes"] for log in logs if log["event"] == "printer sent unknown bytes"] == ["ff"]


async def ask_for_ever(transport: Transport) -> None:
    """As a supervisor does."""
    for _ in range(20):
        await transport.status()


def test_an_answer_too_many_closes_the_line_before_a_later_one_is_taken_for_another() -> None:
    """Slow answers: the one too many answers the first question, and each true one the next question."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(writer)
        if len(calls) == 1:
            writer.write(b"\x12")
        while question := await reader.read(3):
            if question.startswith(b"\x10\x04"):
                await asyncio.sleep(0.02)
                writer.write(b"\x72" if question == b"\x10\x04\x04" else b"\x12")
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        transport = tcp_line(server.sockets[0].getsockname()[1])
        await transport.open()
        with pytest.raises(PrinterConfused, match="nobody asked"):
            await ask_for_ever(transport)
        for _ in range(2):
            await transport.close()
            await transport.open()
            assert (await transport.status()).paper == "out"
        await transport.close()
        server.close()
        await server.wait_closed()

    calls: list[asyncio.StreamWriter] = []
    asyncio.run(scene())


def test_a_proof_counts_beside_an_answer_too_many_and_the_next_question_is_asked_on_a_new_line() -> None:
    async def scene() -> None:
        printer = VirtualPrinter(load_printer("virtual-58"))
        transport = tcp_line(await printer.start())
        try:
            await transport.open()
            await transport.status()
            printer.speak_unasked()
            await transport.send(b"\x1b@Hello\n")
            await transport.ask_proof()
            assert await transport.proved(within_ms=500)
            with pytest.raises(PrinterConfused):
                await transport.status()
            await transport.open()
            assert (await transport.status()).prints
        finally:
            await transport.close()
            await printer.stop()

    asyncio.run(scene())


def test_a_printer_that_spoke_unasked_is_called_anew_and_says_the_truth() -> None:
    async def scene(desk: Bench) -> None:
        await desk.until_state(PrinterState.READY)
        desk.printer.speak_unasked()
        await desk.until_state(PrinterState.ABSENT)
        await desk.until_state(PrinterState.READY)
        desk.printer.take_paper()
        await desk.until_state(PrinterState.PAPER_OUT)
        desk.printer.put_in_roll()
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: desk.spool.done == [job_id])
        assert "REPRINT" not in desk.printer.slips[0].text

    on_the_bench(scene)
