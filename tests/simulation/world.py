"""One simulated evening: a hub, the machines of a venue, the weather between them, and what everybody was told."""

import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from hub.sync.certificates import current_certificate
from hub.sync.generation import HubState, hub_state
from hub.sync.sessions import find_epochs
from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.kernel.clock import MINUTE_MS
from shared.sync.protocol import SESSION_MS_MAX
from tests.simulation.disk import SYSTEM, Disk
from tests.simulation.hub_side import HubSide
from tests.simulation.line import Line, Weather
from tests.simulation.machine import Machine
from tests.simulation.template import UNITS, Template
from tests.support.clock import HandClock
from tests.support.evening import migrated_bytes
from tests.support.postgres import RunningPostgres
from tests.support.season_truth import Truth

MACHINES_MAX = 8
ROUNDS_MAX = 12
CALM_ROUNDS = 2
"""In the first one the hub may still learn something that others read in the second."""
CONTACT_SHARE = 0.35


class Operation(msgspec.Struct, frozen=True):
    """Something that happens at a venue: `do` tells what happened as a sentence, or None when it could not.

    `weight` is how often it happens in a stormy evening; `calm` in a calm one.
    """

    name: str
    do: "Callable[[World, Random], Awaitable[str | None]]"
    weight: int
    calm: int = 0


@dataclass
class Backup:
    """A card as it was once; `place` is the slot it was taken from."""

    place: int
    card: Machine


