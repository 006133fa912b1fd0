"""One cell, played: a virtual printer, the real supervisor and line, the spool of a unit that can be struck down."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from edge.devices.encoder import encode
from edge.devices.lines.address import Tcp
from edge.devices.lines.opening import open_transport
from edge.devices.lines.transport import Patience
from edge.devices.matrix.cells import UNDO, Blow, Cell, Moment, all_cells
from edge.devices.matrix.paper import Printed, Ticket, contradiction, printed
from edge.devices.matrix.watched import Gate, WatchedLine, WatchedSpool
from edge.devices.spool import Spool
from edge.devices.supervisor import Pace, Supervisor
from edge.devices.virtual.faults import FAULTS, Severity
from edge.devices.virtual.printer import HOST, VirtualPrinter
from firmware_profiles import PrinterProfile, load_printer

PACE = Pace(
    poll_ms=20,
    unseen_ms_max=400,
    proof_step_ms=20,
    proof_timeout_ms=1_000,
    backoff_first_ms=5,
    backoff_longest_ms=20,
)
PATIENCE = Patience(connect_timeout_ms=1_000, status_timeout_ms=300, send_timeout_ms=1_000)
SEVERITY = Severity(lines=4, bytes_left=60, slow_mm_s=120, late_ms=600)
LASTS_MS = 450
"""So long a fault lasts before somebody mends it: a little longer than a proof may come unseen."""
LOOK_S, LOOKS_MAX = 0.01, 3_000
SLIPS_KEPT = 400


class Program(Protocol):
    """A unit that runs: its spool, as a sale, its undoing and a person's answer meet it."""

    @property
    def spool(self) -> Spool:
        """The queue of its printer."""

    async def sell(self, ticket: Ticket) -> None:
        """Queue the ticket."""

    async def undo(self, ticket: Ticket) -> None:
        """Undo its sale."""

    async def states(self) -> dict[UUID, str]:
        """The state of each sale's job."""

    async def say_again(self) -> None:
        """To whatever is held and asked about: print it again."""


class House(Protocol):
    """A unit's disk, over all its programs."""

    async def start(self) -> Program:
        """A program with what the disk holds."""

    async def end(self, blow: Blow) -> None:
        """The running one ends by KILL or POWER: at once, with nothing put in order."""

    async def close(self) -> None:
        """All is over."""


class Verdict(msgspec.Struct, frozen=True):
    """How a cell ended: the state of its job, whether a REPRINT came out, and what is wrong (empty: nothing)."""

    cell: Cell
    state: str = ""
    reprinted: bool = False
    problem: str = ""


