"""What a firmware profile says about a handheld unit (RSU): what it runs, and what is built into it."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import msgspec

from firmware_profiles.facts import FOUND, Count, Facts


class HandheldSources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the facts of each group were read."""

    found: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    screen: tuple[str, ...] = ()
    power: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


class HandheldProfile(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A handheld. `runs_by` is what starts the edge and keeps it running; `battery` is where its charge is read.

    `printer` and `scanner` name profiles of ours, `printer_line` is the port that the built-in printer hangs on.
    """

    GROUPS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "found": FOUND,
        "system": ("system", "machine", "runs_by", "memory_mb_min", "storage_mb_min"),
        "devices": ("printer", "printer_line", "scanner"),
        "screen": ("screen_width", "screen_height"),
        "power": ("battery",),
        "faults": ("faults",),
    }
    ESSENTIALS: ClassVar[tuple[str, ...]] = ("system", "machine", "runs_by", "printer", "scanner")

    sources: HandheldSources = HandheldSources()
    system: Literal["linux", "android"] | None = None
    machine: Literal["aarch64", "x86_64"] | None = None
    runs_by: Literal["systemd", "hand"] | None = None
    memory_mb_min: Count | None = None
    storage_mb_min: Count | None = None
    printer: str | None = None
    printer_line: Literal["usb", "serial", "bluetooth", "virtual"] | None = None
    scanner: str | None = None
    screen_width: Count | None = None
    screen_height: Count | None = None
    battery: Literal["power-supply-class", "none"] | None = None
