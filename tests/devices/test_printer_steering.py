"""A printer that cannot say how it is or prove a ticket is refused at the start; all others print and prove."""

import asyncio
from pathlib import Path

import pytest

from edge.devices.status import PrinterState
from edge.devices.steering import PrinterNotSteered, missing, steered_names
from edge.devices.supervisor import Supervisor
from edge.devices.virtual.printer import VirtualPrinter
from edge.runtime.changes import Changes
from edge.runtime.printing import start_printing
from edge.runtime.settings import Settings
from edge.runtime.world import World
from firmware_profiles import load_printer, printer_names
from tests.devices.bench import QUICK, Bench, SpoolInMemory
from tests.devices.slips import TICKET, ticket
from tests.support.clock import HandClock

WORLD = World(clock=HandClock(), jitter=lambda: 0.5, printer_pace=QUICK)
REAL = "epson-tm-t88iii, epson-tm-t88iv, epson-tm-t88v, epson-tm-t88vi, epson-tm-t88vii"


async def prints_and_proves(supervisor: Supervisor, printer: VirtualPrinter, spool: SpoolInMemory) -> None:
    """One ticket, once, with its proof; the printer is ready after it."""
    desk, task = Bench(printer, supervisor, spool), asyncio.create_task(supervisor.run())
    try:
        job_id = spool.add(1, ticket())
        await desk.until(lambda: spool.done == [job_id])
        (slip,) = printer.slips
        assert TICKET.chain_piece in slip.text
        assert "REPRINT" not in slip.text
        await desk.until_state(PrinterState.READY)
        assert not spool.asked
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await printer.stop()


async def begin(profile: str, printer: str = "virtual") -> None:
    """What a unit does with its printer at its start, and then with the first ticket."""
    spool = SpoolInMemory()
    settings = Settings(folder=Path("none"), printer=printer, printer_profile=profile)
    printing = await start_printing(settings, spool, Changes(), WORLD)
    assert printing.supervisor is not None
    if printing.virtual is not None:
        await prints_and_proves(printing.supervisor, printing.virtual, spool)


def refusal_of(profile: str, printer: str = "virtual") -> str:
    """The sentence by which the start is refused."""
    with pytest.raises(PrinterNotSteered) as refused:
        asyncio.run(begin(profile, printer))
    return str(refused.value)


@pytest.mark.parametrize("name", printer_names())
def test_every_printer_prints_and_proves_or_is_refused_with_what_is_missing(name: str) -> None:
    profile = load_printer(name)
    if profile.status == "dle-eot" and profile.proof == "gs-r":
        asyncio.run(begin(name))
        return
    sentence = refusal_of(name)
    assert f"“{name}” cannot be steered safely" in sentence
    assert ("its status is" in sentence) is (profile.status != "dle-eot")
    assert ("its proof is" in sentence) is (profile.proof != "gs-r")
    assert f"with its profile: {REAL}, virtual-58, virtual-80." in sentence


def test_the_sentence_says_which_fact_is_missing_and_what_to_take_instead() -> None:
    assert refusal_of("citizen-ct-s310ii", "tcp:127.0.0.1:9100") == (
        "The printer of the profile “citizen-ct-s310ii” cannot be steered safely by this version: its status is asb, "
        "and the driver asks for paper and cover by dle-eot; its proof is unknown, "
        "and that a ticket came out is proved by gs-r. "
        f"Take a printer that can be, with its profile: {REAL}. "
        "Or write none for the printer: tickets are then kept, not printed."
    )
    assert "its proof is unknown" in refusal_of("bixolon-srp-350")
    assert "its status is unknown" in refusal_of("generic-80")


@pytest.mark.parametrize("virtual", [True, False])
def test_what_to_take_instead_can_be_taken(virtual: bool) -> None:
    names = steered_names(virtual=virtual)
    assert names
    assert not [name for name in names if missing(load_printer(name))]
    for name in names:
        asyncio.run(begin(name, "virtual" if virtual else "tcp:127.0.0.1:9100"))
