"""What a firmware profile says about a scanner: how its frames begin and end, and how it is told what to do."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import msgspec

from firmware_profiles.facts import FOUND, Count, Facts, Flow, Hex

ScannerLine = Literal["serial", "usb-serial", "usb-hid-pos", "usb-keyboard", "camera", "virtual"]
"""RS-232; a serial port over USB; the HID page of scanners; typed as by a keyboard; a browser's camera; ours."""


class Framing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the letters of one scan stand on the line.

    A frame begins with `prefix`, then with an AIM identifier (`]cm`) when `aim` is true, and ends with one of
    `suffixes`; a scanner that never sends its suffix ends its frame by being silent for `silence_ms`.
    """

    prefix: str = ""
    suffixes: tuple[str, ...] = ("\r\n", "\r", "\n")
    aim: bool = False
    frame_letters_max: int = 4_096
    silence_ms: int = 100


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that make the scanner look for a code, and stop looking."""

    start: Hex
    stop: Hex


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that configure the scanner or ask it something; `answer` is what it says when it obeys."""

    purpose: str
    send: Hex
    answer: Hex | None = None


class ScannerSources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the facts of each group were read."""

    found: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    framing: tuple[str, ...] = ()
    trigger: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


class ScannerFacts(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scanner's file, with None for what is unknown. `aim_ready`: it can be told to send AIM identifiers."""

    GROUPS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "found": FOUND,
        "line": ("lines", "bauds", "flow"),
        "framing": ("framing", "aim_ready"),
        "trigger": ("trigger",),
        "orders": ("orders",),
        "firmware": ("firmware_query", "firmware_min"),
        "faults": ("faults",),
    }
    ESSENTIALS: ClassVar[tuple[str, ...]] = ("lines",)

    sources: ScannerSources = ScannerSources()
    lines: tuple[ScannerLine, ...] | None = None
    bauds: tuple[Count, ...] | None = None
    flow: tuple[Flow, ...] | None = None
    framing: Framing | None = None
    aim_ready: bool | None = None
    trigger: Trigger | None = None
    orders: tuple[Order, ...] | None = None
    firmware_query: Hex | None = None
    firmware_min: str | None = None


class ScannerProfile(ScannerFacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scanner that can be used. Where its framing is unknown, any line end and any silence ends a frame."""

    lines: tuple[ScannerLine, ...]
    framing: Framing
    unknown_facts: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: ScannerFacts) -> Self:
        """The facts of a supported scanner, made whole."""
        assert not facts.unknown_essentials(), facts.name
        values = {field: getattr(facts, field) for field in facts.__struct_fields__}
        values["framing"] = facts.framing or Framing()
        return cls(**values, unknown_facts=facts.unknown())

    def unknown(self) -> tuple[str, ...]:
        """Names of the facts that no source establishes."""
        return self.unknown_facts
