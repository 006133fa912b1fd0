"""A hub that lost its last hours: restored to a backup from before a lease that one of its handhelds holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from hub.runtime.hub import Hub
from hub.sync.leases import grant
from hub.sync.recovery import take_evidence
from shared.journal.keyfile import Keys
from shared.sync.evidence import Evidence
from shared.sync.protocol import LeaseRequest, Session
from tests.support.backups import back_up, restored_hub
from tests.support.hub import RunningHub
from tests.support.postgres import RunningPostgres

LEASES = "select first_number, last_number from raffle.raffle_lease order by first_number"


@dataclass
class Disaster:
    """A hub that was restored to before `lost` was granted; `first` and `second` are its two handhelds."""

    before: RunningHub
    after: RunningHub
    event: UUID
    first: Keys
    second: Keys
    lost: bytes

    def session(self, keys: Keys) -> Session:
        """A proven unit."""
        return Session(self.after.org_id, keys.node_id, 1, self.after.clock.wall_ms + 60_000)

    async def show(self, keys: Keys, *leases: bytes, complete: bool = True) -> Any:
        """The unit shows these leases."""
        return await take_evidence(self.after.hub, self.session(keys), Evidence(leases=leases, complete=complete))

    async def ask(self, keys: Keys, hub: Hub | None = None) -> bytes:
        """The unit asks for numbers."""
        return await grant(hub or self.after.hub, self.session(keys), LeaseRequest(uuid4(), self.event))

    async def leases(self) -> list[tuple[int, int]]:
        """What the restored hub knows to be granted."""
        async with self.after.hub.bus.tenant(self.after.org_id) as connection:
            return list(await (await connection.execute(LEASES)).fetchall())


@asynccontextmanager
async def a_disaster(postgres: RunningPostgres, running: RunningHub) -> AsyncIterator[Disaster]:
    """Two handhelds; the first holds a lease that the restored hub knows nothing of."""
    venue = await running.venue()
    await running.staff("Mara")
    first, second = await running.unit(venue, "R07"), await running.unit(venue, "R12")
    event = await running.event(venue)
    made = Disaster(running, running, event, first, second, b"")
    await made.ask(first)
    backup = back_up(running)
    made.lost = await made.ask(first)
    async with restored_hub(postgres, running, backup) as after:
        made.after = after
        yield made
