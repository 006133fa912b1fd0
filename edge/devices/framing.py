"""Where one scan ends and the next begins on a scanner's line, whatever else is on it.

A frame ends at the first suffix, or when the line is silent. Whatever is wrong with a frame, the next one is read: it
is refused with a reason, and the page can say so. Bytes may come in any pieces.
"""

from enum import StrEnum

import msgspec

from firmware_profiles.scanner_schema import Framing

CARRIED_CONTROLS = frozenset("\t\n\r\x04\x1c\x1d\x1e\x1f")
"""Control characters that codes carry: the separators of GS1 and ISO/IEC 15434, tab and line ends."""
LINE_ENDS = "\r\n"
AIM_LETTERS = 3
UTF8_BYTES_MAX = 4


class Symbology(StrEnum):
    """The kinds of code that tickets, goods and papers carry here."""

    CODE_128 = "code-128"
    EAN_UPC = "ean-upc"
    QR = "qr"
    PDF417 = "pdf417"
    DATA_MATRIX = "data-matrix"


AIM_CODES = {
    "C": Symbology.CODE_128,
    "E": Symbology.EAN_UPC,
    "Q": Symbology.QR,
    "L": Symbology.PDF417,
    "d": Symbology.DATA_MATRIX,
}
"""Code characters of symbology identifiers, ISO/IEC 15424: `]`, code character, modifier."""


class Reason(StrEnum):
    """Why a frame is no scan."""

    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    CONTROL = "control"
    NO_PREFIX = "no_prefix"
    NO_AIM = "no_aim"
    EMPTY = "empty"
    HALF = "half"


class Scan(msgspec.Struct, frozen=True):
    """What one code says. `symbology` is None where the scanner does not tell, or names one we do not use.

    `by_silence`: no suffix came; from a scanner that sends one it is the half of a scan.
    """

    text: str
    symbology: Symbology | None = None
    by_silence: bool = False


class Refused(msgspec.Struct, frozen=True):
    """A frame, or the part of one, that is no scan; `size_bytes` as far as it was read."""

    reason: Reason
    size_bytes: int


Framed = Scan | Refused


