"""Hub ingest over HTTP: verify, raw journal, rows, cursor; against a superuser's COPY of the same rows.

The hub is a process of its own with its embedded Postgres; the nodes run in this process, on the same cores. What the
nodes upload was sold before by the real writer; the superuser (who exists for this bench only, and whom row-level
security does not bind) then copies the very same rows into the very same tables, constraints and triggers in place.
"""

import asyncio
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from edge.sync.hub_client import HubClient
from shared.journal.bundle import pack
from shared.journal.chain import Tip, entry_hash
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.sync.protocol import Hello
from tests.benchmarks.measure import Measure
from tests.benchmarks.selling import selling_unit

BUNDLE_ENTRIES = 1_000
COPY_ROWS = 1_000
TABLES = ("journal.entry", "raffle.raffle_sale", "raffle.raffle_range")
WE = "8 nodes or 1 over HTTP: session, zstd, chain, signature, raw journal, sale and range rows under RLS, cursor"
THEY = f"superuser's COPY of the same rows into the same tables, all constraints, {COPY_ROWS} a commit"


class Node(msgspec.Struct, frozen=True):
    """A node with a journal to upload."""

    keys: Keys
    owner: Owner
    bundles: list[bytes]
    facts: int


class HubProcess(msgspec.Struct, frozen=True):
    """A running hub: where it is, which process, its public key, and the superuser's way into its database."""

    url: str
    tls: ssl.SSLContext | None
    pid: int
    sign_key: bytes
    superuser: Callable[[], "psycopg.Connection[Any]"]


async def journal(folder: Path, keys: Keys, org_id: UUID, facts: int) -> Node:
    """Sell `facts` sales on a unit of its own and pack them as bundles, lease first."""
    owner = Owner(org_id, keys.node_id, 1)
    unit = await selling_unit(folder / f"{keys.node_id}.db", lambda _: {}, owner)
    entries: list[bytes] = []
    await asyncio.gather(*(_sell(unit, facts // 16) for _ in range(16)))
    rows = await unit.writer.write(lambda db: db.execute("SELECT data FROM journal_entry ORDER BY seq").fetchall())
    entries = [row[0] for row in rows]
    unit.writer.close()
    key = keys.node_key()
    bundles = []
    for first in range(0, len(entries), BUNDLE_ENTRIES):
        run = entries[first : first + BUNDLE_ENTRIES]
        bundles.append(pack(owner, first + 1, run, Tip(first + len(run), entry_hash(run[-1])), key))
    return Node(keys, owner, bundles, len(entries))


async def _sell(unit: Any, count: int) -> None:
    for _ in range(count):
        await unit.writer.handle(unit.order())


async def upload(hub: HubProcess, node: Node) -> None:
    """Say hello and push every bundle, one in flight."""
    client = HubClient(hub.url, node.owner.node_id, node.keys.node_key(), hub.sign_key, hub.tls)
    owner = node.owner

    def make(challenge: bytes) -> Hello:
        return Hello(
            challenge=challenge, org=owner.org_id, node=owner.node_id, epoch=1, seq=node.facts, hash=b"",
            generation=0, position=0,
        )  # fmt: skip

    await client.hello(make)
    for bundle in node.bundles:
        await client.push(bundle)
    await client.close()


async def ours(hub: HubProcess, nodes: list[Node]) -> tuple[float, float]:
    """Facts a second, and CPU-ms a fact of the hub's process."""
    cpu = _cpu_seconds(hub.pid)
    began = time.perf_counter()
    await asyncio.gather(*(upload(hub, node) for node in nodes))
    spent = time.perf_counter() - began
    facts = sum(node.facts for node in nodes)
    return facts / spent, (_cpu_seconds(hub.pid) - cpu) * 1_000 / facts


def theirs(hub: HubProcess, nodes: list[Node]) -> float:
    """Facts a second of plain COPY: take the uploaded rows out of the tables and copy them in again."""
    ids = [node.owner.node_id for node in nodes]
    with hub.superuser() as db:
        chunks = _take_out(db, ids)
        began = time.perf_counter()
        for per_table in chunks:
            with db.transaction(), db.cursor() as cursor:
                for table, data in per_table:
                    with cursor.copy(f"copy {table} from stdin") as copy:
                        copy.write(data)
        spent = time.perf_counter() - began
    return sum(node.facts for node in nodes) / spent


def _take_out(db: "psycopg.Connection[Any]", ids: list[UUID]) -> list[list[tuple[str, bytes]]]:
    """The rows of these nodes as COPY text, in chunks of a commit; then deleted from the tables."""
    order = {"journal.entry": "seq", "raffle.raffle_sale": "seq", "raffle.raffle_range": "sale_seq"}
    lines: dict[str, list[bytes]] = {}
    for table in TABLES:
        mine = f"node_id = any('{{{','.join(map(str, ids))}}}')"
        text = f"copy (select * from {table} where {mine} order by node_id, {order[table]}) to stdout"
        with db.cursor() as cursor, cursor.copy(text) as copy:
            lines[table] = b"".join(bytes(block) for block in copy).splitlines(keepends=True)
    for table in reversed(TABLES):
        db.execute(f"delete from {table} where node_id = any(%s)", [ids])
    db.execute("vacuum analyze journal.entry")
    db.execute("vacuum analyze raffle.raffle_sale")
    db.execute("vacuum analyze raffle.raffle_range")
    most = max(map(len, lines.values()))
    return [
        [(table, b"".join(rows[at : at + COPY_ROWS])) for table, rows in lines.items()]
        for at in range(0, most, COPY_ROWS)
    ]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(hub: HubProcess, make: Callable[[int], Awaitable[list[Node]]]) -> list[Measure]:
    """Both lines: one node and eight; `make(count)` gives fresh registered nodes with journals to upload."""
    measures = []
    for count in (1, 8):
        nodes = await make(count)
        rate, cpu_ms = await ours(hub, nodes)
        copied = await asyncio.to_thread(theirs, hub, nodes)
        measures.append(
            Measure(
                name=f"hub ingest, {count} node{'s' if count > 1 else ''}",
                ours=rate,
                unit="facts/s",
                we_do=WE,
                theirs=copied,
                they_do=THEY,
                ratio=rate / copied,
                reach=0.4,
                floor=10_000,
                note=f"{cpu_ms:.3f} CPU-ms a fact in the hub's process",
            )
        )
    return measures
