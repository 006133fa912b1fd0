"""The devices of all units as one list: what each is, how it is, what went wrong with it in the last seven days."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

import msgspec

from firmware_profiles.firmware import FirmwareStanding, firmware_standing
from hub.runtime.hub import Hub
from hub.runtime.tenant import tenant
from hub.web.devices.words import minimum_of, profile_facts, trouble_rank
from hub.web.site.snapshot import Snapshot
from shared.domain.devices.queries_page import (
    DEVICES_READ,
    INVENTORY,
    OPENINGS_COUNTED,
    TROUBLES_COUNTED,
    TROUBLES_NOW,
    OpeningCount,
    PlacedDevice,
    TroubleCount,
    TroubleLine,
)
from shared.domain.identity.state import UnitCard
from shared.kernel.clock import DAY_MS

L = TypeVar("L", TroubleLine, TroubleCount)
DAYS = 7
"""So far back incidents are counted."""


class Device(msgspec.Struct, frozen=True):
    """A device with all that is known of it. `troubles` are open, the worst first; `counted` those of seven days.

    `opened` counts a drawer's openings in that time.

    `known` says that its unit was heard just now; else `heard_ms` is how old all this is (None: never heard of it).
    """

    card: PlacedDevice
    unit: str
    venue_id: UUID
    venue: str
    model: str
    minimum: str | None
    troubles: tuple[TroubleLine, ...]
    counted: tuple[TroubleCount, ...]
    known: bool
    heard_ms: int | None
    opened: OpeningCount | None = None

    @property
    def is_out(self) -> bool:
        """Whether somebody took it out of service, and nothing worse is to be told of it."""
        worse = any(one.trouble != "disabled" for one in self.troubles)
        return self.card.out_since_ms is not None and not worse

    @property
    def standing(self) -> FirmwareStanding:
        """Its firmware against the approved minimum."""
        return firmware_standing(self.card.firmware, self.minimum)

    @property
    def incidents(self) -> int:
        """How many began in the last seven days."""
        return sum(one.count for one in self.counted)

    @property
    def last(self) -> TroubleCount | None:
        """The kind of trouble that began last."""
        return max(self.counted, key=lambda one: one.since_ms, default=None)


async def read_inventory(hub: Hub, now: Snapshot, org_id: UUID) -> list[Device]:
    """Every device in use of every unit that is not revoked: those in trouble first, then by venue, unit and name."""
    async with tenant(hub.pool, org_id) as connection:
        await connection.execute("set transaction isolation level repeatable read read only")
        cards = await hub.many_in(connection, org_id, INVENTORY, most=DEVICES_READ)
        troubles = await hub.many_in(connection, org_id, TROUBLES_NOW)
        since_ms = now.read_ms - DAYS * DAY_MS
        counted = await hub.many_in(connection, org_id, TROUBLES_COUNTED, since_ms=since_ms)
        openings = await hub.many_in(connection, org_id, OPENINGS_COUNTED, since_ms=since_ms)
    open_of, counts_of = _by_device(troubles), _by_device(counted)
    opened_of = {(one.node_id, one.device_id): one for one in openings}
    units = {unit.unit_id: unit for unit in now.units if unit.state != "revoked"}
    found = []
    for card in cards:
        of = card.node_id, card.device_id
        if card.node_id in units:
            known = _device(now, units[card.node_id], card, open_of.get(of, []), counts_of.get(of, []))
            found.append(msgspec.structs.replace(known, opened=opened_of.get(of)))
    return sorted(found, key=_trouble_first)


def _by_device(lines: Iterable[L]) -> dict[tuple[UUID, UUID], list[L]]:
    found: dict[tuple[UUID, UUID], list[L]] = {}
    for line in lines:
        found.setdefault((line.node_id, line.device_id), []).append(line)
    return found


def _device(
    now: Snapshot, unit: UnitCard, card: PlacedDevice, troubles: list[TroubleLine], counted: list[TroubleCount]
) -> Device:
    heard, profile = now.heard.get(card.node_id), profile_facts(card)
    return Device(
        card=card,
        unit=unit.name,
        venue_id=unit.venue_id,
        venue=next((venue.name for venue in now.venues if venue.venue_id == unit.venue_id), ""),
        model=profile.title if profile else card.profile,
        minimum=minimum_of(profile),
        troubles=tuple(sorted(troubles, key=lambda one: trouble_rank(one.trouble))),
        counted=tuple(sorted(counted, key=lambda one: (-one.count, one.trouble))),
        known=heard is not None and not now.silent(card.node_id),
        heard_ms=heard.heard_ms if heard else None,
    )


def _trouble_first(device: Device) -> tuple[bool, int, str, str, str, str]:
    rank = trouble_rank(device.troubles[0].trouble) if device.troubles else 0
    card = device.card
    return (not device.troubles, rank, device.venue, device.unit, card.kind, card.name)