class Framer:
    """Reads the line of one scanner; a new connection takes a new framer. Times are monotonic milliseconds."""

    def __init__(self, framing: Framing) -> None:
        assert all(framing.suffixes), "an empty suffix would end a frame at every byte"
        self._framing = framing
        self._prefix = framing.prefix.encode()
        self._suffixes = sorted((suffix.encode() for suffix in framing.suffixes), key=len, reverse=True)
        longest = len(self._suffixes[0]) if self._suffixes else 0
        self._tail_bytes = max(longest - 1, 0)
        in_suffixes = any(end in suffix for suffix in framing.suffixes for end in LINE_ENDS)
        self._in_lines = in_suffixes and not framing.prefix.startswith(tuple(LINE_ENDS))
        self._letters_max = framing.frame_letters_max + len(framing.prefix) + AIM_LETTERS * framing.aim + longest
        self._buffer = bytearray()
        self._letters = 0
        self._skipping = False
        self._rests: tuple[bytes, ...] = ()
        self._last_ms = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the frame that has not ended yet."""
        return len(self._buffer)

    @property
    def silent_at_ms(self) -> int | None:
        """When `tick` ends the frame that has begun; None when nothing has."""
        return self._last_ms + self._framing.silence_ms if self._waiting else None

    def read(self, data: bytes, now_ms: int) -> list[Framed]:
        """What these bytes complete."""
        framed = self.tick(now_ms)
        if data:
            self._last_ms = now_ms
        for byte in data:
            framed += self._take(byte)
        return framed

    def tick(self, now_ms: int) -> list[Framed]:
        """Ends the frame that has begun, when the line has been silent long enough."""
        silent_at_ms = self.silent_at_ms
        if silent_at_ms is None or now_ms < silent_at_ms:
            return []
        self._rests = ()
        return self._end(bytes(self._buffer), by_silence=True)

    @property
    def _waiting(self) -> bool:
        return bool(self._buffer or self._skipping or self._rests)

    def _take(self, byte: int) -> list[Framed]:
        self._buffer.append(byte)
        self._letters += byte & 0xC0 != 0x80
        if self._rests and self._is_rest_of_suffix():
            return []
        for suffix in self._suffixes:
            if self._buffer.endswith(suffix):
                framed = self._end(bytes(self._buffer[: -len(suffix)]), by_silence=False)
                self._rests = tuple(
                    longer[len(suffix) :]
                    for longer in self._suffixes
                    if longer.startswith(suffix) and len(longer) > len(suffix)
                )
                return framed
        return self._cut_if_too_long()

    def _is_rest_of_suffix(self) -> bool:
        """A frame ends at CR without waiting for the LF that may follow; the LF then begins nothing."""
        if bytes(self._buffer) in self._rests:
            self._begin()
            self._rests = ()
            return True
        self._rests = tuple(rest for rest in self._rests if rest.startswith(self._buffer))
        return False

    def _cut_if_too_long(self) -> list[Framed]:
        """Told at once, for a scanner may never stop; what follows is left out up to the next suffix or silence."""
        size_bytes = len(self._buffer)
        too_long = self._letters > self._letters_max or size_bytes > UTF8_BYTES_MAX * self._letters_max
        if not self._skipping and not too_long:
            return []
        told: list[Framed] = [] if self._skipping else [Refused(Reason.TOO_LONG, size_bytes)]
        self._skipping = True
        del self._buffer[: max(size_bytes - self._tail_bytes, 0)]
        return told

    def _end(self, frame: bytes, *, by_silence: bool) -> list[Framed]:
        skipped = self._skipping
        self._begin()
        if skipped or not frame:
            return []
        return self._understand(frame, by_silence=by_silence)

    def _begin(self) -> None:
        self._buffer.clear()
        self._letters = 0
        self._skipping = False

    def _understand(self, frame: bytes, *, by_silence: bool) -> list[Framed]:
        if self._in_lines:  # the rest of a line end may come late, after a silence: it is no part of what follows
            size_bytes, frame = len(frame), frame.lstrip(LINE_ENDS.encode())
            if not frame:
                return [Refused(Reason.EMPTY, size_bytes)]
        at = self._find_prefix(frame)
        if at < 0:
            return [Refused(Reason.NO_PREFIX, len(frame))]
        before: list[Framed] = [Refused(Reason.NO_PREFIX, at)] if at else []
        body = frame[at + len(self._prefix) :]
        return [*before, self._scan(body, by_silence=by_silence)]

    def _find_prefix(self, frame: bytes) -> int:
        """A half frame before it is left behind; the last prefix counts where no code can carry it."""
        if any(letter < " " and letter not in CARRIED_CONTROLS for letter in self._framing.prefix):
            return frame.rfind(self._prefix)
        return frame.find(self._prefix)

    def _scan(self, body: bytes, *, by_silence: bool) -> Framed:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return Refused(Reason.NOT_TEXT, len(body))
        if not all(" " <= letter <= "~" or letter > "\x9f" or letter in CARRIED_CONTROLS for letter in text):
            return Refused(Reason.CONTROL, len(body))
        symbology = None
        if self._framing.aim:
            identifier, text = text[:AIM_LETTERS], text[AIM_LETTERS:]
            if not is_aim(identifier):
                return Refused(Reason.NO_AIM, len(body))
            symbology = AIM_CODES.get(identifier[1])
        if not text:
            return Refused(Reason.EMPTY, len(body))
        if len(text) > self._framing.frame_letters_max:
            return Refused(Reason.TOO_LONG, len(body))
        return Scan(text, symbology, by_silence)


def is_aim(identifier: str) -> bool:
    """Whether these letters are a symbology identifier (ISO/IEC 15424): `]`, a letter, a letter or digit."""
    return (
        len(identifier) == AIM_LETTERS
        and identifier[0] == "]"
        and identifier.isascii()
        and identifier[1].isalpha()
        and identifier[2].isalnum()
    )
