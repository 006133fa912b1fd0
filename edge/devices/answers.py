"""Tells apart what a printer sends back: bytes of any kind in, answers, pushed statuses and noise out.

Source: Epson, ESC/POS command reference: `DLE EOT n`, `GS a n` (basic Automatic Status Back), `GS r n`, `GS I n`, and
its appendix on telling transmitted status apart by fixed bits. All answers share one line and carry no name:

    0xx1xx10  answer to DLE EOT; which question it answers is known by order alone
    0xx1xx00  first byte of a pushed status (GS a); three bytes 0xx0xxxx follow, with nothing between but XON, XOFF
    0xx0xxxx  one-byte answer of GS r or GS I, when it follows no such first byte
    37, 3D, 5F (hex)  header of a block that ends with NUL (GS I and others)
    11, 13 (hex)  XON, XOFF

Three bytes of a pushed status look like three proofs that a job came out. So frames are recognised even when nobody
asked for them (some printers push by a switch underneath), and what breaks into a frame never ends it early: at worst
a proof is missed, and the job comes again as a REPRINT.
"""

from collections import deque
from collections.abc import Iterator
from enum import IntEnum

import msgspec

FLOW_BYTES = (0x11, 0x13)
FIXED_MASK, REAL_TIME_FIXED, PUSHED_FIXED = 0x93, 0x12, 0x10
ANSWER_MASK = 0x90
PUSHED_BYTES = 4
BLOCK_HEADERS = (0x37, 0x3D, 0x5F)
BLOCK_BYTES_MAX = 128
BLOCK_LETTERS = range(0x20, 0x7F)
QUESTIONS_MAX = 4


class Question(IntEnum):
    """The n of `DLE EOT n`."""

    GENERAL = 1
    OFFLINE = 2
    ERROR = 3
    PAPER = 4


class RealTime(msgspec.Struct, frozen=True):
    """The answer to a real-time question."""

    question: Question
    data: bytes


class Unasked(msgspec.Struct, frozen=True):
    """An answer to `DLE EOT` with no question open: no later answer on this line is sure to belong to its question."""

    data: bytes


class Pushed(msgspec.Struct, frozen=True):
    """A whole frame of Automatic Status Back, four bytes."""

    data: bytes


class Answer(msgspec.Struct, frozen=True):
    """One byte of `GS r` or `GS I`, which come in the order of the questions, behind all data sent before."""

    data: bytes


class Block(msgspec.Struct, frozen=True):
    """A block answer from its header to its NUL, both included."""

    data: bytes


class FlowControl(msgspec.Struct, frozen=True):
    """XON or XOFF."""

    data: bytes


class Noise(msgspec.Struct, frozen=True):
    """Bytes that mean nothing here: broken frames and unknown answers."""

    data: bytes


Told = RealTime | Unasked | Pushed | Answer | Block | FlowControl | Noise


class StatusReader:
    """Sorts what one connection brings; a new connection takes a new reader. No bytes make it raise.

    An answer that never came would be taken for the next question's, and one too many puts all later ones off by one:
    after a timeout, and after anything unasked, hang up.
    """

    def __init__(self) -> None:
        self._asked: deque[Question] = deque()
        self.takes_blocks = False
        """Whether any block is taken, for others may come before the one that is waited for."""
        self._blocks_awaited = 0
        self._held = bytearray()

    @property
    def held(self) -> bytes:
        """The beginning of a frame or block whose rest has not come yet."""
        return bytes(self._held)

    def ask(self, question: Question) -> bytes:
        """The bytes to send for this question; its answer is awaited from now on."""
        assert len(self._asked) < QUESTIONS_MAX, "the reference allows four questions at once"
        self._asked.append(question)
        return bytes((0x10, 0x04, question))

    def await_block(self) -> None:
        """A block answer was asked for; without this a header is noise, lest noise swallow what follows it."""
        self._blocks_awaited += 1

    def read(self, data: bytes) -> list[Told]:
        """What these bytes say, in order; how they were cut into reads makes no difference."""
        return [told for byte in data for told in self._take(byte)]

    def _take(self, byte: int) -> Iterator[Told]:
        if byte in FLOW_BYTES:
            yield FlowControl(bytes((byte,)))
        elif self._held and self._held[0] in BLOCK_HEADERS:
            yield from self._into_block(byte)
        elif byte & FIXED_MASK == PUSHED_FIXED:
            yield from self._give_up()
            self._held.append(byte)
        elif byte & ANSWER_MASK == 0:
            yield from self._answer_or_frame(byte)
        elif byte & FIXED_MASK == REAL_TIME_FIXED:
            answer = bytes((byte,))
            yield RealTime(self._asked.popleft(), answer) if self._asked else Unasked(answer)
        elif byte in BLOCK_HEADERS and (self._blocks_awaited or self.takes_blocks) and not self._held:
            self._held.append(byte)
        else:
            yield Noise(bytes((byte,)))

    def _answer_or_frame(self, byte: int) -> Iterator[Told]:
        if not self._held:
            yield Answer(bytes((byte,)))
            return
        self._held.append(byte)
        if len(self._held) == PUSHED_BYTES:
            yield Pushed(self._release())

    def _into_block(self, byte: int) -> Iterator[Told]:
        if byte == 0:
            self._held.append(byte)
            self._blocks_awaited = max(self._blocks_awaited - 1, 0)
            yield Block(self._release())
        elif byte in BLOCK_LETTERS and len(self._held) < BLOCK_BYTES_MAX:
            self._held.append(byte)
        else:
            yield from self._give_up()
            yield from self._take(byte)

    def _give_up(self) -> Iterator[Told]:
        if self._held:
            yield Noise(self._release())

    def _release(self) -> bytes:
        released = bytes(self._held)
        self._held.clear()
        return released
