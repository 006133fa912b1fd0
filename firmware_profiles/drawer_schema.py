"""What a firmware profile says about a cash drawer: who opens it, by which pulse, and whether it tells."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import msgspec

from firmware_profiles.facts import FOUND, Count, Facts, Hex


class Kick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pulse that a printer gives on a pin of its drawer connector."""

    pin: Literal[2, 5]
    on_ms: Count
    off_ms: Count


class DrawerSources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the facts of each group were read."""

    found: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    sensor: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


class DrawerProfile(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cash drawer. `sensor_open` is the level of the printer's pin 3 while it is open; None when nobody knows.

    `kick` is for drawers that a printer opens, `letters` for those that open at bytes on a serial line.
    """

    GROUPS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "found": FOUND,
        "opening": ("opened_by", "opens_by"),
        "sensor": ("sensor", "sensor_open"),
        "faults": ("faults",),
    }
    ESSENTIALS: ClassVar[tuple[str, ...]] = ("opened_by", "opens_by")

    sources: DrawerSources = DrawerSources()
    opened_by: Literal["printer", "serial", "hand"] | None = None
    kick: Kick | None = None
    letters: Hex | None = None
    bauds: tuple[Count, ...] | None = None
    sensor: Literal["none", "printer-pin-3"] | None = None
    sensor_open: Literal["low", "high"] | None = None

    @property
    def opens_by(self) -> Kick | str | None:
        """The pulse, the bytes, or the word “key”; None while it is unknown what opens this drawer."""
        return {"printer": self.kick, "serial": self.letters, "hand": "key", None: None}[self.opened_by]
