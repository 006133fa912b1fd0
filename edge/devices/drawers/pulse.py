"""The pulse that opens a drawer, as bytes for the printer it hangs on.

`ESC p m t1 t2` (Epson, ESC/POS command reference): pin 2 for m = 0, pin 5 for m = 1; on and off times in steps. The
library's own drawer kick knows one pulse for all; ours is the drawer's, and never longer than the printer may give.
"""

from firmware_profiles import DrawerPort, Kick

PULSE = b"\x1bp"
STEP_MS = 2
STEPS_MAX = 255
PIN_NUMBERS = {2: 0, 5: 1}


def pulse_bytes(kick: Kick, port: DrawerPort | None) -> bytes:
    """The order; `port` is what the printer's profile knows of its connector."""
    step_ms = port.step_ms if port else STEP_MS
    longest_ms = port.on_ms_max if port and port.on_ms_max else kick.on_ms
    times = (min(kick.on_ms, longest_ms), kick.off_ms)
    return PULSE + bytes((PIN_NUMBERS[kick.pin], *(min(max(ms // step_ms, 1), STEPS_MAX) for ms in times)))
