"""Deciding at the hub: one transaction a command, the organisation's head row locked in it (design §3).

Any number of stateless hub processes may decide; the lock makes them one writer a journal, and because feed positions
are drawn under it at the end, commit order is position order.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec

from shared.journal.chain import Tip, empty_tip
from shared.journal.entry import Entry, Envelope, Fact, Owner
from shared.kernel.clock import Clock
from shared.kernel.codec import decode
from shared.pipeline.changes import Change, Put, Row, fold
from shared.pipeline.command import Command, Given
from shared.pipeline.decision import CommandReused, Happened, command_digest, happen
from shared.pipeline.manifest import Slices
from shared.pipeline.postgres_applier import Connection, apply, insert_rows
from shared.pipeline.queries import Ask, KeyAsk, Query

R = TypeVar("R")
T = TypeVar("T")
ENTRY_COLUMNS = ("org_id", "node_id", "epoch", "branch", "seq", "hash", "data", "received_ms")
HEAD = "select seq, hash from journal.head where org_id = %s and node_id = %s and epoch = %s and branch = %s for update"
SET_HEAD = (
    "insert into journal.head (org_id, node_id, epoch, branch, seq, hash) values (%s, %s, %s, %s, %s, %s) "
    "on conflict (org_id, node_id, epoch, branch) do update set seq = excluded.seq, hash = excluded.hash"
)
SEEN = (
    "select c.digest, e.hash, e.data from journal.command c join journal.entry e on e.org_id = c.org_id "
    "and e.node_id = c.node_id and e.epoch = c.epoch and e.branch = 0 and e.seq between c.first_seq and c.last_seq "
    "where c.org_id = %s and c.command_id = %s order by e.seq"
)
REMEMBER = (
    "insert into journal.command (org_id, command_id, node_id, epoch, digest, first_seq, last_seq) "
    "values (%s, %s, %s, %s, %s, %s, %s)"
)

Tenant = Callable[[UUID], AbstractAsyncContextManager[Connection]]
Effect = Callable[[Connection, Any, Entry[Any], Given], Awaitable[list[Row]]]
Emit = Callable[[Connection, Owner, list[Row]], Awaitable[None]]
Keyring = Callable[[Connection, KeyAsk], Awaitable[bytes]]
Holds = Callable[[Connection, UUID], Awaitable[tuple[str, ...]]]
"""What stands in the way of an organisation's commands now, as `Given.holds` carries it."""


async def nothing_held(_connection: Connection, _org_id: UUID) -> tuple[str, ...]:
    """Nothing does."""
    return ()


OwnerOf = Callable[[Connection, UUID], Awaitable[Owner]]
"""The hub's own journal of an organisation, as it stands in this transaction: a restored hub has a new epoch."""


class HubTools(msgspec.Struct, frozen=True):
    """What the hub's bus is given: tenant transactions, time, chance, keys, effects by fact type, and the feed."""

    tenant: Tenant
    clock: Clock
    chance: Callable[[], bytes]
    keyring: Keyring
    effects: dict[str, Effect]
    emit: Emit
    holds: Holds = nothing_held


class PostgresBus:
    """Handles commands of any organisation of this hub."""

    def __init__(self, slices: Slices, tools: HubTools, owner_of: OwnerOf) -> None:
        self._slices = slices
        self._tools = tools
        self._owner_of = owner_of
        self.tenant = tools.tenant

    async def handle(self, org_id: UUID, command: Command) -> list[Entry[Fact]]:
        """Carry a command out and return its entries, once. Raises Refusal when the business says no."""
        async with self.tenant(org_id) as connection:
            return await self.handle_in(connection, org_id, command)

    async def handle_in(self, connection: Connection, org_id: UUID, command: Command) -> list[Entry[Fact]]:
        """The same inside a transaction that the caller opened for `org_id`."""
        owner, tip = await self._own_head(connection, org_id)
        digest = command_digest(command)
        seen = await self._seen(connection, owner, command)
        if seen is not None:
            if seen[0] != digest:
                raise CommandReused
            return seen[1]
        holds = await self._tools.holds(connection, org_id)
        given = Given(owner, self._tools.clock.now(), self._tools.chance(), holds=holds)
        state = await run_load(
            connection, owner, self._slices.handlers[type(command)].load(command, given), self._tools.keyring
        )
        happened = happen(self._slices, command, state, given, tip)
        if happened.sealed:
            await self._store(connection, command, digest, given, happened)
        return happened.entries

    async def _own_head(self, connection: Connection, org_id: UUID) -> tuple[Owner, Tip]:
        """The hub's own journal and its locked end; a new epoch that was opened while we waited is the one."""
        while True:
            owner = await self._owner_of(connection, org_id)
            tip = await lock_head(connection, owner)
            if await self._owner_of(connection, org_id) == owner:
                return owner, tip

    async def _store(
        self, connection: Connection, command: Command, digest: bytes, given: Given, happened: Happened
    ) -> None:
        owner, tip, entries = given.owner, happened.tip, happened.entries
        await store_entries(
            connection, owner, [(e.entry.seq, e.entry.hash, e.data) for e in happened.sealed], given.moment.wall_ms
        )
        remembered = (owner.org_id, command.command_id, owner.node_id, owner.epoch, digest, entries[0].seq, tip.seq)
        await connection.execute(REMEMBER, remembered)
        rows: list[Row] = []
        for entry in entries:
            effect = self._tools.effects.get(entry.envelope.type)
            if effect is not None:
                rows += await effect(connection, command, entry, given)
        changes: list[Change] = [*happened.changes, *map(Put, rows)]
        await apply(connection, changes)
        folded = fold(changes)
        changed = [row for kind, puts in folded.puts.items() if kind in self._slices.feeds for row in puts]
        for patch in folded.patches:
            if patch.kind in self._slices.feeds:
                changed.append(await read_row(connection, patch.kind, patch.owner, patch.key))
        await move_head(connection, owner, tip)
        await self._tools.emit(connection, owner, changed)

    async def _seen(
        self, connection: Connection, owner: Owner, command: Command
    ) -> tuple[bytes, list[Entry[Fact]]] | None:
        cursor = await connection.execute(SEEN, (owner.org_id, command.command_id))
        rows = await cursor.fetchall()
        if not rows:
            return None
        return bytes(rows[0][0]), [self._read(owner, bytes(row[1]), bytes(row[2])) for row in rows]

    def _read(self, owner: Owner, digest: bytes, data: bytes) -> Entry[Fact]:
        envelope = decode(data, Envelope)
        fact = self._slices.facts.read(envelope.type, envelope.version, envelope.body)
        assert fact is not None
        return Entry(envelope, digest, fact, owner)


