"""What the hub last told of an event's total over all units."""

from uuid import UUID

import msgspec

from edge.runtime.database import Reader

HEARD = "SELECT amount_minor, own_seq, heard_ms FROM heard_total WHERE event_id = :event_id"


class Heard(msgspec.Struct, frozen=True):
    """The total in minor units, how far it includes this unit's journal, and when it was heard (ms UTC)."""

    amount_minor: int
    own_seq: int
    heard_ms: int


async def heard_total(reader: Reader, event_id: UUID) -> Heard | None:
    """The last total heard; None before the first."""
    rows = await reader.values(HEARD, {"event_id": event_id})
    return Heard(*rows[0]) if rows else None
