"""The virtual printer: a TCP server that obeys a firmware profile, and can be given the troubles of a real one."""

import asyncio
import re
from collections import deque
from collections.abc import Callable

from edge.devices.encoder import default_typeface
from edge.devices.virtual.head import PrintHead
from edge.devices.virtual.paper import Slip
from edge.devices.virtual.tokens import Order, Token, next_token
from edge.devices.virtual.troubles import Troubles
from firmware_profiles import PrinterProfile

HOST = "127.0.0.1"
SLIPS_KEPT = 24
RECEIVED_BYTES_KEPT = 1_000_000
READ_BYTES = 4_096
REAL_TIME = re.compile(rb"\x10\x04([\x01-\x04])|\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
REAL_TIME_TAIL_BYTES = 9


class VirtualPrinter:
    """One printer on 127.0.0.1. `changed` is called after new paper and after each trouble."""

    def __init__(self, profile: PrinterProfile, *, changed: Callable[[], None] | None = None) -> None:
        self.profile = profile
        self.troubles = Troubles()
        self.port = 0
        self.received = bytearray()
        self.pushes = False  # Automatic Status Back: by `GS a`, or by a switch underneath
        self._pushed = b""
        self._changed = changed or (lambda: None)
        self._slips: deque[Slip] = deque(maxlen=SLIPS_KEPT)
        self._slip_count = 0
        self._buffer = bytearray()
        self._room = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._head = PrintHead(profile, self._new_slip(), default_typeface(), self._cut)

    @property
    def slips(self) -> tuple[Slip, ...]:
        """Paper with something on it, oldest first; the last one may still be growing."""
        return tuple(slip for slip in self._slips if not slip.is_blank)

    def slip(self, number: int) -> Slip | None:
        """The slip of this number while it is kept."""
        return next((slip for slip in self._slips if slip.number == number), None)

    async def start(self, port: int = 0) -> int:
        """Listen; the port is returned, and kept over `unplug` and `plug_in`."""
        self._server = await asyncio.start_server(self._serve, HOST, port or self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Close all connections and the listening socket."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in self._writers:
            writer.close()
        self._room.set()
        if server is not None:
            await server.wait_closed()

    # Troubles -------------------------------------------------------------------------------------------------

    def take_paper(self) -> None:
        """Paper out, at once."""
        self.troubles.paper_out = True
        self._tell()

    def paper_ends_after(self, lines: int) -> None:
        """The roll has so many lines left; it runs out inside the ticket that needs more."""
        self.troubles.lines_left = lines
        self._tell()

    def paper_low(self, on: bool = True) -> None:
        """The near-end sensor."""
        self.troubles.paper_low = on
        self._tell()

    def put_in_roll(self) -> None:
        """A new roll: what hung out is torn off, what waits in the buffer is printed."""
        if self.troubles.paper_out and not self._head.slip.is_blank:
            self._head.slip.torn = True
            self._cut()
        self.troubles.paper_out = self.troubles.paper_low = False
        self.troubles.lines_left = None
        self._tell()

    def cover(self, *, is_open: bool) -> None:
        """Open or close the cover."""
        self.troubles.cover_open = is_open
        self._tell()

    def jam_cutter(self, on: bool = True) -> None:
        """The knife sticks until someone frees it."""
        self.troubles.cutter_jammed = on
        self._tell()

    def overheat(self, on: bool = True) -> None:
        """The head is too hot; it goes on by itself when it has cooled."""
        self.troubles.hot = on
        self._tell()

    def break_down(self, on: bool = True) -> None:
        """An error that only a workshop mends."""
        self.troubles.broken = on
        self._tell()

    def hold_feed_button(self, on: bool = True) -> None:
        """Someone feeds paper by hand; the printer is offline meanwhile."""
        self.troubles.feeding = on
        self._tell()

    def stall(self, on: bool = True) -> None:
        """Neither print nor answer, with the connection up."""
        self.troubles.stalled = on
        self._tell()

    def speak_unasked(self) -> None:
        """A status that answers no question, as when a picture holds the bytes of one."""
        for writer in self._writers[-1:]:
            writer.write(self.troubles.real_time(1))

    async def unplug(self) -> None:
        """The cable is out: connections break, nobody listens, the buffer is lost."""
        self.troubles.unplugged = True
        self._buffer.clear()
        await self.stop()
        self._tell()

    async def plug_in(self) -> None:
        """The cable is in again, same port."""
        self.troubles.unplugged = False
        if self._server is None:
            await self.start()
        self._tell()

    # Bytes ----------------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._pushed = b""
        self._push()
        tail = b""
        try:
            while data := await reader.read(READ_BYTES):
                self._keep(data)
                self._buffer += data
                tail = self._answer_in_real_time(tail, data, writer)
                self._work()
                await self._wait_for_room(writer)
        except ConnectionError:
            pass
        finally:
            self._writers.remove(writer)
            writer.close()

    def _keep(self, data: bytes) -> None:
        self.received += data
        del self.received[:-RECEIVED_BYTES_KEPT]

    async def _wait_for_room(self, writer: asyncio.StreamWriter) -> None:
        """Only a head that stands still fills the buffer: while it works, a picture larger than the buffer passes."""
        while self._is_full and not writer.is_closing():
            self._room.clear()
            await self._room.wait()

    @property
    def _is_full(self) -> bool:
        return self.troubles.stops_printing and len(self._buffer) >= self.profile.buffer_bytes

    def _answer_in_real_time(self, tail: bytes, data: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Real-time orders overtake the buffer; the last bytes are returned, an order may be cut between reads."""
        seen = tail + data
        end = 0
        for found in REAL_TIME.finditer(seen):
            end = found.end()
            if self.troubles.stalled:
                continue
            if found[1] is None:
                self._clear(but=seen[end:])
            elif self.profile.status == "dle-eot":
                writer.write(self.troubles.real_time(found[1][0]))
        return seen[max(end, len(seen) - REAL_TIME_TAIL_BYTES) :]

    def _clear(self, *, but: bytes) -> None:
        if self.profile.clears_buffer:
            self._buffer[:] = but
            self._head.reset_line()

    def _work(self) -> None:
        """Print what is in the buffer, token by token, until it is empty or a trouble stops the head."""
        worked = False
        while not self.troubles.stops_printing:
            token = next_token(self._buffer)
            if token is None:
                break
            worked = True
            self._do(token)
        self._room.set()
        if worked:
            self._changed()

    def _do(self, token: Token) -> None:
        if isinstance(token, Order) and token.name == b"\x1dr":
            self._prove()
            return
        if isinstance(token, Order) and token.name == b"\x1da":
            self.pushes, self._pushed = bool(self.profile.asb) and token.parameters != b"\0", b""
            self._push()
            return
        before = self._head.slip.height_dots
        self._head.carry_out(token)
        self._use_up(max(self._head.slip.height_dots - before, 0))

    def _prove(self) -> None:
        if self.profile.proof == "gs-r":
            for writer in self._writers[-1:]:
                writer.write(bytes((0x03 if self.troubles.paper_low else 0x00,)))

    def _use_up(self, dots: int) -> None:
        if self.troubles.lines_left is None or not dots:
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

    def _push(self) -> None:
        """Automatic Status Back: each change, unasked, to whoever is connected."""
        frame = self.troubles.pushed()
        if not self.pushes or self.troubles.stalled or frame == self._pushed:
            return
        self._pushed = frame
        for writer in self._writers[-1:]:
            writer.write(frame)

    def _tell(self) -> None:
        self._push()
        self._work()
        self._changed()
