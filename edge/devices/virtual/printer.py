"""The virtual printer: a TCP server that obeys a firmware profile, and can be given the troubles of a real one."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from itertools import cycle

from edge.devices.virtual.drawer import DRAWER_PIN, PULSES_KEPT, Pulse, pulse_of
from edge.devices.virtual.head import PrintHead
from edge.devices.virtual.orders import FaultOrders
from edge.devices.virtual.paper import Slip
from edge.devices.virtual.tokens import Order, Token, next_token
from edge.devices.virtual.troubles import GIBBERISH, Troubles
from firmware_profiles import PrinterProfile

HOST = "127.0.0.1"
SLIPS_KEPT = 24
RECEIVED_BYTES_KEPT = 1_000_000
TURNS_TO_HANG_UP = 6
"""Turns of the loop from a call that was taken to its line being closed."""
READ_BYTES = 4_096
REAL_TIME = re.compile(rb"\x10\x04([\x01-\x04])|\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
REAL_TIME_TAIL_BYTES = 9
CLEARED = b"\x37\x25\x00"
PROCESS_ID_HEAD = b"\x37\x22"
MM_AN_INCH = 25.4


class VirtualPrinter(FaultOrders):
    """One printer on 127.0.0.1. `changed` is called after new paper and after each trouble.

    It has one line, as a network card has: whoever calls gets it, and what the caller before had not got through the
    line yet is lost. What stands in the buffer stays.
    """

    def __init__(
        self, profile: PrinterProfile, *, changed: Callable[[], None] | None = None, slips_kept: int = SLIPS_KEPT
    ) -> None:
        self.profile = profile
        self.troubles = Troubles()
        self.port = 0
        self.received = bytearray()
        self.pushes = False  # Automatic Status Back: by `GS a`, or by a switch underneath
        self.pulses: deque[Pulse] = deque(maxlen=PULSES_KEPT)
        self._pushed = b""
        self._changed = changed or (lambda: None)
        self._slips: deque[Slip] = deque(maxlen=slips_kept)
        self._slip_count = 0
        self._buffer = bytearray()
        self._room = asyncio.Event()
        self._line: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._gibberish = cycle(GIBBERISH)
        self._head = PrintHead(profile, self._new_slip(), self._cut)

    @property
    def slips(self) -> tuple[Slip, ...]:
        """Paper with something on it, oldest first; the last one may still be growing."""
        return tuple(slip for slip in self._slips if not slip.is_blank)

    @property
    def waiting_bytes(self) -> int:
        """What stands in the buffer."""
        return len(self._buffer)

    def slip(self, number: int) -> Slip | None:
        """The slip of this number while it is kept."""
        return next((slip for slip in self._slips if slip.number == number), None)

    async def start(self, port: int = 0) -> int:
        """Listen; the port is returned, and kept over `unplug` and `plug_in`."""
        if self.port:  # it may have listened until a moment ago
            await _turns()
        self._server = await asyncio.start_server(self._serve, HOST, port or self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Close the connection and the listening socket; whoever called in that moment is hung up on too."""
        server = self._server
        self._hang_up()
        if server is not None:
            await _turns()
            await server.wait_closed()
        await _turns()

    def drop_line(self) -> None:
        """The connection breaks; the printer stays, listens, and prints on what it has."""
        line, self._line = self._line, None
        if line is not None:
            line.transport.abort()
        self._room.set()

    def speak_unasked(self) -> None:
        """A status that answers no question, as when a picture holds the bytes of one."""
        self._say(self.troubles.real_time(1))

    def speak_false_proof(self) -> None:
        """A byte that looks as if all sent before had come out, as noise on a line may."""
        self._say(b"\x00")

    # Bytes ----------------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # it called in the moment in which the cable came out
            writer.close()
            return
        self.drop_line()
        self._line = writer
        self._pushed = b""
        self._push()
        tail = b""
        try:
            while (data := await reader.read(READ_BYTES)) and self._line is writer:
                self._keep(data)
                while data and self._line is writer:
                    part, data = data[: self._room_bytes], data[self._room_bytes :]
                    tail = self._take(tail, part)
                    await self._wait_for_room(writer)
        except ConnectionError:
            pass
        finally:
            if self._line is writer:
                self._line = None
            writer.close()

    def _keep(self, data: bytes) -> None:
        self.received += data
        del self.received[:-RECEIVED_BYTES_KEPT]

    def _take(self, tail: bytes, data: bytes) -> bytes:
        """Into the buffer; a real-time order that came alone is no text, and takes no room there."""
        alone = REAL_TIME.fullmatch(data) is not None
        left = self.troubles.bytes_left
        if left is not None and not alone:
            data = data[:left]
            self.troubles.bytes_left = left - len(data)
        if not alone:
            self._buffer += data
        tail = self._answer_in_real_time(tail, data)
        self._work()
        if self.troubles.bytes_left == 0:
            self._go_dark()
        return tail

    @property
    def _room_bytes(self) -> int:
        """How much may come in now: never more than the buffer holds, where nothing leaves it."""
        room = self.profile.buffer_bytes - len(self._buffer)
        return room if self._stands and room > 0 else READ_BYTES

    async def _wait_for_room(self, writer: asyncio.StreamWriter) -> None:
        """Only a head that stands still fills the buffer: while it works, a picture larger than the buffer passes."""
        while self._stands and len(self._buffer) >= self.profile.buffer_bytes and self._line is writer:
            self._room.clear()
            await self._room.wait()

    def _answer_in_real_time(self, tail: bytes, data: bytes) -> bytes:
        """Real-time orders overtake the buffer; the last bytes are returned, an order may be cut between reads."""
        seen = tail + data
        end = 0
        for found in REAL_TIME.finditer(seen):
            end = found.end()
            if self.troubles.stalled:
                continue
            if found[1] is None:
                self._clear(but=b"" if REAL_TIME.fullmatch(data) else seen[end:])
            elif self.profile.status == "dle-eot":
                self._tell_status(self.troubles.real_time(found[1][0]))
        return seen[max(end, len(seen) - REAL_TIME_TAIL_BYTES) :]

    def _clear(self, *, but: bytes) -> None:
        if self.profile.clears_buffer:
            self._buffer[:] = but
            self._head.reset_line()
            self._say(CLEARED)

    def _work(self) -> None:
        """Print what is in the buffer, token by token, until it is empty or a trouble stops the head."""
        worked = False
        while not self._stands:
            token = next_token(self._buffer)
            if token is None:
                break
            worked = True
            self._do(token)
        self._room.set()
        if worked:
            self._changed()

    def _do(self, token: Token) -> None:
        match token:
            case Order(b"\x1dr"):
                self._prove()
            case Order(b"\x1da", parameters):
                self.pushes, self._pushed = bool(self.profile.asb) and parameters != b"\0", b""
                self._push()
            case Order(b"\x1b@"):
                self.pushes = False  # as makers have it: the reset ends automatic status
                self._head.carry_out(token)
            case Order(b"\x1bp", parameters):
                self._open_drawer(parameters)
            case Order(b"\x1d(", parameters) if parameters[:1] == b"H" and len(parameters) == 9:
                self._name_process(parameters[5:])
            case _:
                before = self._head.slip.height_dots
                self._head.carry_out(token)
                self._use_up(max(self._head.slip.height_dots - before, 0))

    def _open_drawer(self, parameters: bytes) -> None:
        """`ESC p m t1 t2`: the drawer of pin 2 flies open, whose switch makes pin 3 high; none hangs on pin 5."""
        pulse = pulse_of(parameters)
        self.pulses.append(pulse)
        if pulse.pin == DRAWER_PIN:
            self.troubles.drawer_pin_high = True
            self._push()

    def _prove(self) -> None:
        if self.profile.proof == "gs-r":
            self._say(bytes((0x03 if self.troubles.paper_low else 0x00,)))

    def _name_process(self, name: bytes) -> None:
        """`GS ( H` 48: the name of a job, said once all before it is on paper."""
        if self.profile.process_id:
            self._say(PROCESS_ID_HEAD + name + b"\0")

    def _use_up(self, dots: int) -> None:
        if not dots:
            return
        if self.troubles.slow_mm_s:
            pause_s = dots * MM_AN_INCH / self.profile.dpi / self.troubles.slow_mm_s
            self._pause = asyncio.get_running_loop().call_later(pause_s, self._go_on)
        if self.troubles.lines_left is None:
            return
        self.troubles.lines_left -= -(-dots // self.profile.line_dots)
        if self.troubles.lines_left <= 0:
            self.troubles.lines_left = 0
            self.troubles.paper_out = True
            self._push()

    def _new_slip(self) -> Slip:
        self._slip_count += 1
        slip = Slip(self._slip_count, self.profile.paper_dots, self.profile.print_dots)
        self._slips.append(slip)
        return slip

    def _cut(self) -> None:
        self._head.slip.finished = True
        self._head.slip = self._new_slip()

    # What the line and the troubles do ------------------------------------------------------------------------

    @property
    def _stands(self) -> bool:
        return self.troubles.stops_printing or self._pause is not None

    def _say(self, data: bytes) -> None:
        if self._line is not None and data:
            self._line.write(data)

    def _tell_status(self, data: bytes) -> None:
        if self.troubles.garbled:
            data = next(self._gibberish)
        if self.troubles.late_ms:
            line = self._line
            asyncio.get_running_loop().call_later(self.troubles.late_ms / 1_000, self._say_late, line, data)
        else:
            self._say(data)

    def _say_late(self, line: asyncio.StreamWriter | None, data: bytes) -> None:
        if line is self._line:
            self._say(data)

    def _push(self) -> None:
        """Automatic Status Back: each change, unasked, to whoever is connected."""
        frame = self.troubles.pushed()
        if not self.pushes or self.troubles.stalled or frame == self._pushed:
            return
        self._pushed = frame
        self._tell_status(frame)

    def _tell(self) -> None:
        self._push()
        self._work()
        self._changed()

    def _go_on(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._work()

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            _close_behind_callers(server)
        self._buffer.clear()
        self.drop_line()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    async def _listen(self) -> None:
        if self._server is None:
            await self.start()

    def _tear_off(self) -> None:
        if not self._head.slip.is_blank:
            self._head.slip.torn = True
            self._cut()


async def _turns() -> None:
    for _ in range(TURNS_TO_HANG_UP):
        await asyncio.sleep(0)


def _close_behind_callers(server: asyncio.Server) -> None:
    """Take no more calls, close two turns later: a call that was just taken needs its server, or is never closed."""
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening.fileno())
    loop.call_soon(loop.call_soon, server.close)
