"""From the scanner's line to the page that is open: a unit's own process, a scanner on a serial line, a live line."""

import asyncio
import os
import pty
import time
from pathlib import Path

import httpx

from tests.benchmarks.measure import Measure, percentile
from tests.benchmarks.paper import unit_process
from tests.support.unit import PIN

SCANS = 200
GAP_S = 0.05
MS_MAX = 100.0
WAIT_S_MAX = 30.0
PAGE = "b" * 32
WE = "a frame of 23 bytes to a pseudo-terminal; ends when its event is read from the page's live line over HTTP"


async def measure(folder: Path) -> list[Measure]:
    """The p99 (and p50) of line to page."""
    scanner, port = pty.openpty()
    await asyncio.to_thread(folder.mkdir)
    try:
        line = f"serial:{os.ttyname(port)}@115200"
        async with unit_process(folder, "none", "--scanners", line) as (url, _):
            spent = await _scans(url, scanner)
    finally:
        os.close(scanner)
        os.close(port)
    p99 = percentile(spent, 0.99)
    note = f"p50 {percentile(spent, 0.5):.1f} ms, slowest {max(spent):.1f} ms over {len(spent)} of {SCANS} scans"
    return [Measure(name="scan to open page, p99", ours=p99, unit="ms", we_do=WE, ceiling=MS_MAX, note=note)]


async def _scans(url: str, scanner: int) -> list[float]:
    """Milliseconds of each scan that came."""
    sent: dict[str, float] = {}
    spent: list[float] = []
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=WAIT_S_MAX) as client:
        await client.post("/api/identity/sessions", json={"name": "Mara Kovač", "pin": PIN})
        async with client.stream("GET", "/live", params={"page": PAGE}) as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            sending = asyncio.create_task(_send(scanner, sent))
            async with asyncio.timeout(WAIT_S_MAX + SCANS * GAP_S):
                async for line in lines:
                    now = time.perf_counter()
                    spent += [(now - began) * 1_000 for text, began in sent.items() if text in line]
                    if len(spent) == SCANS:
                        break
            await sending
    return spent


async def _send(scanner: int, sent: dict[str, float]) -> None:
    for number in range(SCANS):
        await asyncio.sleep(GAP_S)
        text = f"7K3M9QWXC2V8N4PR{number:05d}"
        sent[text] = time.perf_counter()
        os.write(scanner, f"{text}\r\n".encode())
