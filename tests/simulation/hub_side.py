"""The hub of a simulated evening: the real application on real Postgres, which can die at any word to its database.

One process or two on one database, as where two machines serve; what they say to it can be mixed word by word.
"""

from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from hub.office.persons.service import erase_again
from hub.runtime.app import make_app
from hub.runtime.erased_log import ERASED_FILE, ErasedLog
from hub.runtime.generation_file import GENERATION_FILE, GenerationFile
from hub.runtime.hub import Hub, open_hub
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import OWNER, ensure_database
from hub.sync.generation import open_generation
from hub.sync.late import project_late
from shared.domain.slices import ALL
from shared.pipeline.manifest import Slices
from tests.simulation.before import YESTERDAY
from tests.simulation.template import Template
from tests.simulation.turns import OTHERS, Turns, my_turn
from tests.support.clock import HandClock
from tests.support.hub import RunningHub
from tests.support.postgres import RunningPostgres


class Interrupter:
    """Ends the session with the database at one of the next exchanges, before or after it reached the server."""

    def __init__(self) -> None:
        self.after: int | None = None
        self.late = False
        self.struck = 0

    def strike(self, after: int, *, late: bool) -> None:
        """At the exchange that comes after so many; `late` lets the server carry it out, and loses its answer."""
        self.after, self.late = after, late

    def is_due(self) -> bool:
        """Whether this exchange is the one."""
        if self.after is None:
            return False
        self.after -= 1
        if self.after >= 0:
            return False
        self.after = None
        self.struck += 1
        return True


def interrupted(interrupter: Interrupter) -> type[psycopg.AsyncConnection[Any]]:
    """Connections that the interrupter may end."""

    class Connection(psycopg.AsyncConnection[Any]):
        @classmethod
        async def connect(cls, *args: Any, **kwargs: Any) -> Any:
            with OTHERS.word():
                return await super().connect(*args, **kwargs)

        async def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
            async with my_turn(self.pgconn.backend_pid):
                return await self._exchange(gen, *args, **kwargs)

        async def _exchange(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
            if not interrupter.is_due():
                return await super().wait(gen, *args, **kwargs)
            if interrupter.late:
                await super().wait(gen, *args, **kwargs)
            self.pgconn.finish()
            raise psycopg.OperationalError("the connection to the database is lost")

    return Connection


class HubSide:
    """One hub at a time, on a database of its own; snapshots are its backups."""

    def __init__(self, postgres: RunningPostgres, template: Template, clock: HandClock, folder: Path) -> None:
        self._postgres = postgres
        self._template = template
        self.clock = clock
        self._folder = folder
        self.address = postgres.fresh_database(template.database)
        self.snapshots: list[PostgresAddress] = []
        self.interrupter = Interrupter()
        self.erased = ErasedLog(folder / ERASED_FILE)
        self.upgraded = True
        self.twice = False
        """Whether a second process serves beside the first."""
        self.apps: list[Any] = []
        self.hubs: list[Hub] = []
        self._stack = AsyncExitStack()

    @property
    def app(self) -> Any:
        """The application that serves; None while it is away."""
        return self.apps[0] if self.apps else None

    @property
    def hub(self) -> Hub:
        """The process that always serves."""
        return self.hubs[0]

    @property
    def running(self) -> RunningHub:
        """What head office does."""
        return RunningHub(self.hub, self._template.org_id, self.address, self._template.keys, self.clock, self._folder)

    async def start(self) -> None:
        """Open its processes, with today's program or yesterday's."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for _ in range(1 + self.twice):
            await self._start_one()

    async def join(self) -> None:
        """A second process serves too."""
        self.twice = True
        await self._start_one()

    async def _start_one(self) -> None:
        slices: Slices = ALL if self.upgraded else YESTERDAY
        opening = open_hub(
            self.address,
            self._template.keys,
            self.clock,
            slices=slices,
            connection_class=interrupted(self.interrupter),
            erased=self.erased,
            generations=GenerationFile(self._folder / GENERATION_FILE),
        )
        hub = await self._stack.enter_async_context(opening)
        self.hubs.append(hub)
        self.apps.append(make_app(hub).asgi)
        if self.upgraded:
            await erase_again(hub, self.erased)
            await project_late(hub)

    async def stop(self) -> None:
        """It is away."""
        self.interrupter.after = None
        self.apps, self.hubs = [], []
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def restart(self) -> None:
        """It died and was started again; nothing but the database remembers."""
        await self.stop()
        await self.start()

    async def snapshot(self) -> PostgresAddress:
        """The database as it is now."""
        await self.stop()
        kept = self._postgres.fresh_database(self.address.database)
        self.snapshots.append(kept)
        await self.start()
        return kept

    def forget_snapshots_but_the_last(self) -> None:
        """Older backups are thrown away."""
        for address in self.snapshots[:-1]:
            self._postgres.drop_database(address)
        del self.snapshots[:-1]

    async def restore(self, snapshot: PostgresAddress, *, told: bool) -> None:
        """The database is taken back; the restore command tells the hub so, or it must find out by itself."""
        await self.stop()
        self._postgres.drop_database(self.address)
        ensure_database(self._postgres.server.superuser, self.address.database, snapshot.database)
        await self.start()
        if told:
            await open_generation(self.hub, self._template.org_id, "restored")

    def turns(self, rng: Random) -> Turns:
        """For several who speak with the database at once."""
        return Turns(rng, self._postgres.address.url(OWNER))

    async def drop(self) -> None:
        """Nothing of it is kept."""
        await self.stop()
        for address in (self.address, *self.snapshots):
            self._postgres.drop_database(address)
