"""What the hub and the units' journals hold, read for the comparison: over the hub's API, and from exported files."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from shared.demo.processes import Children
from shared.demo.script.tally import CLASSES, HubBooks, JournalBooks, Sale, joined
from shared.demo.script.together import together
from shared.demo.setting import Stage

MOST = 1_000
AT_ONCE = 2
MAGIC = b"tillhouse archive 1\n"
ENDING_BYTES = 48
"""Behind the array: the digest and the last line (docs/guides/check-a-journal.md)."""
TYPE, BODY = 6, 16
"""Places in an entry's envelope (docs/decisions/0003-bytes-of-an-entry.md)."""


async def hub_books(stage: Stage, event_id: str) -> HubBooks:
    """Sale by sale, number by number; disputed money is money that the hub knows of, and stands in the total."""
    lines = await _ranges(stage, event_id)
    sales: dict[UUID, list[dict[str, Any]]] = {}
    for line in lines:
        sales.setdefault(UUID(line["sale_id"]), []).append(line)
    totals = await stage.ask("GET", "/api/raffle/totals")
    numbers = await stage.ask("GET", "/api/raffle/numbers")
    cases = await stage.ask("GET", "/api/cases", state="open")
    here = [one for one in totals["events"] if one["event_id"] == event_id]
    return HubBooks(
        sales=tuple(
            Sale(
                sale_id,
                joined((part["first"], part["last"]) for part in parts),
                parts[0]["amount_minor"],
                parts[0]["is_void"],
            )
            for sale_id, parts in sales.items()
        ),
        disputed=frozenset(sale_id for sale_id, parts in sales.items() if parts[0]["is_disputed"]),
        leased=sum(one["leased"] for one in numbers),
        numbers={name: sum(one[name] for one in numbers) for name in CLASSES},
        total_minor=sum(one["amount_minor"] + one["disputed_minor"] for one in here),
        open_cases=len(cases),
    )


async def _ranges(stage: Stage, event_id: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        page = await stage.ask("GET", f"/api/raffle/events/{event_id}/ranges", most=MOST, **more)
        lines += page
        if len(page) < MOST:
            return lines
        more = {"after": page[-1]["first"], "after_sale": page[-1]["sale_id"]}


async def hub_key(stage: Stage) -> str:
    """The hub's public Ed25519 key, in hexadecimal."""
    return str((await stage.ask("GET", "/api/identity/hub"))["sign_key"])


async def export_journals(
    children: Children, units: Sequence[tuple[str, Path]], into: Path, done: Callable[[], None] = lambda: None
) -> list[Path]:
    """The whole journal of each (name, folder), as a file of that name; a few at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def export(name: str, folder: Path) -> Path:
        file = into / f"{name}.journal"
        async with turn:
            await children.run("edge", "export", "--journal", "--folder", str(folder), str(file))
        done()
        return file

    return await together(export(name, folder) for name, folder in units)


async def journal_books(children: Children, files: Sequence[Path], key: str) -> JournalBooks:
    """What the verifier says of the files, and the sales in them."""
    code, out, err = await children.ask("verify", "journal", "--json", "--hub-key", key, *map(str, files))
    try:
        said = json.loads(out)
    except ValueError:
        said = {"bad": [{"file": "the journals", "problem": err.strip() or f"the verifier ended with {code}"}]}
    return JournalBooks(
        sales=journal_sales([file.read_bytes() for file in files]),
        bad=tuple(f"the verifier says of {one['file']}: {one['problem']}" for one in said["bad"]),
        orders=said.get("orders", 0),
        voided_orders=said.get("voided_orders", 0),
        numbers={name: said.get(f"numbers_{name}", 0) for name in ("leased", *CLASSES) if name != "quarantined"},
        total_minor=said.get("USD_minor", 0),
    )


def journal_sales(archives: Sequence[bytes]) -> tuple[Sale, ...]:
    """Every sale in these files, once; whether the files are true is the verifier's question."""
    sales: dict[UUID, Sale] = {}
    undone: set[UUID] = set()
    for data in archives:
        _, journals = msgspec.msgpack.decode(data[len(MAGIC) : -ENDING_BYTES])
        for entry in (entry for journal in journals for entry in journal[6]):
            envelope = msgspec.msgpack.decode(entry)
            body = envelope[BODY]
            if envelope[TYPE] == "raffle.tickets_sold":
                ranges = joined((one["first"], one["last"]) for one in body["ranges"])
                sale_id = UUID(bytes=body["sale_id"])
                sales[sale_id] = Sale(sale_id, ranges, body["amount_minor"])
            elif envelope[TYPE] == "raffle.sale_voided":
                undone.add(UUID(bytes=body["sale_id"]))
    return tuple(msgspec.structs.replace(sale, void=sale.sale_id in undone) for sale in sales.values())
