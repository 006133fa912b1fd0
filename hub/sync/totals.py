"""Totals over all units of an organisation, read at most once a second a process, for every viewer (design §3)."""

import asyncio
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from shared.domain.raffle.queries_page import EVENT_TOTALS, EventTotal

FRESH_NS = 1_000_000_000


class Totals(msgspec.Struct, frozen=True):
    """Event totals, and how far each journal (node, epoch) is in them; one reading, one moment."""

    events: list[EventTotal]
    seqs: dict[tuple[UUID, int], int]
    read_ns: int


class TotalsBoard:
    """The last reading of each organisation."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._read: dict[UUID, Totals] = {}
        self._locks: dict[UUID, asyncio.Lock] = {}

    async def totals(self, org_id: UUID) -> Totals:
        """The totals, not older than a second; many askers cause one reading."""
        async with self._locks.setdefault(org_id, asyncio.Lock()):
            now_ns = self._hub.clock.now().monotonic_ns
            last = self._read.get(org_id)
            if last is None or now_ns - last.read_ns >= FRESH_NS:
                last = self._read[org_id] = await self._fresh(org_id, now_ns)
            return last

    async def _fresh(self, org_id: UUID, now_ns: int) -> Totals:
        async with self._hub.bus.tenant(org_id) as connection:
            await connection.execute("set transaction isolation level repeatable read")
            cursor = await connection.execute("select node_id, epoch, seq from journal.head where branch = 0")
            seqs = {(row[0], row[1]): row[2] for row in await cursor.fetchall()}
            events = await self._hub.many_in(connection, org_id, EVENT_TOTALS)
        return Totals(events, seqs, now_ns)
