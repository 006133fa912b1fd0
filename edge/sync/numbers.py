"""When a unit asks for draw numbers: early, while there is still enough to sell (design §2, low-water refill)."""

from uuid import UUID

import msgspec

from edge.runtime.database import Reader
from shared.domain.raffle.commands import TakeLease
from shared.domain.raffle.queries import PACKAGES
from shared.domain.raffle.queries_page import EVENTS, NUMBERS_LEFT
from shared.journal.entry import Owner
from shared.kernel.ids import derived_id
from shared.sync.lease import read_lease

LOW_WATER_PERCENT = 25
LOW_WATER_PACKAGES = 2
"""A lease may be smaller than the largest package; a unit keeps enough for two of those at least."""
MINE = "org_id = :org_id AND node_id = :node_id AND epoch = :epoch AND branch = :branch"
TAKEN = (
    f"SELECT (SELECT count(*) FROM raffle_lease_taken WHERE {MINE} AND event_id = :event_id), "
    f"coalesce((SELECT seq FROM checkpoint WHERE {MINE}), 0)"
)
"""In one reading: a purge in between would tell the rows from before it and the beginning from after it."""


class Want(msgspec.Struct, frozen=True):
    """Numbers of an event are running low; `request` is the same until the lease is in the journal."""

    event_id: UUID
    request: UUID


async def wanted_numbers(reader: Reader, owner: Owner, now_ms: int) -> list[Want]:
    """The running events whose numbers here are below the low-water mark."""
    wants: list[Want] = []
    for event in await reader.many(EVENTS):
        if event.state != "active" or event.sales_close_ms <= now_ms:
            continue
        numbers = await reader.one(NUMBERS_LEFT, event_id=event.event_id)
        left = numbers.left if numbers else 0
        largest = max((one.ticket_count for one in await reader.many(PACKAGES, event_id=event.event_id)), default=0)
        if left * 100 < event.lease_count * LOW_WATER_PERCENT or left < largest * LOW_WATER_PACKAGES:
            params = {**msgspec.structs.asdict(owner), "event_id": event.event_id}
            [(count, begins)] = await reader.values(TAKEN, params)
            wants.append(Want(event.event_id, request_id(owner, event.event_id, count=count, begins=begins)))
    return wants


def request_id(owner: Owner, event_id: UUID, *, count: int, begins: int) -> UUID:
    """A request's id, when `count` leases of the event are kept in a journal that begins behind `begins`.

    A purge takes a training event's leases away and the count falls: without the place where the journal begins, an
    id that was answered long ago would come again, and with it numbers that were sold.
    """
    word = f"lease {owner.node_id} {owner.epoch} {count}"
    return derived_id(event_id, f"{word} {begins}" if begins else word)


def lease_order(data: bytes, owner: Owner, *, granter_key: bytes) -> TakeLease:
    """The order that takes a lease into the journal of `owner`; BadSignature when it is not for it."""
    document = read_lease(data, granter_key=granter_key, holder=owner.node_id, epoch=owner.epoch)
    return TakeLease(
        command_id=derived_id(document.lease, "take"),
        lease_id=document.lease,
        event_id=document.event,
        granter_id=document.granter,
        first=document.first,
        last=document.last,
        document=data,
    )
