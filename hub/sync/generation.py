"""The hub's generation: which of its lives this is, for a restored database forgets what it told units (design §5.6).

A restored hub opens a new generation of its feed and a new epoch of its own journal, both in one transaction, and is
`recovering` until each enabled unit has shown the signed documents it holds, or two people declared it lost.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import structlog

from shared.domain.identity.commands import EndRecovery, OpenHubEpoch
from shared.domain.identity.state import recovering_hold
from shared.journal.entry import Owner
from shared.kernel.codec import encode
from shared.kernel.ids import derived_id
from shared.pipeline.changes import Row, row_key
from shared.pipeline.postgres_applier import Connection, insert_rows, table_name
from shared.pipeline.postgres_bus import lock_head
from shared.pipeline.tables import fields_of

if TYPE_CHECKING:
    from hub.runtime.hub import Hub

log = structlog.get_logger()
NORMAL, RECOVERING = "normal", "recovering"
NOTE_LETTERS_MAX = 200
POSITION_BITS = 40
"""Positions of a generation begin where no earlier one's can be, so that no node reads on in the wrong one."""
READ = "select generation, epoch, state, since_ms from sync.hub_state where org_id = %s"
SET = (
    "insert into sync.hub_state (org_id, generation, epoch, state, since_ms) values (%s, %s, %s, %s, %s) "
    "on conflict (org_id) do update set generation = excluded.generation, epoch = excluded.epoch, "
    "state = excluded.state, since_ms = excluded.since_ms"
)
SET_FEED = (
    "insert into sync.feed_head (org_id, generation, position) values (%s, %s, %s) on conflict (org_id) do update "
    "set generation = excluded.generation, position = excluded.position"
)
FEED_COLUMNS = ("org_id", "scope", "kind", "key", "position", "gone", "row")
WAITED_FOR = (
    "select u.unit_id, u.code, u.name, s.shown_ms, s.lost_by_1, s.lost_by_2 from identity.identity_unit u "
    "left join sync.evidence_shown s on s.org_id = u.org_id and s.node_id = u.unit_id and s.generation = %s "
    "where u.org_id = %s and (u.state = 'enabled' or (u.state = 'disabled' and s.node_id is not null)) order by u.code"
)
"""Beside enabled units, those that came back disabled: their numbers are not known before they have shown them."""
ASK = (
    "insert into sync.evidence_shown (org_id, generation, node_id) values (%s, %s, %s) "
    "on conflict (org_id, generation, node_id) do nothing"
)
SHOWN_AT = "select shown_ms from sync.evidence_shown where org_id = %s and generation = %s and node_id = %s"
OWES = "select 1 from sync.evidence_shown where org_id = %s and generation = %s and node_id = %s and shown_ms is null"


class HubState(msgspec.Struct, frozen=True):
    """Generation and epoch of the hub's journal of an organisation, and since when it is normal or recovering."""

    generation: int = 1
    epoch: int = 1
    state: str = NORMAL
    since_ms: int = 0

    @property
    def recovering(self) -> bool:
        """Whether it waits for evidence."""
        return self.state == RECOVERING


class Recovering(msgspec.Struct, frozen=True):
    """A restored hub: since when it waits (ms UTC), and for how many units still."""

    since_ms: int
    waiting: int


class WaitedFor(msgspec.Struct, frozen=True):
    """One enabled unit of a recovering hub: when it showed all it holds, or who declared it lost."""

    unit_id: UUID
    code: str
    name: str
    shown_ms: int | None
    lost_by_1: UUID | None
    lost_by_2: UUID | None

    @property
    def is_lost(self) -> bool:
        """Two people said so."""
        return self.lost_by_1 is not None and self.lost_by_2 is not None

    @property
    def came_late(self) -> bool:
        """Given up, and not heard since: what it shows now says nothing new about the hub."""
        return self.is_lost and self.shown_ms is None

    @property
    def is_open(self) -> bool:
        """Whether the hub still waits for it."""
        return self.shown_ms is None and not self.is_lost


async def hub_state(connection: Connection, org_id: UUID) -> HubState:
    """As it stands in this transaction; no row means the first generation, which nothing ever broke."""
    row = await (await connection.execute(READ, [org_id])).fetchone()
    return HubState(*row) if row else HubState()


async def open_generation(hub: "Hub", org_id: UUID, reason: str, *, beyond: int = 0) -> HubState:
    """Begin the next life of an organisation's hub; `beyond` is the latest generation that is known of it.

    By `evidence` a hub that recovers already goes on with that, unless the evidence is of a later generation still.
    """
    async with hub.bus.tenant(org_id) as connection:
        return await open_generation_in(hub, connection, org_id, reason, beyond=beyond)


async def open_generation_in(
    hub: "Hub", connection: Connection, org_id: UUID, reason: str, *, beyond: int = 0, back: UUID | None = None
) -> HubState:
    """The same inside a transaction of the organisation; it locks the organisation's head (`branches.py`).

    `back` is a unit that came back by itself: it is waited for too, whether or not it may sell.
    """
    owner = await hub.owner_in(connection, org_id)
    tip = await lock_head(connection, owner)
    state = await hub_state(connection, org_id)
    known = state.recovering and reason == "evidence" and beyond <= state.generation
    if known or state.epoch != owner.epoch:
        return state
    latest = max(beyond, hub.generations.latest(org_id))
    generation, epoch = (max(now, latest) + 1 for now in (state.generation, state.epoch))
    hub.generations.note({org_id: generation})  # before anybody hears of it
    now_ms = hub.clock.now().wall_ms
    await connection.execute(SET, (org_id, generation, epoch, RECOVERING, now_ms))
    order = OpenHubEpoch(
        command_id=derived_id(org_id, f"hub epoch {epoch} behind {owner.epoch}/{tip.hash.hex()} at {now_ms}"),
        previous_epoch=owner.epoch,
        previous_seq=tip.seq,
        previous_hash=tip.hash,
        generation=generation,
        reason=reason,
    )
    await hub.bus.handle_in(connection, org_id, order)
    if back is not None:
        await ask_for_evidence(connection, org_id, generation, back)
    await _feed_again(connection, hub.slices.feeds, Owner(org_id, owner.node_id, epoch), generation)
    log.warning("a new generation", org_id=str(org_id), generation=generation, epoch=epoch, reason=reason)
    if not await end_if_complete(hub, connection, org_id):
        await _open_case(hub, connection, org_id, generation, tip.seq)
    return await hub_state(connection, org_id)


