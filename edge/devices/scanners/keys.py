"""The keys of a scanner that types, as Linux reports them, turned into what it scanned (US layout).

A record is a `struct input_event` (linux/input.h): two machine words of time, type, code, value. Key codes are those
of linux/input-event-codes.h. A scanner types for one layout; ours is US, and the scanner is to be set to it.
"""

import struct

RECORD = struct.Struct("@llHHi")
SYN, KEY = 0, 1
DROPPED = 3
UP, DOWN = 0, 1
SHIFTS, CONTROLS, ALTS = {42, 54}, {29, 97}, {56, 100}
CAPS_LOCK = 58
SPOILT = "\0"
"""Stands where keys are missing, so that no framer takes what is left for a number."""

ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
KEYPAD = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 55, 74, 78, 83, 98), "0123456789*-+./", strict=True))
PLAIN = {first + place: sign for first, plain, _ in ROWS for place, sign in enumerate(plain)} | KEYPAD | {57: " "}
SHIFTED = {first + place: sign for first, _, shifted in ROWS for place, sign in enumerate(shifted)} | KEYPAD | {57: " "}
ENDS = {28: "\r", 96: "\r", 15: "\t"}


class KeyReader:
    """Reads the records of one keyboard; they may come in any pieces."""

    def __init__(self) -> None:
        self._rest = b""
        self._held: set[int] = set()
        self._caps = False

    def read(self, data: bytes) -> str:
        """The text that these records type; `\\r` for Enter, SPOILT where the kernel left some out."""
        data = self._rest + data
        whole = len(data) - len(data) % RECORD.size
        self._rest = data[whole:]
        records = RECORD.iter_unpack(data[:whole])
        return "".join(self._take(kind, code, value) for _, _, kind, code, value in records)

    def _take(self, kind: int, code: int, value: int) -> str:
        if kind == SYN and code == DROPPED:
            self._held.clear()
            return SPOILT
        if kind != KEY:
            return ""
        if code in SHIFTS | CONTROLS | ALTS:
            (self._held.discard if value == UP else self._held.add)(code)
            return ""
        if value != DOWN:  # released, or repeated because a key hangs: a scanner types each sign by itself
            return ""
        if code == CAPS_LOCK:
            self._caps = not self._caps
            return ""
        return self._sign(code)

    def _sign(self, code: int) -> str:
        if self._held & ALTS and code in PLAIN:
            return SPOILT  # a sign by its number, which depends on the machine
        sign = (SHIFTED if self._held & SHIFTS else PLAIN).get(code, "")
        if self._held & CONTROLS:  # how GS and its like are typed: Ctrl and the letter 64 places on
            return chr(ord(sign.upper()) & 0x1F) if sign and "@" <= sign.upper() <= "_" else ""
        if self._caps and sign.isalpha():
            sign = sign.swapcase()
        return sign or ENDS.get(code, "")
