"""The virtual scanner: obeys a firmware profile, and can be given the troubles of a real one."""

import asyncio
from collections.abc import Callable
from enum import StrEnum

from edge.devices.framing import AIM_CODES, Symbology
from edge.devices.scanners.source import ScannerAbsent
from firmware_profiles import ScannerProfile

ADDRESS = "virtual"
FLOOD_LETTERS = 10_000
PIECE_BYTES = 4
GARBAGE = bytes(range(0x80, 0xA0)) + b"\x00\xff\xfe"
PIECES_MAX = 256
PAUSE_MS = 25
"""Between the pieces of a slow scan; shorter than the silence that ends a frame of its profile."""
AIM_LETTERS = {symbology: letter for letter, symbology in AIM_CODES.items()}


class Trouble(StrEnum):
    """What can be wrong with a scanner."""

    HALF = "half"
    GARBAGE = "garbage"
    FLOOD = "flood"
    NO_SUFFIX = "no_suffix"
    DOUBLED = "doubled"
    SLOW = "slow"
    UNPLUG = "unplug"


class VirtualScanner:
    """One scanner in this process; a source as every other. `changed` is called after each trouble and each scan."""

    def __init__(self, profile: ScannerProfile, *, changed: Callable[[], None] = lambda: None) -> None:
        self.profile = profile
        self.trouble: Trouble | None = None
        self.received = bytearray()
        self._changed = changed
        self._line: asyncio.Queue[bytes] | None = None

    @property
    def address(self) -> str:
        """`virtual`."""
        return ADDRESS

    @property
    def is_read(self) -> bool:
        """Whether somebody reads what it scans."""
        return self._line is not None

    # The source ------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect; ScannerAbsent while it is unplugged."""
        if self.trouble is Trouble.UNPLUG:
            raise ScannerAbsent(address=ADDRESS)
        self._line = asyncio.Queue(PIECES_MAX)

    async def read(self) -> bytes:
        """What it scanned, piece by piece; ScannerAbsent when it is unplugged."""
        if self._line is None:
            raise ScannerAbsent(address=ADDRESS)
        data = await self._line.get()
        if not data:
            raise ScannerAbsent(address=ADDRESS)
        return data

    async def send(self, data: bytes) -> None:
        """Orders are kept to be looked at; this scanner obeys none."""
        if self._line is None:
            raise ScannerAbsent(address=ADDRESS)
        self.received += data

    async def close(self) -> None:
        """Nobody reads any more."""
        self._line = None

    # The scanner in the hand -----------------------------------------------------------------------------------

    def have(self, trouble: Trouble | None) -> None:
        """The one trouble from now on; None repairs it."""
        self.trouble = trouble
        if trouble is Trouble.UNPLUG:
            self._put(b"")
        self._changed()

    async def scan(self, text: str, symbology: Symbology = Symbology.CODE_128) -> bool:
        """Scan a code as the profile says and the trouble spoils it; False when nobody reads it."""
        if self._line is None or self.trouble is Trouble.UNPLUG:
            return False
        pause_s = PAUSE_MS / 1_000 if self.trouble is Trouble.SLOW else 0
        for piece in self._pieces(text, symbology):
            self._put(piece)
            await asyncio.sleep(pause_s)
        self._changed()
        return True

    def _put(self, piece: bytes) -> None:
        if self._line is not None and not self._line.full():
            self._line.put_nowait(piece)

    def _pieces(self, text: str, symbology: Symbology) -> list[bytes]:
        body, suffix = self._frame(text, symbology)
        whole = body + suffix
        match self.trouble:
            case Trouble.HALF:
                return [whole[: max(len(body) // 2, 1)]]
            case Trouble.GARBAGE:
                return [GARBAGE + suffix]
            case Trouble.FLOOD:
                return [(text * FLOOD_LETTERS)[:FLOOD_LETTERS].encode() + suffix]
            case Trouble.NO_SUFFIX:
                return [body]
            case Trouble.DOUBLED:
                return [whole, whole]
            case Trouble.SLOW:
                return [whole[at : at + PIECE_BYTES] for at in range(0, len(whole), PIECE_BYTES)]
        return [whole]

    def _frame(self, text: str, symbology: Symbology) -> tuple[bytes, bytes]:
        framing = self.profile.framing
        aim = f"]{AIM_LETTERS[symbology]}0" if framing.aim else ""
        return (framing.prefix + aim + text).encode(), "".join(framing.suffixes[:1]).encode()
