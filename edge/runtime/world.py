"""What a unit is given of the world: time, chance, the pace of its printer, its battery. Tests hand in their own."""

from collections.abc import Callable

import msgspec

from edge.devices.lines.transport import Patience
from edge.devices.manners import Manners
from edge.devices.scanners.supervisor import ScannerPace
from edge.devices.supervisor import Pace
from edge.discovery.found import Around
from edge.discovery.nodes import Neighbourhood
from edge.runtime.battery import battery_percent
from shared.journal.chance import chance
from shared.journal.clock import SystemClock
from shared.kernel.clock import Clock


def real_jitter() -> float:
    """A random number in [0, 1)."""
    return int.from_bytes(chance()[:4], "big") / 2**32


class World(msgspec.Struct, frozen=True, kw_only=True):
    """`chance` gives 32 random bytes a call, `jitter` a number in [0, 1), `battery` per cent or None.

    `nearby` are the networks, where others announce themselves; without a server nobody is heard. `around` is where
    devices on cables are looked for.
    """

    clock: Clock
    chance: Callable[[], bytes] = chance
    jitter: Callable[[], float] = real_jitter
    battery: Callable[[], int | None] = battery_percent
    printer_pace: Pace = Pace()
    printer_manners: Manners = Manners()
    printer_patience: Patience = Patience()
    nearby: Neighbourhood = msgspec.field(default_factory=Neighbourhood)
    around: Around = Around()
    scanner_pace: ScannerPace = ScannerPace()


def real_world() -> World:
    """The machine's own clock, chance and battery."""
    return World(clock=SystemClock())
