"""The two ports: what a supervisor needs of a printer's line, and what a line needs of whatever carries its bytes.

A carrier knows how to open, close, read and write, and nothing of printers. `edge.devices.lines.conversation` makes
a transport of it where the printer answers, `edge.devices.lines.one_way` where nothing ever comes back.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from edge.devices.group import JOIN_GROUP
from edge.devices.status import Reading
from shared.kernel.errors import DeviceFault


class PrinterAbsent(DeviceFault):
    """No connection, or it broke."""

    code = "printer.absent"
    sentence = "The printer does not answer at {address}. Sales are kept; tickets print when it is back."


class PrinterRefused(PrinterAbsent):
    """Somebody is at the address and takes no call now: it serves another, or no printer is behind it."""

    code = "printer.refused"
    sentence = (
        "At {address} the call was not taken. Perhaps another unit prints there: ask again in a moment. "
        "If it stays so, see to the address and the printer's network."
    )


class PrinterSilent(DeviceFault):
    """Connected, but the answer did not come in time; later answers could be mistaken, so close the line."""

    code = "printer.silent"
    sentence = "The printer at {address} is connected but silent. Switch it off and on."


class PrinterConfused(DeviceFault):
    """An answer too many came back; which question the next one answers is not known, so close the line."""

    code = "printer.confused"
    sentence = "The printer at {address} answered what nobody asked. It is called anew; tickets print after that."


class PrinterForbidden(DeviceFault):
    """It is there, and this program may not open it."""

    code = "printer.forbidden"
    sentence = "This unit may not use the printer at {address}. " + JOIN_GROUP + ", then start the unit again."


class PrinterUnfit(DeviceFault):
    """What is there is no line to a printer."""

    code = "printer.unfit"
    sentence = (
        "What is at {address} is no line to a printer: {problem}. "
        "Name the device that the printer is plugged in as, or a plain file that is not below /dev."
    )


class PrinterTaken(DeviceFault):
    """Another program has it open."""

    code = "printer.taken"
    sentence = "Another program holds the printer at {address}. End that program, or name another printer."


class PrinterAmbiguous(DeviceFault):
    """Two devices have the same name."""

    code = "printer.ambiguous"
    sentence = (
        "{count} printers are plugged in as {address}, and nothing tells them apart. "
        "Add the serial number behind the name, or unplug the others."
    )


class Patience(msgspec.Struct, frozen=True):
    """How long a transport waits, in milliseconds."""

    connect_timeout_ms: int = 2_000
    status_timeout_ms: int = 1_000
    send_timeout_ms: int = 5_000


class Transport(Protocol):
    """One line to one printer. All calls raise DeviceFault (absent, silent, confused …); then hang up."""

    def on_news(self, told: Callable[[], None]) -> None:
        """Call this whenever the printer says something new by itself, or its line breaks; never with a lock held."""

    async def open(self) -> None:
        """Connect."""

    async def close(self) -> None:
        """Hang up; never raises."""

    async def status(self) -> Reading:
        """The state now, past everything that waits in the printer's buffer."""

    async def send(self, data: bytes) -> None:
        """Hand over all bytes of a job; no proof that one of them was printed."""

    async def ask_proof(self) -> None:
        """Ask, behind the job's data, for the byte that proves it was gone through."""

    async def proved(self, *, within_ms: int) -> bool:
        """Whether the proof has come, waiting so long for it."""

    async def clear(self) -> None:
        """Tell the printer to forget what it has not printed."""

    async def text_of(self, which: int) -> str:
        """What it says of itself by `GS I which`: 65 its firmware, 67 its model."""

    @property
    def noise_bytes(self) -> int:
        """How many bytes without any meaning have come since the line was opened."""

    @property
    def byte_ms(self) -> float:
        """How long one byte is on its way, where the line is slow enough to matter; else 0."""

    @property
    def one_way(self) -> bool:
        """Whether nothing ever comes back: a job is then one piece, for each `send` may become a job of its own."""


class Carrier(Protocol):
    """Carries bytes to a device and back. One reader and one writer at a time; they do not disturb each other.

    After a call was cancelled, close it: whether all bytes have left, nobody knows.
    """

    @property
    def address(self) -> str:
        """Where it goes, as people write it."""

    @property
    def byte_ms(self) -> float:
        """How long one byte is on its way, where the line is slow enough to matter."""

    async def open(self) -> None:
        """Connect; OSError or DeviceFault when that is not possible."""

    async def close(self) -> None:
        """Let go at once; what was not sent is dropped. Never raises."""

    async def read(self) -> bytes:
        """The next bytes, at least one; nothing at the end of the line. OSError when it broke."""

    async def write(self, data: bytes, *, urgent: bool = False) -> None:
        """All of them, when the device has room; `urgent` ones at once, room or not. OSError when it broke."""