@dataclass
class World:
    """Everything there is this evening. `caused` counts what was done to it, `gone` are cards that were put back."""

    postgres: RunningPostgres
    template: Template
    folder: Path
    seed: int
    rng: Random = field(init=False)
    clock: HandClock = field(default_factory=HandClock)
    hub: HubSide = field(init=False)
    weather: Weather = field(init=False)
    machines: list[Machine] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    acked: set[bytes] = field(default_factory=set)
    caused: Counter[str] = field(default_factory=Counter)
    forked: set[tuple[UUID, int]] = field(default_factory=set)
    gone: list[Machine] = field(default_factory=list)
    explained: set[tuple[str, UUID | None]] = field(default_factory=set)
    """Kinds of cases that may be open, and about which unit; None: about any."""
    events: list[UUID] = field(default_factory=list)
    revoked: dict[UUID, int] = field(default_factory=dict)
    """How much the hub had stored of a unit when it was revoked: nothing comes to that by itself."""
    proven: set[bytes] = field(default_factory=set)
    """Hashes of all entries in backups that were proven: units may forget these, and no other."""
    hired: list[UUID] = field(default_factory=list)
    erased: set[UUID] = field(default_factory=set)
    """Buyers who asked to be forgotten."""
    began_ms: int = 0
    names: int = 0

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.weather = Weather(Random(self.rng.random()))
        self.hub = HubSide(self.postgres, self.template, HandClock(self.clock.wall_ms), self.folder)
        self.events = [self.template.event_id]
        self.began_ms = self.clock.wall_ms

    async def begin(self) -> None:
        """The hub serves; every unit has heard of the evening and holds numbers."""
        await self.hub.start()
        for (code, _), keys in zip(UNITS, self.template.units, strict=True):
            disk = Disk()
            disk.put("edge.db", migrated_bytes())
            name = self.new_name(code)
            machine = Machine(
                name, code, self.template, keys, disk, self.folder / name, HandClock(self.clock.wall_ms),
                self.new_line(), Random(self.rng.random()),
            )  # fmt: skip
            await machine.switch_on()
            self.machines.append(machine)
            await machine.contact()

    def new_name(self, code: str) -> str:
        """A name for one more machine."""
        self.names += 1
        return f"{self.seed}-{self.names}-{code}"

    def new_line(self) -> Line:
        """A line to the hub."""
        return Line(self.weather, lambda: self.hub.apps)

    def tell(self, text: str) -> None:
        """One more sentence of the story."""
        passed_s = (self.clock.wall_ms - self.began_ms) // 1_000
        self.story.append(f"{passed_s // 3_600:02}:{passed_s // 60 % 60:02}:{passed_s % 60:02}  {text}")

    def pass_time(self, ms: int) -> None:
        """Time passes for everybody."""
        self.clock.forward(ms)
        self.hub.clock.forward(ms)
        for machine in self.machines:
            machine.time_passes(ms)

    def any_machine(self, rng: Random) -> Machine:
        """One of the machines."""
        return rng.choice(self.machines)

    async def contacts(self, rng: Random) -> None:
        """Some of the machines have a word with the hub."""
        for machine in self.machines:
            if rng.random() < CONTACT_SHARE:
                await machine.contact()

    @property
    def truth(self) -> Truth:
        """The hub's tables."""
        return Truth(self.hub.hub, self.template.org_id, self.hub.address)

    async def note_acked(self) -> None:
        """From here on the hub may lose nothing of what it holds now."""
        self.acked |= set(await self.truth.stored()) | await self.truth.held()

    async def is_revoked(self, unit: UUID) -> bool:
        """Whether the hub has revoked the unit."""
        return any(entry.unit_revoked for entry in await find_epochs(self.hub.hub, unit))

    async def note_revoked(self) -> None:
        """The hub was put back: as it knows units now, and what it holds of those that it has revoked."""
        units = sorted({machine.keys.node_id for machine in self.machines})
        self.revoked = {unit: await self.stored_of(unit) for unit in units if await self.is_revoked(unit)}

    async def stored_of(self, unit: UUID) -> int:
        """How many entries of a unit stand in its journals at the hub."""
        rows = await self.truth.rows("select count(*) from journal.entry where node_id = %s", unit)
        return int(rows[0][0])

    async def hub_state(self) -> HubState:
        """Normal or recovering."""
        async with self.hub.hub.bus.tenant(self.template.org_id) as connection:
            return await hub_state(connection, self.template.org_id)

    async def enrol_anew(self, machine: Machine, rng: Random) -> int:
        """Head office makes a code for the same unit, it is typed at this machine; the new epoch."""
        seeds = rng.randbytes(32), rng.randbytes(32)
        key, unit = NodeKey(*seeds), machine.keys.node_id
        await self.hub.running.unit_with(
            self.template.venue_id, machine.code, unit_id=unit, sign_key=key.sign_public, seal_key=key.seal_public,
            again=True,
        )  # fmt: skip
        entry = (await find_epochs(self.hub.hub, unit))[-1]
        owner = Owner(self.template.org_id, unit, entry.epoch)
        async with self.hub.hub.bus.tenant(owner.org_id) as connection:
            state = await hub_state(connection, owner.org_id)
            certificate = await current_certificate(self.hub.hub, connection, owner, entry, state.generation)
        await machine.begin_epoch(certificate, *seeds)
        return entry.epoch

    async def quiet(self) -> None:
        """Everything is mended, everybody reaches the hub, until nothing waits any more."""
        self.weather.worse = 0.0
        self.hub.clock.set_wall(self.clock.wall_ms)
        if not self.hub.upgraded or self.hub.app is None:
            self.hub.upgraded = True
            await self.hub.restart()
        for machine in self.machines:
            machine.line.up, machine.disk.room_bytes = True, None
            await machine.line.arrive()
            if machine.slices is not ALL:
                await machine.run_program(ALL)
        self.pass_time(SESSION_MS_MAX)  # so that everybody says hello: a hub that was put back unseen learns it then
        said: dict[str, Any] = {}
        calm = 0
        for _ in range(ROUNDS_MAX):
            self.pass_time(2 * MINUTE_MS)
            before = [machine.writer.tip for machine in self.machines]
            for machine in self.machines:
                await machine.ask_again_if_open()
                machine.greet_for_former()
                await machine.contact()
            state = await self.hub_state()
            said = {machine.name: machine.links[0].status for machine in self.machines if machine.waiting}
            level = not said and not state.recovering
            calm = calm + 1 if level and before == [machine.writer.tip for machine in self.machines] else 0
            if calm == CALM_ROUNDS:
                return
        raise AssertionError(f"never quiet: {state}, {said}")

    async def end(self) -> None:
        """Everybody goes home; nothing is kept."""
        for machine in self.machines:
            if machine.on:
                await machine.switch_off()
            SYSTEM.disks.pop(machine.name, None)
        await self.hub.drop()
        shutil.rmtree(self.folder, ignore_errors=True)
