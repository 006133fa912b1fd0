"""What happens to devices, written down by the side: in its order, by the one writer, and no sale waits for it.

While the disk takes nothing, what is new waits here; beyond the limit the oldest is given up, for a printer's flicker
must not fill the memory of a unit that sells on. One that cannot be written down for a bug of our own is given up too.

A database that is known to be an older copy is told nothing: whatever it wrote would be another history beside the one
that head office has.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from edge.runtime.spool import SpooledSlip
from shared.domain.devices.commands import NoteDeviceTrouble, NoteDeviceWell, NoteSlipReprinted
from shared.domain.devices.state import CUT_SHORT
from shared.kernel.errors import Refusal, StorageFault
from shared.pipeline.command import Command

log = structlog.get_logger()
KEPT_MAX = 256
AGAIN_S = 5.0


class Incidents:
    """`order` carries a command out; `new_id` makes its id."""

    def __init__(self, order: Callable[[Command], Awaitable[object]], new_id: Callable[[], UUID]) -> None:
        self.stale = False
        """Whether the database is such a copy; set before anything happens."""
        self._order = order
        self._new_id = new_id
        self._untold: deque[Command] = deque(maxlen=KEPT_MAX)
        self._more = asyncio.Event()

    def trouble(self, device_id: UUID, trouble: str) -> None:
        """A device is in trouble."""
        self._add(NoteDeviceTrouble(command_id=self._new_id(), device_id=device_id, trouble=trouble))

    def cut_short(self, device_id: UUID, job_id: UUID) -> None:
        """A slip did not come out whole, as far as anybody knows."""
        order = NoteDeviceTrouble(command_id=self._new_id(), device_id=device_id, trouble=CUT_SHORT, job_id=job_id)
        self._add(order)

    def well(self, device_id: UUID) -> None:
        """A device works."""
        self._add(NoteDeviceWell(command_id=self._new_id(), device_id=device_id))

    async def reprint(self, slip: SpooledSlip, device_id: UUID | None) -> bool:
        """Write down that a slip comes out once more, before it does; False where a person must say so first."""
        if self.stale:
            return False
        order = NoteSlipReprinted(
            command_id=self._new_id(),
            job_id=slip.job_id,
            entity_id=slip.entity_id,
            role=slip.role,
            device_id=device_id,
            reason="cut short",
        )
        try:
            await self._order(order)
        except Refusal as refusal:
            log.info("slip is not printed again by itself", job_id=str(slip.job_id), code=refusal.code)
            return False
        return True

    async def run(self) -> None:
        """Write down what comes, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._untold:
                await self._tell()

    def _add(self, order: Command) -> None:
        if self.stale:
            return
        self._untold.append(order)
        self._more.set()

    async def _tell(self) -> None:
        order = self._untold[0]
        try:
            await self._order(order)
        except Refusal as refusal:
            log.info("incident not written down", order=order.NAME, code=refusal.code)
        except StorageFault:
            await asyncio.sleep(AGAIN_S)
            return
        except Exception:
            log.exception("incident given up", order=order.NAME)
        if self._untold and self._untold[0] is order:
            self._untold.popleft()
