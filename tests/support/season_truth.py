"""What must be true of the hub once everything is quiet, read from its tables; asked by the stateful test."""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from hub.runtime.hub import Hub
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import OWNER
from hub.sync.branches import lineage, read_lines
from hub.sync.projecting import read_stored
from shared.domain.raffle.queries_page import NUMBER_TOTALS
from shared.domain.slices import ALL
from shared.journal.bundle import unpack
from shared.journal.chain import Tip, empty_tip, entry_hash, follow
from shared.journal.entry import Entry, Fact, Owner
from shared.pipeline.changes import Change
from shared.pipeline.postgres_applier import Connection, apply, table_name
from shared.pipeline.tables import fields_of

STORED = (
    "select node_id, epoch, branch, seq, hash, data from journal.entry where node_id <> %s "
    "order by node_id, epoch, branch, seq"
)
OWN = "select epoch, data from journal.entry where node_id = %s and branch = 0 order by epoch, seq"
OWN_TIPS = "select epoch, seq, hash from journal.head where node_id = %s and branch = 0 and seq > 0"
HELD = "select data from sync.refused_bundle"
FORK_CASES = "select about_node_id, node_epoch from cases.cases_case where kind = 'fork'"
KINDS = "select kind, about_node_id, node_epoch, entity_id from cases.cases_case"
TWICE = """
select r.first_number, o.first_number from raffle.raffle_range r
join raffle.raffle_sale_state s on (s.node_id, s.epoch, s.branch, s.seq) = (r.node_id, r.epoch, r.branch, r.sale_seq)
join raffle.raffle_range o on o.event_id = r.event_id and o.first_number <= r.last_number
    and o.last_number >= r.first_number and (o.node_id, o.epoch, o.branch, o.sale_seq)
    <> (r.node_id, r.epoch, r.branch, r.sale_seq)
join raffle.raffle_sale_state t on (t.node_id, t.epoch, t.branch, t.seq) = (o.node_id, o.epoch, o.branch, o.sale_seq)
where not s.is_disputed and not t.is_disputed
"""
SOLD_BY = "select coalesce(sum(amount_minor), 0)::bigint from raffle.raffle_unit_total where node_id = %s"
NOT_SHOWN = (
    "select node_id, epoch, branch, seq from sync.quarantine union "
    "select node_id, epoch, branch, seq from sync.unprojected"
)
BATCH_MAX = 12
EDGE_ROWS = tuple(kind for part in ALL.slices for kind in part.edge_rows)


