"""What a printer says of itself, and the one state that follows from it and its line.

Source of every bit: Epson, ESC/POS command reference, `DLE EOT n` and `GS a n`.
"""

from enum import StrEnum

import msgspec

from edge.devices.answers import Pushed, Question, RealTime, Told


class Paper(StrEnum):
    """What the paper sensors say."""

    OK = "ok"
    LOW = "low"
    OUT = "out"


class Reading(msgspec.Struct, frozen=True):
    """What a printer said of itself; begin with an empty one and let it be told each answer.

    It is whole after the answers to GENERAL, OFFLINE and PAPER, or after one pushed frame; ERROR names the cause when
    `error_stop` is set. `drawer_pin_high` is the level of pin 3; which one means open, the drawer decides.
    `passing_error` ends by itself, as a hot head does; a `mechanical_error` is any other a person can mend.
    """

    offline: bool = False
    waits_for_recovery: bool = False
    feed_pressed: bool = False
    feeding: bool = False
    drawer_pin_high: bool = False
    cover_open: bool = False
    paper_near_end: bool = False
    paper_end: bool = False
    paper_stop: bool = False
    error_stop: bool = False
    mechanical_error: bool = False
    cutter_error: bool = False
    unrecoverable_error: bool = False
    passing_error: bool = False

    @property
    def online(self) -> bool:
        """Whether it takes data at all."""
        return not self.offline

    @property
    def paper(self) -> Paper:
        """Out, as soon as one sensor says so."""
        if self.paper_end or self.paper_stop:
            return Paper.OUT
        return Paper.LOW if self.paper_near_end else Paper.OK

    @property
    def by_button(self) -> bool:
        """Whether someone is feeding paper by hand; the printer is offline meanwhile."""
        return self.feeding or self.feed_pressed

    @property
    def error(self) -> bool:
        """An error that it names, or offline without any cause."""
        named = self.error_stop or self.passing_error or self._needs_mending
        explained = self.cover_open or self.paper is Paper.OUT or self.by_button
        return named or (self.offline and not explained)

    @property
    def prints(self) -> bool:
        """Whether data sent now becomes paper."""
        return self.online and not (self.cover_open or self.paper is Paper.OUT or self.error)

    @property
    def goes_on_alone(self) -> bool:
        """Whether it stands still only for what ends without anybody mending it."""
        stopped = self.cover_open or self.paper is Paper.OUT or self._needs_mending
        return not self.prints and not stopped and (self.passing_error or (self.by_button and not self.error))

    @property
    def _needs_mending(self) -> bool:
        return self.mechanical_error or self.cutter_error or self.unrecoverable_error

    def told(self, said: Told) -> "Reading":
        """This reading after one more thing said; the later word counts, and what is no status changes nothing."""
        match said:
            case RealTime():
                return msgspec.structs.replace(self, **_bits(REAL_TIME_BITS[said.question], said.data[0]))
            case Pushed():
                return msgspec.structs.replace(self, **_pushed(said.data))
            case _:
                return self


Bits = tuple[tuple[int, str], ...]
_ERROR_BITS: Bits = (
    (0x04, "mechanical_error"),
    (0x08, "cutter_error"),
    (0x20, "unrecoverable_error"),
    (0x40, "passing_error"),
)
ERRORS = tuple(name for _, name in _ERROR_BITS)
REAL_TIME_BITS: dict[Question, Bits] = {
    Question.GENERAL: (
        (0x04, "drawer_pin_high"),
        (0x08, "offline"),
        (0x20, "waits_for_recovery"),
        (0x40, "feed_pressed"),
    ),
    Question.OFFLINE: ((0x04, "cover_open"), (0x08, "feeding"), (0x20, "paper_stop"), (0x40, "error_stop")),
    Question.ERROR: _ERROR_BITS,
    Question.PAPER: ((0x0C, "paper_near_end"), (0x60, "paper_end")),
}
PUSHED_BITS: tuple[Bits, ...] = (
    ((0x04, "drawer_pin_high"), (0x08, "offline"), (0x20, "cover_open"), (0x40, "feeding")),
    ((0x01, "waits_for_recovery"), (0x02, "feed_pressed"), *_ERROR_BITS),
    ((0x03, "paper_near_end"), (0x0C, "paper_end")),
    (),
)


def _bits(bits: Bits, byte: int) -> dict[str, bool]:
    return {name: bool(byte & mask) for mask, name in bits}


def _pushed(frame: bytes) -> dict[str, bool]:
    fields: dict[str, bool] = {}
    for bits, byte in zip(PUSHED_BITS, frame, strict=True):
        fields |= _bits(bits, byte)
    return fields | {"paper_stop": fields["paper_end"], "error_stop": any(fields[name] for name in ERRORS)}


class PrinterState(StrEnum):
    """Where a printer stands; only READY and PAPER_LOW take a job. WAITING: another unit is printing on it."""

    ABSENT = "absent"
    CONNECTING = "connecting"
    WAITING = "waiting"
    READY = "ready"
    BUSY = "busy"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    ERROR = "error"
    DISABLED = "disabled"


class Connection(StrEnum):
    """The line to the device: not tried yet, taken by another unit, lost or refused, or standing."""

    OPENING = "opening"
    TAKEN = "taken"
    AWAY = "away"
    UP = "up"


class DeviceFacts(msgspec.Struct, frozen=True):
    """All that a device's state follows from. `failed`: our own bug met it, and nobody knows what it does."""

    connection: Connection = Connection.OPENING
    reading: Reading | None = None
    printing: bool = False
    enabled: bool = True
    failed: bool = False


def state_of(facts: DeviceFacts) -> PrinterState:
    """The one state that a person acts on first; taken out of service counts once the job in print has ended."""
    if not facts.enabled and not facts.printing:
        return PrinterState.DISABLED
    if facts.failed:
        return PrinterState.ERROR
    if facts.connection is Connection.AWAY:
        return PrinterState.ABSENT
    if facts.connection is Connection.TAKEN:
        return PrinterState.WAITING
    if facts.connection is Connection.OPENING or facts.reading is None:
        return PrinterState.CONNECTING
    return _state_of(facts.reading, printing=facts.printing)


def _state_of(reading: Reading, *, printing: bool) -> PrinterState:
    if reading.cover_open:
        return PrinterState.COVER_OPEN
    if reading.paper is Paper.OUT:
        return PrinterState.PAPER_OUT
    if reading.error:
        return PrinterState.ERROR
    if printing or reading.offline:
        return PrinterState.BUSY
    return PrinterState.PAPER_LOW if reading.paper is Paper.LOW else PrinterState.READY
