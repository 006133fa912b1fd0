"""What the virtual printer makes of a pulse, read from the order's bytes as a real one does.

The numbers are written down here a second time, from the same reference as in `edge/devices/drawers/pulse.py` and
without its code, so that one mistake cannot stand on both sides.
"""

import msgspec

DRAWER_PIN = 2
"""Where the virtual drawer hangs; nothing is on pin 5."""
STEP_MS = 2
PULSES_KEPT = 100


class Pulse(msgspec.Struct, frozen=True):
    """A pulse that was given on a pin of the drawer connector."""

    pin: int
    on_ms: int
    off_ms: int


def pulse_of(parameters: bytes) -> Pulse:
    """The three bytes behind `ESC p`: 0 or the digit 0 is pin 2, 1 or the digit 1 is pin 5."""
    which, on, off = parameters
    return Pulse(5 if which in (1, 0x31) else 2, on * STEP_MS, off * STEP_MS)