class Truth:
    """The hub's tables of one organisation."""

    def __init__(self, hub: Hub, org_id: UUID, address: PostgresAddress) -> None:
        self.hub = hub
        self.org_id = org_id
        self.address = address

    async def rows(self, text: str, *params: Any) -> list[tuple[Any, ...]]:
        """What the hub holds."""
        async with self.hub.bus.tenant(self.org_id) as connection:
            return await _rows(connection, text, *params)

    async def stored(self) -> Counter[bytes]:
        """Hashes of every entry of a unit, in a journal or held aside of a revoked one."""
        return Counter(bytes(row[4]) for row in await self.rows(STORED, self.hub.node_id))

    async def held(self) -> set[bytes]:
        """Hashes of what a revoked unit still sent."""
        bundles = [unpack(bytes(row[0]))[0] for row in await self.rows(HELD)]
        return {entry_hash(data) for bundle in bundles for data in bundle.entries}

    async def branches(self) -> Counter[tuple[UUID, int]]:
        """How many histories each epoch of a unit has."""
        rows = await self.rows("select node_id, epoch from journal.head where node_id <> %s", self.hub.node_id)
        return Counter((row[0], row[1]) for row in rows)

    async def fork_cases(self) -> Counter[tuple[UUID, int]]:
        """Epochs that have a case because of two histories."""
        return Counter((row[0], row[1]) for row in await self.rows(FORK_CASES))

    async def chains_hold(self) -> None:
        """Each history of each epoch verifies from its beginning."""
        for node_id, epoch in await self.branches():
            owner = Owner(self.org_id, node_id, epoch)
            async with self.hub.bus.tenant(self.org_id) as connection:
                lines = await read_lines(connection, owner)
                rows = await _rows(connection, STORED, self.hub.node_id)
            data = {(row[2], row[3]): bytes(row[5]) for row in rows if (row[0], row[1]) == (node_id, epoch)}
            for line in lines:
                places = _places(lineage(lines, line.branch))
                read = follow(owner, empty_tip(owner), [data[place] for place in places])
                last = Tip(read[-1].envelope.seq, read[-1].hash) if read else empty_tip(owner)
                assert last == line.tip, (owner, line)

    async def own_journal_holds(self) -> list[Fact]:
        """The hub's own journal verifies in each epoch, up to where its head stands; what it says."""
        entries: dict[int, list[bytes]] = {}
        for epoch, data in await self.rows(OWN, self.hub.node_id):
            entries.setdefault(epoch, []).append(bytes(data))
        tips, facts = {}, list[Fact | None]()
        for epoch, found in entries.items():
            owner = Owner(self.org_id, self.hub.node_id, epoch)
            read = follow(owner, empty_tip(owner), found)
            tips[epoch] = read[-1].envelope.seq, read[-1].hash
            facts += [ALL.facts.read(one.envelope.type, one.envelope.version, one.envelope.body) for one in read]
        assert tips == {row[0]: (row[1], bytes(row[2])) for row in await self.rows(OWN_TIPS, self.hub.node_id)}
        return [fact for fact in facts if fact is not None]

    async def numbers_add_up(self) -> None:
        """Each leased number is in one class, and none was sold twice without anybody having noticed."""
        for one in await self.hub.many(self.org_id, NUMBER_TOTALS):
            assert one.leased == one.sold + one.void + one.unsold + one.quarantined + one.disputed, one
            assert min(one.leased, one.sold, one.void, one.unsold, one.quarantined, one.disputed) >= 0, one
        assert not await self.rows(TWICE)

    async def replays(self, rng: Random | None = None) -> None:
        """The rows of units follow from the stored entries, whatever order they came in.

        With `rng`, journals are mixed and each is cut into batches, as no upload ever was.
        """
        async with await psycopg.AsyncConnection.connect(self.address.url(OWNER)) as connection:
            await connection.execute("select set_config('tillhouse.org', %s, true)", [str(self.org_id)])
            live = await _unit_rows(connection)
            entries = await _rows(connection, STORED, self.hub.node_id)
            hidden = {tuple(row) for row in await _rows(connection, NOT_SHOWN)}
            for kind in reversed(EDGE_ROWS):
                await connection.execute(f"delete from {table_name(kind)}".encode())
            epochs = [Owner(self.org_id, *epoch) for epoch in sorted({(row[0], row[1]) for row in entries})]
            journals = [await _changes(connection, owner, entries, hidden) for owner in epochs]
            for batch in batches(journals, rng):
                await apply(connection, batch)
            again = await _unit_rows(connection)
            await connection.rollback()
        for name, rows in live.items():
            assert again[name] == rows, name

    async def sold_minor(self, node_id: UUID) -> int:
        """What the hub counts of one unit."""
        return int((await self.rows(SOLD_BY, node_id))[0][0])


async def _rows(connection: Connection, text: str, *params: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await (await connection.execute(text.encode(), params)).fetchall()]


async def _unit_rows(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for kind in EDGE_ROWS:
        names = ", ".join(("org_id", "node_id", "epoch", "branch", *fields_of(kind)))
        found[table_name(kind)] = sorted(await _rows(connection, f"select {names} from {table_name(kind)}"), key=repr)
    return found


def batches(journals: Sequence[Sequence[list[Change]]], rng: Random | None) -> Iterator[list[Change]]:
    """The changes of journals' entries, each journal in its order: one entry after another, or mixed by chance."""
    left = [list(reversed(journal)) for journal in journals if journal]
    while left:
        place = rng.randrange(len(left)) if rng else 0
        count = rng.randrange(1, BATCH_MAX) if rng else 1
        yield [change for _ in range(min(count, len(left[place]))) for change in left[place].pop()]
        left = [journal for journal in left if journal]


async def _changes(
    connection: Connection, owner: Owner, entries: list[tuple[Any, ...]], hidden: set[Any]
) -> list[list[Change]]:
    """Every history of an epoch anew; one that left another stands on the leases that both share."""
    mine = {(row[2], row[3]): bytes(row[5]) for row in entries if (row[0], row[1]) == (owner.node_id, owner.epoch)}
    lines, found = await read_lines(connection, owner), list[list[Change]]()
    for line in lines:
        label = msgspec.structs.replace(owner, branch=line.branch)
        for branch, seq in _places(lineage(lines, line.branch)):
            one = read_stored(mine[branch, seq])
            shown = (owner.node_id, owner.epoch, branch, seq) not in hidden
            if not shown or (branch != line.branch and one.envelope.type not in ALL.carried_types):
                continue
            fact = ALL.facts.read(one.envelope.type, one.envelope.version, one.envelope.body)
            if fact is not None:
                found.append(ALL.project(Entry(one.envelope, one.hash, fact, label)))
    return found


def _places(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(branch, seq) along a history."""
    places: list[tuple[int, int]] = []
    for branch, upto in parts:
        places += [(branch, seq) for seq in range(len(places) + 1, upto + 1)]
    return places
