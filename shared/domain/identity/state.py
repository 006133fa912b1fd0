"""The role catalogue, one for both sides, and what identity decides on."""

from uuid import UUID

import msgspec

from shared.domain.identity.errors import HubRecovering

ROLES = ("owner", "admin", "manager", "supervisor", "seller", "dealer", "auditor")
UNIT_KINDS = ("venue", "rsu")
SELLS = frozenset({"owner", "admin", "manager", "supervisor", "seller"})
ON_HANDHELDS = frozenset({"supervisor", "seller"})
RUNS_EVENTS = frozenset({"owner", "admin", "manager"})
HIRES = frozenset({"owner", "admin", "manager"})
SUPERVISES = frozenset({"owner", "admin", "manager", "supervisor"})
CLOCK_HOLD = "clock"
"""The cause under which a jumped clock stops an edge (`edge/runtime/holds.py`)."""
PIN_DIGITS = 6
KEY_BYTES = 32
DIGEST_BYTES = 32
STOPPED_EPOCHS = frozenset({"forked", "behind"})
OVER = STOPPED_EPOCHS | {"superseded", "revoked"}
"""States after which an epoch sells no more, whatever happens."""
EPOCHS_A_HUB_EPOCH = 100
"""So many epochs of one unit fit into one epoch of the hub, so that none bears the number of one that it forgot."""
REASON_LETTERS_MAX = 200
DAY_MINUTES = 24 * 60
LICENCE_LINES_MAX = 4
RESPONSIBLE_LETTERS_MAX = 200


class Standing(msgspec.Struct, frozen=True):
    """One person's standing: role and whether they still work here."""

    staff_id: UUID
    role: str
    active: bool


class UnitCard(msgspec.Struct, frozen=True):
    """A unit as others see it."""

    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes
    unit_epoch: int = 1
    state: str = "enabled"
    paused: bool = False
    certificate_from_ms: int | None = None
    certificate_until_ms: int | None = None


class SlipTextCard(msgspec.Struct, frozen=True):
    """What slips carry beside the organisation's name; `lines_text` holds the licence lines, one a line."""

    logo: bytes = b""
    lines_text: str = ""
    responsible_line: str = ""

    @property
    def licence_lines(self) -> tuple[str, ...]:
        """The licence lines."""
        return tuple(self.lines_text.split("\n")) if self.lines_text else ()


class PairingCard(msgspec.Struct, frozen=True):
    """Room for a unit, as the hub keeps it."""

    pairing_id: UUID
    unit_id: UUID | None
    venue_id: UUID
    kind: str
    code: str
    name: str
    enable: bool
    expires_ms: int
    state: str


class VenueCard(msgspec.Struct, frozen=True):
    """A venue as others see it."""

    venue_id: UUID
    name: str
    place: str
    zone: str
    cutoff_min: int


class House(msgspec.Struct, frozen=True):
    """What identity's decisions look at: the organisation's existence, its venues, units and one person.

    `pairing` is the one whose secret was shown, `rooms` are all that are open.
    """

    founded: bool
    venues: tuple[VenueCard, ...] = ()
    units: tuple[UnitCard, ...] = ()
    person: Standing | None = None
    unit: UnitCard | None = None
    pairing: PairingCard | None = None
    rooms: tuple[PairingCard, ...] = ()


def next_epoch(before: int, hub_epoch: int) -> int:
    """A unit's next epoch; a hub in a later epoch of its own (restored) leaves out numbers that it may have lost."""
    return max(before, (hub_epoch - 1) * EPOCHS_A_HUB_EPOCH) + 1


RECOVERING = "recovering"
CODES_APART = ", "


def recovering_hold(codes: list[str]) -> str:
    """The hold of a hub that waits for the units with these codes, as `Given.holds` carries it."""
    return f"{RECOVERING}:{CODES_APART.join(codes)}"


def assert_not_recovering(holds: tuple[str, ...]) -> None:
    """HubRecovering while the deciding hub waits for evidence: it grants nothing and lets nobody in meanwhile."""
    for hold in holds:
        cause, _, codes = hold.partition(":")
        if cause == RECOVERING:
            raise HubRecovering(count=len(codes.split(CODES_APART)), units=codes)