class Stage:
    """Plays cells, one upon the other. Each round sells the next of `tickets`, the last round all that are left."""

    def __init__(self, cells: Sequence[Cell], house: House, tickets: Sequence[Ticket], profile: PrinterProfile) -> None:
        self.printer = VirtualPrinter(profile, slips_kept=SLIPS_KEPT)
        self.states: dict[UUID, str] = {}
        self._cells = cells
        self._tickets = tickets
        self._house = house
        self._gate = Gate(self._strike)
        self._task: asyncio.Task[None] | None = None
        self._program: Program | None = None
        self._undone: set[UUID] = set()
        self._cell, self._sold = cells[0], tickets[:0]

    async def play(self) -> None:
        """From a new printer to the last job's end; TimeoutError when a moment never comes."""
        await self.printer.start()
        try:
            await self._start()
            for place, cell in enumerate(self._cells):
                is_last = place == len(self._cells) - 1
                self._cell, self._sold = cell, self._tickets[place:] if is_last else self._tickets[place : place + 1]
                await self._round()
            await self._until_ended()
        finally:
            await self._stop()
            await self._house.close()
            await self.printer.stop()

    def problem(self, ticket: Ticket) -> str:
        """What is wrong with this ticket; empty when nothing is."""
        state = self.states.get(ticket.sale_id, "lost")
        return contradiction(self.on_paper(ticket), state, undone=ticket.sale_id in self._undone)

    def on_paper(self, ticket: Ticket) -> list[Printed]:
        """This ticket as it came out."""
        return printed(self.printer.slips, ticket)

    async def _round(self) -> None:
        """The moment, its fault and its blow; then the printer as somebody mends it."""
        await self._to_the_moment()
        if self._cell.blow is not Blow.RECONNECT:
            await self._end()
            await self._start()
        await asyncio.sleep(LASTS_MS / 1_000)
        if self.printer.troubles.stops_printing:
            await asyncio.sleep(LASTS_MS / 1_000)  # it may have stopped just now, and nobody is so quick
        await self.printer.repair()

    async def _start(self) -> None:
        program = self._program = await self._house.start()
        profile = self.printer.profile
        line = open_transport(Tcp(HOST, self.printer.port), profile, PATIENCE)
        supervisor = Supervisor(
            self._cell.name,
            profile=profile,
            transport=WatchedLine(line, self._gate),
            spool=WatchedSpool(program.spool, self._gate, profile),
            changed=lambda _: None,
            chance=lambda: 0.5,
            pace=PACE,
        )
        self._task = asyncio.create_task(supervisor.run())

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    async def _end(self) -> None:
        """The program stands still at its moment, so nothing of it runs on."""
        await self._stop()
        await self._house.end(self._cell.blow)
        if self._cell.blow is Blow.POWER:
            self.printer.lose_power()
            if not self.printer.troubles.unplugged:
                await self.printer.plug_in()

    async def _to_the_moment(self) -> None:
        if self._cell.moment is not Moment.WAITING:
            self._gate.set(self._cell.moment)
            await self._sell()
            async with asyncio.timeout(LOOK_S * LOOKS_MAX):
                await self._gate.reached.wait()
        elif self._cell.fault == UNDO:
            await self._sell()
            await self._give_fault()
        else:
            await self._give_fault()
            if self._cell.blow is Blow.RECONNECT:
                self.printer.drop_line()
            await self._sell()

    async def _sell(self) -> None:
        assert self._program is not None
        for ticket in self._sold:
            await self._program.sell(ticket)

    async def _strike(self) -> None:
        """At the moment: the fault, and the blow; what is killed stands still until its end."""
        await self._give_fault()
        if self._cell.blow is Blow.RECONNECT:
            self.printer.drop_line()
            return
        self._gate.reached.set()
        await asyncio.Event().wait()

    async def _give_fault(self) -> None:
        assert self._program is not None
        match self._cell.fault:
            case "undo":
                self._undone.add(self._sold[0].sale_id)
                await self._program.undo(self._sold[0])
            case "false_proof":
                self.printer.paper_ends_after(SEVERITY.lines)
                self.printer.speak_false_proof()
            case fault:
                await FAULTS[fault](self.printer, SEVERITY)

    async def _until_ended(self) -> None:
        assert self._program is not None
        for _ in range(LOOKS_MAX):
            self.states = await self._program.states()
            if all(state in ("issued", "voided") for state in self.states.values()):
                return
            await self._program.say_again()
            await asyncio.sleep(LOOK_S)


async def play_cell(cell: Cell, house: House, tickets: tuple[Ticket, Ticket], profile: PrinterProfile) -> Verdict:
    """One cell: the first ticket is struck, the second waits behind it and must come out as if nothing were."""
    stage = Stage((cell,), house, tickets, profile)
    try:
        await stage.play()
    except TimeoutError:
        return Verdict(cell, problem="it never came to its moment")
    struck, behind = tickets
    other = stage.problem(behind)
    problem = stage.problem(struck) or (other and f"the ticket behind it: {other}")
    return Verdict(cell, stage.states[struck.sale_id], any(one.marked for one in stage.on_paper(struck)), problem)


async def play_all(
    cells: tuple[Cell, ...],
    house_of: Callable[[Cell], House],
    ticket_pair: Callable[[], tuple[Ticket, Ticket]],
    told: Callable[[Verdict], None],
    *,
    at_once: int = 32,
) -> list[Verdict]:
    """All these cells, so many at once; `told` hears of each as it ends. A cell always has the same printer."""
    profiles = (load_printer("virtual-58"), load_printer("virtual-80"))
    for profile in profiles:
        encode(ticket_pair()[0].document, profile)  # what is read once, is read before anything is timed
    places = {cell: place for place, cell in enumerate(all_cells())}
    room = asyncio.Semaphore(at_once)

    async def play(cell: Cell) -> Verdict:
        async with room:
            verdict = await play_cell(cell, house_of(cell), ticket_pair(), profiles[places[cell] % 2])
        told(verdict)
        return verdict

    return list(await asyncio.gather(*(play(cell) for cell in cells)))
