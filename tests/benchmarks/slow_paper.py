"""A hundred orders a second to one unit whose one printer brings out 250 mm a second: what waits is seen, none is lost.

The queue grows by far more slips than it loses, so for the length of the storm only the printer is the limit: paper
that comes out is held against the 250 mm/s. Then the printer is let go faster, lest the bench waits for minutes of
paper, and every ticket that was sold must be on it.
"""

import asyncio
from pathlib import Path

import httpx

from edge.devices.virtual.printer import VirtualPrinter
from firmware_profiles import load_printer
from tests.benchmarks.measure import Measure
from tests.benchmarks.paper import ORDERS_PER_S, PROFILE, SECONDS, WAIT_S_MAX, orders, unit_process
from tests.support.unit import PIN

MM_S = 250
REACH = 0.8
SLIPS_KEPT = 2 * ORDERS_PER_S * SECONDS
WE = (
    f"{ORDERS_PER_S} orders a second to a unit's process for {SECONDS} s, a printer of {MM_S} mm/s; paper that came out"
)
THEY = f"{MM_S} mm of paper in each of those seconds"


async def measure(folder: Path) -> list[Measure]:
    """Paper a second while the queue grows; slips that wait at its end, slips lost (0 or the bench fails)."""
    printer = VirtualPrinter(load_printer(PROFILE), slips_kept=SLIPS_KEPT)
    port = await printer.start()
    printer.slow_down(MM_S)
    await asyncio.to_thread(folder.mkdir)
    try:
        async with unit_process(folder, f"tcp:127.0.0.1:{port}") as (url, founded):
            began_s = asyncio.get_running_loop().time()
            tapped = await orders(url, founded)
            spent_s = asyncio.get_running_loop().time() - began_s
            mm_s, buffered = _millimetres(printer) / spent_s, printer.waiting_bytes
            waiting, page = await _seen(url)
            printer.slow_down(None)
            lost = await _lost(printer, set(tapped))
    finally:
        await printer.stop()
    note = (
        f"{waiting:,} of {len(tapped):,} slips waited when the orders ended, the seller's page "
        f"{'says' if 'slips wait for paper' in page else 'does NOT say'} so; {buffered:,} bytes stood in the printer; "
        f"{lost} lost"
    )
    speed = Measure(
        name=f"paper of a {MM_S} mm/s printer in a storm of orders",
        ours=mm_s,
        unit="mm/s",
        we_do=WE,
        theirs=MM_S,
        they_do=THEY,
        ratio=mm_s / MM_S,
        reach=REACH,
        note=note,
    )
    return [speed, Measure(name="tickets lost in that storm", ours=lost, unit="tickets", we_do=WE, ceiling=0)]


def _millimetres(printer: VirtualPrinter) -> float:
    return sum(slip.height_dots for slip in printer.slips) * 25.4 / printer.profile.dpi


async def _seen(url: str) -> tuple[int, str]:
    """How many slips wait, and the page that the seller looks at."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        await client.post("/api/identity/sessions", json={"name": "Mara Kovač", "pin": PIN})
        unprinted = (await client.get("/api/devices/printer")).json()["unprinted"]
        await asyncio.sleep(1)
        return unprinted, (await client.get("/sell", headers={"accept": "text/html"})).text


async def _lost(printer: VirtualPrinter, numbers: set[str]) -> int:
    """Tickets that were sold and are on no paper, when no more paper comes."""
    missing, still_s = numbers, 0.0
    while missing and still_s < WAIT_S_MAX:
        await asyncio.sleep(0.5)
        text = "\n".join(slip.text for slip in printer.slips)
        left = {number for number in numbers if number not in text}
        still_s = 0.0 if len(left) < len(missing) else still_s + 0.5
        missing = left
    return len(missing)
