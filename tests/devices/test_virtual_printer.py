"""The virtual printer takes bytes as a real one does: in any pieces, from any sender, with orders that overtake."""

import asyncio
import random

import pytest

from edge.devices.encoder import encode
from edge.devices.virtual.printer import VirtualPrinter
from edge.devices.virtual.tokens import Letters, Order, next_token
from firmware_profiles import ProfileInvalid, ProfileUnknown, load_printer, printer_names
from firmware_profiles.shelf import over
from tests.devices.slips import WIDTHS, paper_of, printed, ticket
from tests.support.limits import WAIT_S_MAX


@pytest.mark.parametrize("width", WIDTHS)
def test_a_job_in_many_pieces_is_the_same_paper(width: str) -> None:
    async def scene() -> bytes:
        printer = VirtualPrinter(load_printer(width))
        _, writer = await asyncio.open_connection("127.0.0.1", await printer.start())
        data, chance = encode(ticket(), load_printer(width)), random.Random(5)
        while data:
            size = chance.randint(1, 400)
            writer.write(data[:size])
            await writer.drain()
            await asyncio.sleep(0)
            data = data[size:]
        writer.close()
        await asyncio.sleep(0.05)
        await printer.stop()
        return printer.slips[0].png()

    assert asyncio.run(scene()) == printed(ticket(), width).png()


def test_status_is_answered_past_a_full_buffer_and_a_status_order_cut_in_two() -> None:
    async def scene() -> bytes:
        printer = VirtualPrinter(load_printer("virtual-58"))
        reader, writer = await asyncio.open_connection("127.0.0.1", await printer.start())
        printer.take_paper()
        writer.write(b"Hello\n" * 50 + b"\x10")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b"\x04\x04")
        async with asyncio.timeout(WAIT_S_MAX):
            answer = await reader.read(1)
        writer.close()
        await printer.stop()
        return answer

    assert asyncio.run(scene()) == b"\x7e"


def test_other_senders_orders_are_read_whole() -> None:
    stream = (
        b"\x1b!\x30Big\n\x1b*\x21\x02\x00abcdef\x1dk\x04CODE\x00\x1dh\x40\x1bp\x00\x19\xfa\x1dV\x41\x03\x1dV\x00End\n"
    )
    buffer, tokens = bytearray(stream), []
    while (token := next_token(buffer)) is not None:
        tokens.append(token)
    assert [token.text for token in tokens if isinstance(token, Letters)] == [b"Big", b"End"]
    assert Order(b"\x1dk", b"\x04CODE\x00") in tokens
    assert "Big\nCODE\nEnd" in paper_of(stream, "virtual-58").text, "a printer without bars prints what they say"


def test_random_bytes_do_no_harm_to_the_printer() -> None:
    chance = random.Random(11)

    async def scene() -> None:
        printer = VirtualPrinter(load_printer("virtual-80"))
        port = await printer.start()
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(chance.randbytes(2_000))
            await writer.drain()
            writer.close()
        await asyncio.sleep(0.1)
        await printer.stop()
        assert len(printer.slips) <= 24

    asyncio.run(scene())


def test_a_slip_is_found_by_its_number_while_it_is_kept() -> None:
    async def scene() -> None:
        seen: list[int] = []
        printer = VirtualPrinter(load_printer("virtual-80"), changed=lambda: seen.append(1))
        _, writer = await asyncio.open_connection("127.0.0.1", await printer.start())
        writer.write(encode(ticket(), printer.profile))
        await writer.drain()
        await asyncio.sleep(0.05)
        (slip,) = printer.slips
        assert slip.finished
        assert printer.slip(slip.number) is slip
        assert printer.slip(999) is None
        assert seen
        writer.close()
        await printer.stop()

    asyncio.run(scene())


def test_every_profile_can_be_read_and_names_its_sources() -> None:
    assert set(WIDTHS) <= set(printer_names())
    for name in printer_names():
        profile = load_printer(name)
        assert profile.name == name
        assert profile.sources
    for name in WIDTHS:
        assert "€".encode(load_printer(name).code_page.codec)
    assert (load_printer("virtual-58").columns, load_printer("virtual-80").columns) == (32, 48)


def test_a_profile_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ProfileUnknown, match="virtual-58"):
        load_printer("no-such-printer")
    assert issubclass(ProfileInvalid, ValueError)
    assert over({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}) == {"a": {"b": 3, "c": 2}}
