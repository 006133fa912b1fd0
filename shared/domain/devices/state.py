"""What a device may be and do, and what decisions about devices look at. Pure; pages and decisions ask the same."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from shared.domain.identity import Standing

KINDS = ("printer", "scanner", "drawer")
ROLES = ("ticket", "counterfoil", "receipt", "report")
"""What printers print; each has one printer of a unit."""
CUT_SHORT = "interrupted"
"""The trouble of one slip, which stands beside the trouble of its printer."""
TROUBLES = ("absent", "paper_low", "paper_out", "cover_open", "error", "disabled", CUT_SHORT)
"""States of a device in which somebody is needed (those of the edge's printers), and a slip that was cut short."""
SHARED_LINES = frozenset({"virtual", "none"})
"""Lines that lead to no one place, so several devices may have them."""
NAME_LETTERS_MAX = 60
DEVICES_MAX = 32
LINE_LETTERS_MAX = 200
REASON_LETTERS_MIN = 3
REASON_LETTERS_MAX = 200
SLIPS = {"ticket": "tickets", "counterfoil": "counterfoils", "receipt": "receipts", "report": "reports"}
"""The slips of each role, as sentences name them."""


class DeviceCard(msgspec.Struct, frozen=True):
    """A device of a unit; `roles_text` holds its roles with commas between.

    Where `out_since_ms` is set, it is out of service since then, by `out_by`.
    """

    device_id: UUID
    kind: str
    name: str
    profile: str
    line: str
    roles_text: str
    fallback_id: UUID | None
    firmware: str
    in_use: bool = True
    out_since_ms: int | None = None
    out_by: UUID | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """What it prints, in the order of `ROLES`."""
        return roles_of(self.roles_text)


class OpenTrouble(msgspec.Struct, frozen=True):
    """A trouble that is not over; `since_ms` in ms UTC."""

    trouble_id: UUID
    device_id: UUID
    trouble: str
    since_ms: int
    job_id: UUID | None


class Equipment(msgspec.Struct, frozen=True):
    """All devices that this journal knows, removed ones too; the troubles of the one in question; who orders."""

    devices: tuple[DeviceCard, ...] = ()
    troubles: tuple[OpenTrouble, ...] = ()
    person: Standing | None = None

    @property
    def used(self) -> tuple[DeviceCard, ...]:
        """Those in use."""
        return tuple(one for one in self.devices if one.in_use)

    def find(self, device_id: UUID | None) -> DeviceCard | None:
        """The device in use with this id."""
        return next((one for one in self.used if one.device_id == device_id), None)


class KeepState(msgspec.Struct, frozen=True):
    """Whether this epoch has devices, and those in use at the end of the one before."""

    has_any: bool
    former: tuple[DeviceCard, ...] = ()


class SlipState(msgspec.Struct, frozen=True):
    """What happened to a slip before, its open troubles, and who orders."""

    reprinted: int = 0
    is_void: bool = False
    troubles: tuple[OpenTrouble, ...] = ()
    person: Standing | None = None


class DrawerState(msgspec.Struct, frozen=True):
    """The device, who orders, and whether the order's sale is one of this unit for cash that opened no drawer yet."""

    device: DeviceCard | None
    person: Standing | None
    opens_by_sale: bool = False


def roles_of(text: str) -> tuple[str, ...]:
    """Roles as a row holds them."""
    return tuple(text.split(",")) if text else ()


def roles_text(roles: Iterable[str]) -> str:
    """Roles for a row, each once, in the order of `ROLES`; one that a later program knows comes behind."""
    held = set(roles)
    return ",".join([*(role for role in ROLES if role in held), *sorted(held.difference(ROLES))])


def unserved_roles(devices: Iterable[DeviceCard]) -> tuple[str, ...]:
    """Roles that none of these printers has."""
    held = {role for one in devices for role in one.roles}
    return tuple(role for role in ROLES if role not in held)


def left_unserved(devices: Iterable[DeviceCard], device_id: UUID) -> tuple[str, ...]:
    """Roles that would have no printer without this device, and have one now."""
    used = [one for one in devices if one.in_use]
    before = unserved_roles(used)
    return tuple(
        role for role in unserved_roles(one for one in used if one.device_id != device_id) if role not in before
    )


def removal_words(name: str, unserved: tuple[str, ...]) -> str:
    """What to say once a device is out of use: the last printer of tickets may go, and everybody is told."""
    words = f"“{name}” is out of use."
    if not unserved:
        return words
    slips = [SLIPS[role] for role in unserved]
    listed = slips[0] if len(slips) == 1 else f"{', '.join(slips[:-1])} and {slips[-1]}"
    waits = " Sales wait for paper until you add one." if "ticket" in unserved else ""
    return f"{words} No printer is left for {listed}.{waits}"
