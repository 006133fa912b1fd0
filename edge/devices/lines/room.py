"""Whether a printer on a serial line has room: by a wire, or by the letters XOFF and XON."""

from collections.abc import Callable
from typing import Literal

from firmware_profiles.facts import Flow

XON, XOFF = 0x11, 0x13

Wire = Literal["dsr", "cts"]
WIRES: dict[Flow, Wire] = {"dtr-dsr": "dsr", "rts-cts": "cts"}


class Room:
    """One connection's view. Where nobody knows how the printer says that it is busy, every way is obeyed."""

    def __init__(self, flow: tuple[Flow, ...] | None, *, has_wires: bool = True) -> None:
        self.wires = tuple(wire for way, wire in WIRES.items() if has_wires and (flow is None or way in flow))
        self._by_letters = flow is None or "xon-xoff" in flow
        self._halted = False
        self._seen: set[Wire] = set()

    def hear(self, data: bytes) -> None:
        """What the printer says; these two letters stand in no answer of any kind."""
        for byte in data:
            if byte in (XON, XOFF):
                self._halted = byte == XOFF

    def is_there(self, level: Callable[[Wire], bool]) -> bool:
        """By the level of its wires now. A wire that was never seen on is not connected, and stops nobody."""
        now = {wire: level(wire) for wire in self.wires}
        self._seen |= {wire for wire, on in now.items() if on}
        return all(now[wire] for wire in self._seen) and not (self._by_letters and self._halted)
