"""The virtual printer breaks in every way that its page names, and is mended; what it then does, real ones do too."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from edge.devices.encoder import encode, encode_in_pieces
from edge.devices.lines.address import Tcp
from edge.devices.lines.opening import open_transport
from edge.devices.status import PrinterState
from edge.devices.supervisor import PART_BYTES_MAX, Supervisor, parts_of
from edge.devices.virtual.faults import FAULTS
from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.devices.virtual.troubles import GIBBERISH, SLOW_MM_S_MAX, SLOW_MM_S_MIN
from edge.web.devices.troubles import TROUBLES, set_trouble, trouble_now
from firmware_profiles import load_printer
from shared.kernel.errors import InputRefused
from tests.devices.bench import WAIT_STEP_SECONDS, Bench, SpoolInMemory, on_the_bench
from tests.devices.slips import WIDTHS, printed, ticket
from tests.support.limits import WAIT_S_MAX

STEPS_MAX = 12_000
Talk = Callable[[VirtualPrinter, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def with_a_line(talk: Talk, **changes: object) -> None:
    """Somebody connected to a virtual printer of 58 mm; `changes` are facts of its profile."""

    async def scene() -> None:
        printer = VirtualPrinter(msgspec.structs.replace(load_printer("virtual-58"), **changes))
        reader, writer = await asyncio.open_connection(HOST, await printer.start())
        try:
            async with asyncio.timeout(WAIT_S_MAX):
                await talk(printer, reader, writer)
        finally:
            writer.close()
            await printer.stop()

    asyncio.run(scene())


async def until(true: Callable[[], bool]) -> None:
    for _ in range(STEPS_MAX):
        if true():
            return
        await asyncio.sleep(WAIT_STEP_SECONDS)
    raise AssertionError("it never happened")


def test_every_trouble_of_the_page_is_a_fault_and_every_fault_is_on_the_page() -> None:
    assert sorted(word for word, _ in TROUBLES) == sorted(FAULTS)


def test_each_trouble_can_be_given_and_mended() -> None:
    async def talk(printer: VirtualPrinter, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for trouble, _words in TROUBLES:
            await set_trouble(printer, trouble)
            assert trouble_now(printer) == trouble
            await set_trouble(printer, "")
            assert (trouble_now(printer), printer.troubles.stops_printing) == ("", False)
        with pytest.raises(InputRefused, match="half_line"):
            await set_trouble(printer, "rain")
        _, line = await asyncio.open_connection(HOST, printer.port)
        line.write(b"\x1b@well again\n")
        await until(lambda: any("well again" in slip.text for slip in printer.slips))
        line.close()

    with_a_line(talk)


def test_power_that_fails_inside_a_line_leaves_half_of_it_on_paper() -> None:
    async def talk(printer: VirtualPrinter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        printer.power_fails_after(len(b"\x1b@first\nsec"))
        writer.write(b"\x1b@first\nsecond\nthird\n")
        assert await reader.read() == b""
        assert trouble_now(printer) == "half_line"
        with pytest.raises(OSError, match=r"refused|failed"):
            await asyncio.open_connection(HOST, printer.port)
        await printer.plug_in()
        (torn,) = printer.slips
        assert (torn.text, torn.torn) == ("first\nsec", True)
        assert printer.waiting_bytes == 0

    with_a_line(talk)


@pytest.mark.parametrize("asked", [0, 1, 100, 100_000])
def test_a_slow_printer_is_slow_within_bounds(asked: int) -> None:
    async def talk(printer: VirtualPrinter, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        printer.slow_down(asked)
        assert SLOW_MM_S_MIN <= (printer.troubles.slow_mm_s or 0) <= SLOW_MM_S_MAX
        writer.write(b"\x1b@" + b"line\n" * 200)
        await until(lambda: bool(printer.slips))
        assert printer.waiting_bytes > 0

    with_a_line(talk)


def test_a_slow_printer_mended_is_fast_at_once() -> None:
    async def talk(printer: VirtualPrinter, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        printer.slow_down(SLOW_MM_S_MIN)
        writer.write(b"\x1b@" + b"line\n" * 200)
        await until(lambda: printer.waiting_bytes > 0)
        await printer.repair()
        await until(lambda: printer.waiting_bytes == 0)
        assert len(printer.slips[0].lines) == 200

    with_a_line(talk)


def test_statuses_come_late_and_as_gibberish_when_told_so() -> None:
    async def talk(printer: VirtualPrinter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        printer.garble()
        writer.write(b"\x10\x04\x01")
        assert await reader.readexactly(len(GIBBERISH[0])) == GIBBERISH[0]
        printer.garble(False)
        printer.answer_late(20)
        writer.write(b"\x10\x04\x01\x1b@\x1dr\x01")
        assert await reader.readexactly(2) == b"\x00\x12", "the proof is not late, the status is"

    with_a_line(talk)


def test_a_cleared_buffer_is_told_and_takes_nothing_of_what_follows() -> None:
    async def talk(printer: VirtualPrinter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        printer.take_paper()
        writer.write(b"\x1b@forgotten\n")
        await until(lambda: printer.waiting_bytes > 0)
        writer.write(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
        assert await reader.readexactly(3) == b"\x37\x25\x00"
        writer.write(b"\x1b@kept\n")
        await until(lambda: printer.waiting_bytes > 0)
        printer.put_in_roll()
        assert [slip.text for slip in printer.slips] == ["kept"]

    with_a_line(talk)


def test_a_job_is_named_once_it_is_on_paper_where_the_profile_says_so() -> None:
    async def talk(printer: VirtualPrinter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        printer.take_paper()
        writer.write(b"\x1b@ticket\n\x1d(H\x06\x00\x30\x300042\x10\x04\x04")
        assert await reader.readexactly(1) == b"\x7e"
        printer.put_in_roll()
        assert await reader.readexactly(7) == b"\x37\x220042\x00"

    with_a_line(talk, process_id=True)


def test_a_new_caller_gets_the_line_and_the_old_one_is_hung_up() -> None:
    async def talk(printer: VirtualPrinter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x1b@old\n\x10\x04\x01")
        await reader.readexactly(1)
        again, line = await asyncio.open_connection(HOST, printer.port)
        line.write(b"\x1b@new\n\x1dr\x01")
        assert await again.readexactly(1) == b"\x00"
        assert await reader.read() == b""
        assert [slip.text for slip in printer.slips] == ["old", "new"]
        line.close()

    with_a_line(talk)


def test_the_buffer_holds_what_the_profile_says_and_what_does_not_fit_waits_outside() -> None:
    async def talk(printer: VirtualPrinter, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        printer.take_paper()
        job = b"\x1b@" + b"".join(b"line %04d\n" % number for number in range(2_000))
        writer.write(job)
        await until(lambda: printer.waiting_bytes >= 512)
        await asyncio.sleep(0.05)
        assert printer.waiting_bytes == 512
        printer.put_in_roll()
        await until(lambda: bool(printer.slips) and len(printer.slips[0].lines) == 2_000)
        assert printer.slips[0].lines[-1] == "line 1999"

    with_a_line(talk, buffer_bytes=512)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_job_is_parted_only_where_a_question_may_stand(width: str) -> None:
    profile = load_printer(width)
    pieces = encode_in_pieces(ticket(), profile)
    parts = parts_of(pieces, PART_BYTES_MAX)
    assert b"".join(parts) == encode(ticket(), profile)
    assert len(parts) > 1
    assert all(len(part) <= PART_BYTES_MAX or part in pieces for part in parts)
    asked = b"\x1dr\x01".join(parts)
    assert asked.count(b"\x1dr\x01") == len(parts) - 1


def test_a_ticket_larger_than_the_buffer_comes_out_whole_past_an_empty_roll() -> None:
    """The data that waits leaves room for questions, so paper out is told as paper out."""

    async def scene(desk: Bench) -> None:
        desk.printer.profile = msgspec.structs.replace(desk.printer.profile, buffer_bytes=PART_BYTES_MAX)
        desk.printer.paper_ends_after(8)
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: job_id in desk.spool.asked)
        await desk.until_state(PrinterState.PAPER_OUT)
        assert desk.printer.waiting_bytes <= PART_BYTES_MAX
        desk.printer.put_in_roll()
        desk.spool.answer_no(job_id)
        await desk.until(lambda: desk.spool.done == [job_id])
        assert "9F3A C41E" in desk.printer.slips[-1].text

    on_the_bench(scene)


def test_a_slow_ticket_takes_its_time_and_is_no_reprint() -> None:
    async def talk(printer: VirtualPrinter, _: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        printer.slow_down(200)
        spool, profile = SpoolInMemory(), load_printer("virtual-58")
        supervisor = Supervisor(
            "counter",
            profile=profile,
            transport=open_transport(Tcp(HOST, printer.port), profile),
            spool=spool,
            changed=lambda _: None,
            chance=lambda: 0.5,
        )
        task = asyncio.create_task(supervisor.run())
        job_id = spool.add(1, ticket())
        await until(lambda: bool(printer.slips))
        assert printer.waiting_bytes <= PART_BYTES_MAX, "the rest waits here, not in the printer"
        await until(lambda: spool.done == [job_id])
        (slip,) = printer.slips
        assert slip.text == printed(ticket(), "virtual-58").text
        task.cancel()
        await asyncio.wait((task,))

    with_a_line(talk)
