"""What must hold for any bytes at all that devices send us, or that somebody sends the virtual printer.

Each target takes bytes and raises AssertionError where a rule is broken; hypothesis tries them in `make test`, a fuzzer
that follows the code's branches does in `make bench` (`python -m tests.devices.fuzz`).
"""

from collections import Counter
from collections.abc import Callable, Iterable

from edge.devices.answers import BLOCK_BYTES_MAX, Question, StatusReader
from edge.devices.framing import Framed, Framer, Scan
from edge.devices.scanners.keys import KeyReader
from edge.devices.status import Connection, DeviceFacts, PrinterState, Reading, state_of
from edge.devices.virtual.head import PrintHead
from edge.devices.virtual.paper import SLIP_DOTS_MAX, Slip
from edge.devices.virtual.tokens import next_token
from firmware_profiles import load_printer, load_scanner, scanner_names

QUESTIONS = tuple(Question)
FRAMINGS = tuple(load_scanner(name).framing for name in scanner_names())
PRINTERS = (load_printer("virtual-58"), load_printer("virtual-80"))
STATUS_SEEDS = (b"\x00\x12", b"\x05\x10\x00\x00\x00\x00", b"\x0a\x37\x22AB\x00\x12", b"\x03\x16\x1e\x12\x72\x13\x11")
FRAMING_SEEDS = (b"\x00]C07K3M9QWX\r\n", b"\x02~SABC\t\x02]Q1X\x03", b"\x01" + b"X" * 40 + b"\r\xc3\x28\r")
KEY_SEEDS = (bytes(24) + bytes((1, 0, 30, 0, 1, 0, 0, 0)), bytes(48))
PAPER_SEEDS = (
    b"\x00\x1b@A\n\x1b*\x21\x02\x00abcdef\x1dk\x49\x04{BAB\x1dV\x42\x00",
    b"\x01\x1dv0\x00\x01\x00\x02\x00ab\x1d(k\x04\x001P0A\x1d(k\x03\x001Q0\x1d8L\x0c\x00\x00\x000p0\x01\x011\x08\x00\x02\x00ab",
    b"\x01\x1b$\x10\x00x\x1b\\\xf0\xffy\x1dL\x20\x00\x1dW\x40\x00\x1cC1\x83e\x1b-2\x1bM1z\n",
)


def status(data: bytes) -> None:
    """What a printer says: told once, the same in any pieces, little is held, and every reading is some state."""
    head, said = data[:1] or b"\0", data[1:]
    whole, pieces = _asked(head[0]), _asked(head[0])
    told = whole.read(said)
    assert [one for part in _parts(said, head[0]) for one in pieces.read(part)] == told
    assert pieces.held == whole.held
    assert Counter(b"".join(one.data for one in told) + whole.held) == Counter(said)
    assert len(whole.held) <= BLOCK_BYTES_MAX
    reading = Reading()
    for one in told:
        reading = reading.told(one)
    assert state_of(DeviceFacts(connection=Connection.UP, reading=reading)) in PrinterState
    assert not (reading.prints and reading.offline)


def framing(data: bytes) -> None:
    """What a scanner says: the same in any pieces, scans no longer than allowed, nothing held after a silence."""
    which, said = (data[:1] or b"\0")[0], data[1:]
    rule = FRAMINGS[which % len(FRAMINGS)]
    whole, pieces = Framer(rule), Framer(rule)
    told: list[Framed] = whole.read(said, 0)
    assert [one for part in _parts(said, which) for one in pieces.read(part, 0)] == told
    assert whole.held_bytes == pieces.held_bytes <= 4 * (rule.frame_letters_max + 16)
    told += whole.tick(rule.silence_ms)
    assert all(0 < len(one.text) <= rule.frame_letters_max for one in told if isinstance(one, Scan))
    assert whole.held_bytes == 0


def keys(data: bytes) -> None:
    """What a scanner types by evdev: the same in any pieces."""
    pieces = KeyReader()
    assert "".join(pieces.read(part) for part in _parts(data, len(data))) == KeyReader().read(data)


def paper(data: bytes) -> None:
    """What a virtual printer is sent: no bytes upset it, its paper ends, and each order takes at least one byte."""
    profile = PRINTERS[(data[:1] or b"\0")[0] % 2]
    slip = Slip(1, profile.paper_dots, profile.print_dots)
    head, buffer = PrintHead(profile, slip, lambda: None), bytearray(data[1:])
    left = len(buffer) + 1
    while (token := next_token(buffer)) is not None:
        assert len(buffer) < left
        left = len(buffer)
        head.carry_out(token)
    assert slip.height_dots <= SLIP_DOTS_MAX


TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "status": (status, STATUS_SEEDS),
    "framing": (framing, FRAMING_SEEDS),
    "keys": (keys, KEY_SEEDS),
    "paper": (paper, PAPER_SEEDS),
}


def _asked(which: int) -> StatusReader:
    """A reader that has asked some of what there is to ask."""
    reader = StatusReader()
    for place, question in enumerate(QUESTIONS):
        if which >> place & 1:
            reader.ask(question)
    if which >> 4 & 1:
        reader.await_block()
    return reader


def _parts(data: bytes, which: int) -> Iterable[bytes]:
    size = which % 7 + 1
    return (data[start : start + size] for start in range(0, len(data), size))