async def lock_head(connection: Connection, owner: Owner) -> Tip:
    """The journal's tip, locked until the transaction ends; a new journal's row is made first."""
    address = (owner.org_id, owner.node_id, owner.epoch, owner.branch)
    row = await (await connection.execute(HEAD, address)).fetchone()
    if row is None:
        tip = empty_tip(owner)
        await connection.execute(
            "insert into journal.head (org_id, node_id, epoch, branch, seq, hash) values (%s, %s, %s, %s, %s, %s) "
            "on conflict do nothing",
            (*address, tip.seq, tip.hash),
        )
        row = await (await connection.execute(HEAD, address)).fetchone()
    assert row is not None
    return Tip(row[0], bytes(row[1]))


async def move_head(connection: Connection, owner: Owner, tip: Tip) -> None:
    """Move the locked head to `tip`: the cursor, in the transaction that stores the entries."""
    await connection.execute(SET_HEAD, (owner.org_id, owner.node_id, owner.epoch, owner.branch, tip.seq, tip.hash))


async def store_entries(
    connection: Connection, owner: Owner, entries: list[tuple[int, bytes, bytes]], received_ms: int
) -> None:
    """Store (seq, hash, bytes) raw."""
    mine = (owner.org_id, owner.node_id, owner.epoch, owner.branch)
    rows = [(*mine, seq, digest, data, received_ms) for seq, digest, data in entries]
    await insert_rows(connection, "journal.entry", ENTRY_COLUMNS, rows)


async def read_row(connection: Connection, kind: type[Row], owner: Owner, key: tuple[Any, ...]) -> Row:
    """One row as it stands now."""
    names = [name for name in kind.__struct_fields__ if name != "owner"]
    places = " and ".join(f"{name} = %s" for name in ("org_id", "node_id", "epoch", "branch", *kind.TABLE.key))
    text = f"select {', '.join(names)} from {kind.TABLE.slice_name}.{kind.TABLE.full_name} where {places}"
    cursor = await connection.execute(text, (owner.org_id, owner.node_id, owner.epoch, owner.branch, *key))
    values = await cursor.fetchone()
    assert values is not None, "a patched row is there"
    return kind(owner=owner, **dict(zip(names, values, strict=True)))


async def ask_postgres(connection: Connection, owner: Owner, query: Query[R], params: dict[str, Any]) -> list[R]:
    """All rows of a query, for the reader `owner`."""
    cursor = await connection.execute(
        query.postgres_text, msgspec.structs.asdict(owner) | query.fixed | params, prepare=True
    )
    return [query.read_postgres(row) for row in await cursor.fetchall()]


async def run_load(connection: Connection, owner: Owner, load: Generator[Ask | KeyAsk, Any, T], keyring: Keyring) -> T:
    """Run a slice's load: each question is one statement."""
    answer: Any = None
    try:
        while True:
            ask = load.send(answer)
            if isinstance(ask, KeyAsk):
                answer = await keyring(connection, ask)
                continue
            rows = await ask_postgres(connection, owner, ask.query, ask.params)
            answer = (rows[0] if rows else None) if ask.first else rows
    except StopIteration as end:
        return cast(T, end.value)
