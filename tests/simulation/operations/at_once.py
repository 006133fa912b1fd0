"""What happens in the same moment: two hub processes on one database, and words to it mixed by a seed."""

import contextlib
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from uuid import UUID, uuid4

from hub.runtime.hub import Hub
from hub.sync.feed import read_feed
from hub.sync.receive import receive
from shared.domain.identity.commands import OpenVenue
from shared.kernel.errors import EvidenceError, Fault, Refusal
from shared.kernel.limits import FEED_PAGE_CHANGES_MAX
from shared.sync.feed import read_page
from shared.sync.protocol import Session
from tests.simulation.bundles import bundles_of
from tests.simulation.machine import Machine
from tests.simulation.operations.selling import attempt
from tests.simulation.world import Operation, World

Work = Callable[[], Awaitable[Any]]
BUNDLES_MAX = 4
POLLS = 6
PAGE_CHANGES = 4, 12


async def second_process(world: World, rng: Random) -> str | None:
    """Another process of the hub begins to serve, or ends."""
    if not world.hub.apps:
        return None
    if world.hub.twice:
        world.hub.twice = False
        await world.hub.restart()
        return "one process of the hub is left"
    await world.hub.join()
    world.caused["second hub process"] += 1
    return "a second process of the hub serves too"


async def _together(world: World, rng: Random, works: list[Work]) -> list[Any]:
    turns = world.hub.turns(Random(rng.random()))
    answers = await turns.together(works)
    world.caused["words mixed"] += turns.words
    world.caused["waited for another in the database"] += turns.waits
    return answers


def _decide(hub: Hub, org_id: UUID, name: str) -> Work:
    async def decide() -> None:
        order = OpenVenue(command_id=uuid4(), name=name, place="", zone="Europe/London")
        with contextlib.suppress(Refusal):
            await hub.bus.handle(org_id, order)

    return decide


async def all_speak(world: World, rng: Random) -> str | None:
    """Units upload and read while head office decides, in the same moment: none misses what was decided meanwhile."""
    chosen = rng.sample(world.machines, min(len(world.machines), rng.randrange(2, 4)))
    saw = [f"{machine.name} {await attempt(machine, rng, world)}" for machine in chosen]
    for machine in chosen:
        machine.links[0].greet_again()
    hubs, decisions = world.hub.hubs, rng.randrange(3)
    works: list[Work] = [machine.contact for machine in chosen]
    for place in range(decisions):
        world.names += 1
        works.append(_decide(hubs[place % len(hubs)], world.template.org_id, f"Stand {world.names}"))
    await _together(world, rng, works)
    world.caused["spoke at once"] += len(works)
    return f"{'; '.join(saw)}; they speak with the hub at once, while head office decides {decisions} times"


class Reader:
    """A unit that asks for page after page, each of another process; what it read, by row."""

    def __init__(self, world: World, machine: Machine, most: int) -> None:
        self._world = world
        self._session = Session(machine.owner.org_id, machine.owner.node_id, machine.owner.epoch, 2**60)
        self._most = most
        self._since = self._pages = 0
        self.read: dict[tuple[str, bytes], tuple[int, bytes]] = {}

    async def page(self) -> bool:
        """The next one; whether it was the last."""
        hubs, since = self._world.hub.hubs, self._since
        self._pages += 1
        data = await read_feed(hubs[self._pages % len(hubs)], self._session, since, self._most)
        found = read_page(data, feeder_key=self._world.template.hub_key, org=self._session.org, since=since)
        self.read |= {(one.kind, one.key): (one.position, one.row) for one in found.changes}
        self._since = found.upto
        return found.end

    async def pages(self) -> None:
        """All there are by now, and a few more."""
        polls = 0
        while polls < POLLS:
            polls += await self.page()


async def read_meanwhile(world: World, rng: Random) -> str | None:
    """A unit reads the feed in small pages while head office decides in both processes: it misses no row of them."""
    hubs, machine = world.hub.hubs, world.any_machine(rng)
    reader, decisions = Reader(world, machine, rng.randrange(*PAGE_CHANGES)), rng.randrange(1, 4)
    works: list[Work] = [reader.pages]
    for place in range(decisions):
        world.names += 1
        works.append(_decide(hubs[place % len(hubs)], world.template.org_id, f"Stand {world.names}"))
    await _together(world, rng, works)
    whole = Reader(world, machine, FEED_PAGE_CHANGES_MAX)
    for one in (reader, whole):
        await one.pages()
    missed = whole.read.items() ^ reader.read.items()
    assert not missed, f"a unit that read while head office decided missed {missed}"
    world.caused["read meanwhile"] += 1
    return f"{machine.name} reads on while head office decides {decisions} times at once"


async def same_bundles(world: World, rng: Random) -> str | None:
    """Bundles of one machine arrive at once, each of them twice, as where requests are repeated by another road."""
    machine = world.any_machine(rng)
    saw = [await attempt(machine, rng, world) for _ in range(rng.randrange(3))]
    bundles = (await bundles_of(machine, entries_each=rng.randrange(1, 6)))[:BUNDLES_MAX]
    if not bundles or not world.hub.hubs:
        return None
    session = Session(machine.owner.org_id, machine.owner.node_id, machine.owner.epoch, 2**60)
    hubs = world.hub.hubs

    def take(place: int, data: bytes) -> Work:
        async def taken() -> int:
            with contextlib.suppress(Refusal, Fault, EvidenceError):
                await receive(hubs[place % len(hubs)], session, data)
                return 1
            return 0

        return taken

    taken = await _together(world, rng, [take(place, data) for place, data in enumerate([*bundles, *bundles])])
    world.caused["bundle at once"] += len(taken)
    said = "; ".join([machine.name, *saw])
    return f"{said}: {len(bundles)} of its bundles arrive twice at once; {sum(taken)} are taken"


OPERATIONS = (
    Operation("second process", second_process, 2),
    Operation("all speak", all_speak, 4),
    Operation("read meanwhile", read_meanwhile, 4),
    Operation("same bundles", same_bundles, 4),
)