async def ask_for_evidence(connection: Connection, org_id: UUID, generation: int, unit_id: UUID) -> None:
    """The hub wants to see what this unit holds, in this generation."""
    await connection.execute(ASK, (org_id, generation, unit_id))


async def owes_evidence(connection: Connection, org_id: UUID, generation: int, unit_id: UUID) -> bool:
    """Whether the hub asked and the unit has not shown everything yet."""
    cursor = await connection.execute(OWES, (org_id, generation, unit_id))
    return await cursor.fetchone() is not None


async def has_to_show(connection: Connection, org_id: UUID, unit_id: UUID) -> bool:
    """Whether this life of the hub still lacks what the unit holds: a recovering one that of all who did not show."""
    state = await hub_state(connection, org_id)
    row = await (await connection.execute(SHOWN_AT, (org_id, state.generation, unit_id))).fetchone()
    return state.recovering if row is None else row[0] is None


async def waited_for(connection: Connection, org_id: UUID) -> list[WaitedFor]:
    """Every enabled unit, and what this generation knows of it."""
    state = await hub_state(connection, org_id)
    rows = await (await connection.execute(WAITED_FOR, (state.generation, org_id))).fetchall()
    return [WaitedFor(*row) for row in rows]


async def recovering(connection: Connection, org_id: UUID) -> Recovering | None:
    """How far a restored hub is; None for one that is whole."""
    state = await hub_state(connection, org_id)
    if not state.recovering:
        return None
    return Recovering(state.since_ms, sum(unit.is_open for unit in await waited_for(connection, org_id)))


async def hub_holds(connection: Connection, org_id: UUID) -> tuple[str, ...]:
    """What a command meets in `Given.holds` at the hub: while it recovers, whom it waits for."""
    if not (await hub_state(connection, org_id)).recovering:
        return ()
    return (recovering_hold([unit.code for unit in await waited_for(connection, org_id) if unit.is_open]),)


async def end_if_complete(hub: "Hub", connection: Connection, org_id: UUID) -> bool:
    """End the recovery when nobody is waited for any more; the head is locked by then, so it ends once."""
    owner = await hub.owner_in(connection, org_id)
    await lock_head(connection, owner)
    state = await hub_state(connection, org_id)
    units = await waited_for(connection, org_id)
    if not state.recovering or any(unit.is_open for unit in units):
        return False
    order = EndRecovery(
        command_id=derived_id(org_id, f"recovery of generation {state.generation}"),
        generation=state.generation,
        shown=tuple(unit.unit_id for unit in units if unit.shown_ms is not None),
        lost=tuple(unit.unit_id for unit in units if unit.shown_ms is None),
    )
    await hub.bus.handle_in(connection, org_id, order)
    now_ms = hub.clock.now().wall_ms
    await connection.execute(SET, (org_id, state.generation, state.epoch, NORMAL, now_ms))
    return True


async def _open_case(hub: "Hub", connection: Connection, org_id: UUID, generation: int, seq: int) -> None:
    from hub.sync.cases import open_restored_case  # which is built on the hub, and the hub on this module

    codes = ", ".join(unit.code for unit in await waited_for(connection, org_id) if unit.is_open)
    note = f"The hub came back to entry {seq} of its own journal. It asked what these units hold: {codes}."
    await open_restored_case(hub, connection, org_id, generation, note[:NOTE_LETTERS_MAX])


def first_position(generation: int) -> int:
    """Positions of this generation lie behind this one."""
    return (generation - 1) << POSITION_BITS


async def _feed_again(connection: Connection, feeds: Any, owner: Owner, generation: int) -> None:
    """The whole feed from the rows as they stand, under the new owner; whoever reads it begins with a snapshot."""
    await connection.execute("delete from sync.feed_row where org_id = %s", [owner.org_id])
    position, lines = first_position(generation), []
    for kind, scopes_of_row in feeds.items():
        for row in await _rows_of(connection, kind, owner):
            position += 1
            key, data = encode(row_key(row)), encode(row)
            for scope in scopes_of_row(row):
                lines.append((owner.org_id, scope, kind.TABLE.full_name, key, position, False, data))
    await insert_rows(connection, "sync.feed_row", FEED_COLUMNS, lines)
    await connection.execute(SET_FEED, (owner.org_id, generation, position))


async def _rows_of(connection: Connection, kind: type[Row], owner: Owner) -> list[Row]:
    names = tuple(fields_of(kind))
    text = (
        f"select {', '.join(names)} from {table_name(kind)} "
        "where org_id = %s and node_id = %s and epoch = %s and branch = %s"
    )
    cursor = await connection.execute(text, (owner.org_id, owner.node_id, owner.epoch, owner.branch))
    return [kind(owner=owner, **dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]
