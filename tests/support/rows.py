"""Rows of a unit's journal at the hub as ingest would leave them, where a test is about reading, not about sync."""

from typing import Any
from uuid import UUID, uuid4

from hub.runtime.tenant import tenant
from shared.domain.raffle.rows import LeaseTakenRow, RangeRow, SaleRow
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.kernel.codec import encode
from shared.pipeline.changes import Put, Row
from shared.pipeline.postgres_applier import apply
from shared.sync.protocol import UnitReport
from tests.support.hub import RunningHub


async def a_sale(
    running: RunningHub,
    org_id: UUID,
    *,
    unit: Keys,
    event_id: UUID,
    seller_id: UUID,
    seq: int = 2,
    first: int = 100_001,
) -> dict[str, Any]:
    """Ten tickets for 10.00 in cash, sold now by the unit out of a lease of its own."""
    owner = Owner(org_id, unit.node_id, 1)
    number = f"{unit.node_id.hex[-12:]}{seq:09d}".upper()
    sale = SaleRow(
        owner=owner,
        seq=seq,
        sale_id=uuid4(),
        event_id=event_id,
        package_id=uuid4(),
        seller_id=seller_id,
        ticket_count=10,
        amount_minor=1_000,
        currency="USD",
        tender="cash",
        received_minor=1_000,
        reference="",
        validation_number=number,
        sold_ms=running.clock.wall_ms,
        chain="9F3A C41E",
    )
    lease_id = uuid4()
    async with tenant(running.hub.pool, org_id) as connection:
        await apply(connection, map(Put, (sale, *_numbers(sale, lease_id, running.hub.node_id, first))))
    named = {"sale_id": sale.sale_id, "lease_id": lease_id, "package_id": sale.package_id}
    return {**named, "seq": seq, "first": first, "validation_number": number}


def _numbers(sale: SaleRow, lease_id: UUID, granter_id: UUID, first: int) -> tuple[Row, Row]:
    """A lease of exactly the sale's numbers, and their range."""
    last = first + sale.ticket_count - 1
    taken = LeaseTakenRow(
        owner=sale.owner,
        lease_id=lease_id,
        event_id=sale.event_id,
        granter_id=granter_id,
        first_number=first,
        last_number=last,
        document=b"",
    )
    sold = RangeRow(
        owner=sale.owner,
        lease_id=lease_id,
        lease_first=first,
        lease_last=last,
        first_number=first,
        last_number=last,
        event_id=sale.event_id,
        sale_seq=sale.seq,
    )
    return taken, sold


async def a_report(running: RunningHub, unit: Keys, **said: Any) -> None:
    """The unit's report, heard now."""
    told: dict[str, Any] = {
        "wall_ms": running.clock.wall_ms, "tip_seq": 2, "waiting": 0, "printer": "ready", "battery_percent": 82,
        "numbers_left": 1_500, "seller": "Mara Kovač",
    }  # fmt: skip
    async with tenant(running.hub.pool, running.org_id) as connection:
        await connection.execute(
            "insert into sync.unit_report (org_id, node_id, heard_ms, report) values (%s, %s, %s, %s) "
            "on conflict (org_id, node_id) do update set heard_ms = excluded.heard_ms, report = excluded.report",
            (running.org_id, unit.node_id, running.clock.wall_ms, encode(UnitReport(**(told | said)))),
        )
