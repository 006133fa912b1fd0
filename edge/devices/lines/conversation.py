"""Questions to a printer and what comes back, over any carrier.

Real-time status (`DLE EOT`), automatic status (`GS a`) and the proof (`GS r 1`) come back over one line and carry no
name; `edge.devices.answers` tells them apart. Where a printer can, the proof has one (`GS ( H` 48: it is sent back when
the print before it is complete), so neither noise nor another unit's proof is taken for it. The line is listened to all
the time, so what the printer says by itself, and that its cable came out, is known at once.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from edge.devices.answers import Question, RealTime
from edge.devices.lines.hearing import Hearing
from edge.devices.lines.transport import Carrier, Patience, PrinterAbsent, PrinterRefused, PrinterSilent
from edge.devices.status import Reading
from firmware_profiles import PrinterProfile
from shared.journal.chance import chance_bytes

CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
ASK_PROOF = b"\x1dr\x01"
NAME_PROOF = b"\x1d(H\x06\x00\x30\x30"
PROOF_HEAD, PROOF_END = b"\x37\x22", b"\0"
"""Epson, ESC/POS command reference, `GS ( H`, function 48: four letters from 20 to 7E (hex) name what was printed."""
INITIALISE = b"\x1b@"
TELL_BY_YOURSELF = b"\x1da\x0f"
"""`GS a`: drawer, on-line, errors and paper. It answers at once with a whole frame; `ESC @` ends it."""
ASK_ABOUT_YOURSELF = b"\x1dI"
NAME_HEAD = b"_"
LOOK_MS = 1
FIRST_LETTER, LETTERS = 0x20, 95


class Conversation:
    """A printer that answers. One task at a time asks; `on_news` may be called while it does."""

    one_way = False

    def __init__(self, carrier: Carrier, profile: PrinterProfile, patience: Patience | None = None) -> None:
        self.address = carrier.address
        self.byte_ms = carrier.byte_ms
        self._carrier = carrier
        self._patience = patience or Patience()
        self._by_asking = profile.status == "dle-eot"
        self._tells = bool(profile.asb) or profile.status == "asb"
        self._proves = profile.proves
        self._by_name = bool(profile.process_id)
        self._named = b""
        self._told: Callable[[], None] = lambda: None
        self._listener: asyncio.Task[None] | None = None
        self._hearing = Hearing(self.address, self._news)
        self._awaits_proof = False

    @property
    def noise_bytes(self) -> int:
        """How many bytes without any meaning have come since the line was opened."""
        return self._hearing.noise_bytes

    def on_news(self, told: Callable[[], None]) -> None:
        """Called after each change that the printer tells by itself, and when the line breaks."""
        self._told = told

    async def open(self) -> None:
        """Connect within the timeout, listen, and let the printer tell by itself where it can."""
        await self.close()
        try:
            async with asyncio.timeout(self._patience.connect_timeout_ms / 1_000):
                await self._carrier.open()
        except ConnectionRefusedError as fault:
            raise PrinterRefused(address=self.address) from fault
        except OSError as fault:
            raise PrinterAbsent(address=self.address) from fault
        self._listener = asyncio.create_task(self._hearing.listen(self._carrier))
        if self._by_asking and self._tells:
            await self._write(TELL_BY_YOURSELF, urgent=True)

    async def close(self) -> None:
        """Hang up at once; what was not sent is dropped."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.wait((listener,))
        await self._carrier.close()
        self._hearing, self._awaits_proof = Hearing(self.address, self._news), False

    async def status(self) -> Reading:
        """By questions, or from what it tells by itself, as the profile says."""
        self._hearing.asking()
        return await (self._asked_status() if self._by_asking else self._told_status())

    async def send(self, data: bytes) -> None:
        """Write all of it, or PrinterAbsent / PrinterSilent when the line takes no more."""
        if self._tells and data.startswith(INITIALISE):
            data = INITIALISE + TELL_BY_YOURSELF + data[len(INITIALISE) :]
        await self._write(data)

    async def ask_proof(self) -> None:
        """`GS r 1` or `GS ( H`: answered in turn, so only after all data before it."""
        if not self._proves:
            return
        hearing = self._hearing
        hearing.asking()
        self._awaits_proof = True
        if self._by_name:
            name = new_name()
            self._named = PROOF_HEAD + name + PROOF_END
            hearing.blocks.clear()
            hearing.reader.takes_blocks = True
            await self._write(NAME_PROOF + name)
        else:
            hearing.proofs.clear()
            await self._write(ASK_PROOF)

    async def proved(self, *, within_ms: int) -> bool:
        """Whether the proof byte has come; no status looks like it, so it counts on a confused line too.

        A printer that proves nothing is given reports alone, and has done all it can when it has taken one.
        """
        if not self._proves:
            return True
        try:
            if self._by_name:
                await self._hear_name(within_ms)
            else:
                await self._hearing.next(self._hearing.proofs, within_ms)
        except PrinterSilent:
            return False
        self._awaits_proof = False
        return True

    async def _hear_name(self, within_ms: int) -> None:
        """The name that was asked for last, and once; noise may stand before it in its block."""
        while True:
            block = await self._hearing.next(self._hearing.blocks, within_ms)
            if self._named and block.data.endswith(self._named):
                self._named, self._hearing.reader.takes_blocks = b"", False
                return

    async def clear(self) -> None:
        """`DLE DC4 8`: clear the receive and print buffers, in which a question may be waiting too."""
        self._hearing.reader.await_block()
        await self._write(CLEAR_BUFFER, urgent=True)
        self._hearing.frame_awaited = False
        if self._by_asking and self._tells:
            await self._write(TELL_BY_YOURSELF, urgent=True)

    async def text_of(self, which: int) -> str:
        """`GS I n`: what it says of itself, such as its firmware (65) or model (67); PrinterSilent when it does not."""
        hearing = self._hearing
        hearing.asking()
        hearing.blocks.clear()
        hearing.reader.await_block()
        await self._write(ASK_ABOUT_YOURSELF + bytes((which,)))
        while True:
            block = await hearing.next(hearing.blocks, self._patience.status_timeout_ms)
            if block.data.startswith(NAME_HEAD):
                return block.data[1:-1].decode("ascii").strip()

    async def _asked_status(self) -> Reading:
        """Question by question; the causes of an error only when there is one, as some printers know no others."""
        reading = Reading()
        for question in (Question.GENERAL, Question.OFFLINE, Question.PAPER):
            reading = reading.told(await self._ask(question))
        return reading.told(await self._ask(Question.ERROR)) if reading.error else reading

    async def _ask(self, question: Question) -> RealTime:
        """One question, with no other open: what has come before it is asked cannot be its answer."""
        hearing = self._hearing
        with suppress(PrinterSilent):
            await hearing.next(hearing.statuses, LOOK_MS)
        hearing.keep_in_step()
        await self._write(hearing.reader.ask(question), urgent=True)
        answer = await hearing.next(hearing.statuses, self._patience.status_timeout_ms)
        hearing.keep_in_step()
        return answer

    async def _told_status(self) -> Reading:
        """By `GS a`, which is answered in its turn: not before the job in front of it, and not while the printer
        stands still. Then its last word counts, for it tells each change of it. One question at most is open."""
        hearing = self._hearing
        hearing.keep_line()
        hearing.keep_in_step()
        word = hearing.word
        if word is not None and self._awaits_proof:
            return word
        if not hearing.frame_awaited:
            hearing.frames.clear()
            hearing.frame_awaited = True  # before it is asked: the answer may be here when the write returns
            await self._write(TELL_BY_YOURSELF, urgent=True)
        if word is not None and not word.prints:
            return word
        return Reading().told(await hearing.next(hearing.frames, self._patience.status_timeout_ms))

    async def _write(self, data: bytes, *, urgent: bool = False) -> None:
        if self._listener is None:
            raise PrinterAbsent(address=self.address)
        self._hearing.keep_line()
        timeout_ms = self._patience.send_timeout_ms + len(data) * self._carrier.byte_ms
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                await self._carrier.write(data, urgent=urgent)
        except TimeoutError as fault:
            raise PrinterSilent(address=self.address) from fault
        except OSError as fault:
            raise PrinterAbsent(address=self.address) from fault

    def _news(self) -> None:
        self._told()


def new_name() -> bytes:
    """A name for one proof, which no other unit and no noise hits on."""
    return bytes(FIRST_LETTER + byte % LETTERS for byte in chance_bytes(4))
