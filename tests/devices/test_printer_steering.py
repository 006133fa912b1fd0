"""A printer that cannot say how it is or prove a ticket is refused at the start; all others print and prove."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from edge.devices.lines.address import Tcp
from edge.devices.lines.opening import open_transport
from edge.devices.status import PrinterState
from edge.devices.steering import PrinterNotSteered, missing, steered_names
from edge.devices.supervisor import Supervisor
from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.runtime.first_devices import first_device
from edge.runtime.settings import Settings
from firmware_profiles import PrinterProfile, load_printer, printer_names
from tests.devices.bench import QUICK, Bench, SpoolInMemory
from tests.devices.slips import TICKET, ticket

REAL = "epson-tm-t20ii, epson-tm-t88iii, epson-tm-t88iv, epson-tm-t88v, epson-tm-t88vi, epson-tm-t88vii"


async def prints_and_proves(profile: PrinterProfile) -> None:
    """One ticket, once, with its proof; the printer is ready after it."""
    printer, spool = VirtualPrinter(profile), SpoolInMemory()
    supervisor = Supervisor(
        "receipt",
        profile=profile,
        transport=open_transport(Tcp(HOST, await printer.start()), profile),
        spool=spool,
        changed=lambda _status: None,
        chance=lambda: 0.5,
        pace=QUICK,
    )
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
    """What a new unit does with the printer of its settings, and then with the first ticket."""
    settings = Settings(folder=Path("none"), printer=printer, printer_profile=profile)
    first = first_device(settings, uuid4())
    assert first is not None
    if first.line == "virtual":
        await prints_and_proves(load_printer(first.profile))


def refusal_of(profile: str, printer: str = "virtual") -> str:
    """The sentence by which the start is refused."""
    with pytest.raises(PrinterNotSteered) as refused:
        asyncio.run(begin(profile, printer))
    return str(refused.value)


@pytest.mark.parametrize("name", printer_names())
def test_every_printer_prints_and_proves_or_is_refused_with_what_is_missing(name: str) -> None:
    profile = load_printer(name)
    if profile.status in ("dle-eot", "asb") and (profile.proof == "gs-r" or profile.process_id):
        asyncio.run(begin(name))
        return
    sentence = refusal_of(name)
    assert f"“{name}” cannot be steered safely" in sentence
    assert ("its status is" in sentence) is (profile.status not in ("dle-eot", "asb"))
    assert ("its proof is" in sentence) is not (profile.proof == "gs-r" or bool(profile.process_id))
    assert f"with its profile: {REAL}, virtual-58, virtual-80." in sentence


def test_the_sentence_says_which_fact_is_missing_and_what_to_take_instead() -> None:
    assert refusal_of("citizen-ct-s310ii", "tcp:127.0.0.1:9100") == (
        "The printer of the profile “citizen-ct-s310ii” cannot be steered safely by this version: its proof is "
        "unknown, and that a ticket came out is proved by gs-r, or by process_id. "
        f"Take a printer that can be, with its profile: {REAL}. "
        "Or write none for the printer: tickets are then kept, not printed."
    )
    assert "its proof is unknown" in refusal_of("bixolon-srp-350")
    assert "its status is unknown, and the driver learns of paper and cover by dle-eot or asb" in refusal_of(
        "generic-80"
    )


@pytest.mark.parametrize("virtual", [True, False])
def test_what_to_take_instead_can_be_taken(virtual: bool) -> None:
    names = steered_names(virtual=virtual)
    assert names
    assert not [name for name in names if missing(load_printer(name))]
    for name in names:
        asyncio.run(begin(name, "virtual" if virtual else "tcp:127.0.0.1:9100"))
