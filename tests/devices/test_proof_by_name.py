"""A printer that names what it printed (`GS ( H`): no noise and no other unit's proof is taken for a ticket's."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from edge.devices.lines.address import Tcp
from edge.devices.lines.conversation import FIRST_LETTER, LETTERS, new_name
from edge.devices.lines.opening import open_transport
from edge.devices.lines.transport import Transport
from edge.devices.virtual.printer import HOST, VirtualPrinter
from firmware_profiles import load_printer
from tests.devices.peers import PATIENT, run, until

NAMED = msgspec.structs.replace(load_printer("virtual-58"), proof="none", process_id=True)
SOON_MS, LONG_MS = 100, 20_000


class Talkative(VirtualPrinter):
    """A virtual printer that says what nobody asked."""

    def say(self, data: bytes) -> None:
        self._say(data)


def with_line(scene: Callable[[Talkative, Transport], Awaitable[None]]) -> None:
    """A printer that proves by name alone, and the line to it."""

    async def play() -> None:
        printer = Talkative(NAMED)
        transport = open_transport(Tcp(HOST, await printer.start()), NAMED, PATIENT)
        try:
            await transport.open()
            await scene(printer, transport)
        finally:
            await transport.close()
            await printer.stop()

    run(play())


def test_a_ticket_is_proved_by_its_name_and_not_before_it_is_on_paper() -> None:
    async def scene(printer: Talkative, transport: Transport) -> None:
        printer.take_paper()
        await transport.send(b"\x1b@ticket\n")
        await transport.ask_proof()
        assert not await transport.proved(within_ms=SOON_MS)
        assert not (await transport.status()).prints
        printer.put_in_roll()
        assert await transport.proved(within_ms=LONG_MS)
        assert not await transport.proved(within_ms=SOON_MS), "a proof counts once"
        assert "ticket" in printer.slips[0].text

    with_line(scene)


@pytest.mark.parametrize("other", [b"\x00", b"\x37\x220042\x00", b"\x37\x25\x00", b"\x37\x37\x22", b"\x5fEPSON\x00"])
def test_what_is_not_its_name_proves_nothing_and_hides_no_proof(other: bytes) -> None:
    async def scene(printer: Talkative, transport: Transport) -> None:
        printer.take_paper()
        await transport.send(b"\x1b@ticket\n")
        await transport.ask_proof()
        await until(lambda: printer.waiting_bytes > 0)
        printer.say(other)
        assert not await transport.proved(within_ms=SOON_MS)
        printer.put_in_roll()
        assert await transport.proved(within_ms=LONG_MS)

    with_line(scene)


def test_a_name_is_of_letters_that_printers_take() -> None:
    names = {new_name() for _ in range(200)}
    assert len(names) > 190
    assert all(len(name) == 4 for name in names)
    assert all(FIRST_LETTER <= letter < FIRST_LETTER + LETTERS for name in names for letter in name)


def test_the_proof_that_was_asked_for_before_is_not_taken_for_the_next() -> None:
    async def scene(printer: Talkative, transport: Transport) -> None:
        printer.take_paper()
        await transport.ask_proof()
        await until(lambda: printer.waiting_bytes > 0)
        first = bytes(printer.received[-11:])
        await transport.ask_proof()
        await until(lambda: bytes(printer.received[-11:]) != first)
        printer.put_in_roll()
        assert await transport.proved(within_ms=LONG_MS)
        assert not await transport.proved(within_ms=SOON_MS)

    with_line(scene)
