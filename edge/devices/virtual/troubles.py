"""What can be wrong with the virtual printer, and the status bytes a real one would tell of it.

The bits are written down here a second time, from the same reference as in `edge.devices.status` and without its
code, so that one mistake cannot stand on both sides.
"""

import msgspec

SLOW_MM_S_MIN, SLOW_MM_S_MAX = 10, 500
LATE_MS_MAX = 60_000
GIBBERISH = (b"\xff\x81", b"\x00", b"\x12\x7e\x12", b"", b"\x72", b"\x10\x00", b"\x5f\x41\x41", b"\x13")
"""What a garbled line makes of statuses, one after another: noise, what looks like a proof, a wrong status, one too
many, nothing, the beginnings of a frame and of a block, and an order to stop."""


class Troubles(msgspec.Struct):
    """What is wrong with the printer now; `lines_left` None is a roll without end.

    `feeding`: someone holds the FEED button; `hot`: the head pauses until it has cooled; `drawer_pin_high`: pin 3;
    `bytes_left`: the power fails after so many, and then it is `dark`; `slow_mm_s`: how fast paper comes at most.
    """

    paper_out: bool = False
    paper_low: bool = False
    cover_open: bool = False
    cutter_jammed: bool = False
    hot: bool = False
    broken: bool = False
    feeding: bool = False
    drawer_pin_high: bool = False
    stalled: bool = False
    unplugged: bool = False
    dark: bool = False
    garbled: bool = False
    late_ms: int = 0
    slow_mm_s: int | None = None
    lines_left: int | None = None
    bytes_left: int | None = None

    @property
    def stops_printing(self) -> bool:
        """Whether received bytes wait instead of becoming paper."""
        return self.offline or self.stalled or self.away

    @property
    def away(self) -> bool:
        """Whether nobody listens at its address."""
        return self.unplugged or self.dark

    @property
    def offline(self) -> bool:
        """Whether it says that it takes no data."""
        return self.paper_out or self.cover_open or self.feeding or self.error

    @property
    def error(self) -> bool:
        """Whether it says that there is an error."""
        return self.cutter_jammed or self.hot or self.broken

    def real_time(self, which: int) -> bytes:
        """The answer to `DLE EOT which`."""
        match which:
            case 1:
                bits = 0x04 * self.drawer_pin_high | 0x08 * self.offline | 0x40 * self.feeding
            case 2:
                bits = 0x04 * self.cover_open | 0x08 * self.feeding | 0x20 * self.paper_out | 0x40 * self.error
            case 3:
                bits = 0x08 * self.cutter_jammed | 0x20 * self.broken | 0x40 * self.hot
            case _:
                bits = 0x0C * (self.paper_low or self.paper_out) | 0x60 * self.paper_out
        return bytes((0x12 | bits,))

    def pushed(self) -> bytes:
        """The four bytes of Automatic Status Back (`GS a`)."""
        cover, feed = 0x20 * self.cover_open, 0x40 * self.feeding
        first = 0x10 | 0x04 * self.drawer_pin_high | 0x08 * self.offline | cover | feed
        second = 0x02 * self.feeding | 0x08 * self.cutter_jammed | 0x20 * self.broken | 0x40 * self.hot
        third = 0x03 * (self.paper_low or self.paper_out) | 0x0C * self.paper_out
        return bytes((first, second, third, 0))
