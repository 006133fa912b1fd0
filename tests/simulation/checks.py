"""What must be true of every evening once it is quiet; the same list after every run, whatever happened in it."""

import sqlite3
from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from hub.sync.sessions import find_node
from shared.domain.identity.facts import RecoveryEnded
from shared.domain.identity.state import CLOCK_HOLD
from shared.domain.slices import ALL
from shared.journal.chain import Read, empty_tip, follow
from shared.journal.entry import Entry, Fact, Owner
from shared.kernel.codec import decode
from shared.pipeline import sqlite_applier
from shared.pipeline.changes import Change
from shared.pipeline.postgres_applier import table_name
from shared.pipeline.sqlite_applier import values_of
from shared.pipeline.tables import column_names, fields_of
from shared.sync.feed import scopes_of
from shared.sync.standing import MAY_READ_FEED
from shared.sync.timekeeping import JUMP_MS_MIN
from tests.simulation.books import books_agree
from tests.simulation.machine import WITNESS, Machine
from tests.simulation.world import World
from tests.support.evening import fresh_memory
from tests.support.season_truth import EDGE_ROWS, KINDS, STORED, batches

FED = "select distinct kind, row from sync.feed_row where scope = any(%s) and not gone"
PEOPLE = "select person_id from vault.person"
OWN_PEOPLE = "SELECT person_id FROM vault_person"
OVER = frozenset({"forked", "superseded", "revoked"})
HIDDEN = "select node_id, epoch from sync.quarantine union select node_id, epoch from sync.refused_bundle"
"""Journals of which the hub holds something that it does not show: poison, and what a revoked unit sent."""


async def all_is_true(world: World) -> None:
    """AssertionError with what is wrong."""
    truth = world.truth
    stored = await truth.stored()
    assert max(stored.values(), default=1) == 1, "an entry is stored twice"
    kept = set(stored) | await truth.held()
    assert world.acked <= kept, f"{len(world.acked - kept)} entries that the hub had acknowledged are lost"
    for machine in world.machines:
        await _reached_the_hub(machine, kept)
    await truth.chains_hold()
    _nobody_is_given_up(await truth.own_journal_holds())
    await books_agree(world)
    rng = Random(world.seed)
    await truth.replays(rng)
    await _forks_show_once(world)
    await _forks_are_seen(world)
    await _forked_epochs_are_over(world)
    await _cases_are_explained(world)
    await _revoked_stay_out(world)
    await _erased_are_forgotten(world)
    await _replay(world, rng)
    for machine in world.machines:
        await forgot_what_is_proven(world, machine)
        await _knows_no_later_life(world, machine)
        await _witness_accuses_nobody_else(machine)
        await _tells_the_time(world, machine)
        await machine.nothing_told_is_lost()
        await machine.printer.print_all()
        await machine.printer.each_slip_is_issued_or_voided(machine.reader, machine.name)
        await _same_rows(world, machine)
        await _feed_agrees(world, machine)


async def forgot_what_is_proven(world: World, machine: Machine) -> None:
    """A unit purged nothing that no proven backup of the hub holds."""
    for epoch, seq, digest in await machine.purged():
        assert digest in world.proven, f"{machine.name} forgot up to {epoch}/{seq}, which is in no proven backup"


async def _knows_no_later_life(world: World, machine: Machine) -> None:
    """Who is served hears of each life of the hub by what proves it; a stopped unit gets no certificate, and waits."""
    entry = await find_node(world.hub.hub, machine.keys.node_id, machine.keys.epoch)
    if entry.state not in MAY_READ_FEED:
        return
    heard, state = await machine.known_generation(), await world.hub_state()
    assert heard <= state.generation, f"{machine.name} heard generation {heard} of a hub in its {state.generation}"


async def _witness_accuses_nobody_else(machine: Machine) -> None:
    """Only a card that was put back beside another's witness is stopped by it; power cuts and copies stop nobody."""
    assert machine.accused or WITNESS not in await machine.holds(), f"{machine.name} is stopped by a sound witness"


async def _tells_the_time(world: World, machine: Machine) -> None:
    """A unit that the hub serves tells the hub's time, whatever either clock was set to in between."""
    entry = await find_node(world.hub.hub, machine.keys.node_id, machine.keys.epoch)
    if entry.state not in MAY_READ_FEED:
        return
    off_ms = machine.watched.now().wall_ms - world.hub.clock.wall_ms
    assert abs(off_ms) <= JUMP_MS_MIN, f"{machine.name} is {off_ms} ms off the hub's time"
    assert CLOCK_HOLD not in await machine.holds(), f"{machine.name} is held for its clock though it heard the hub"


async def _reached_the_hub(machine: Machine, kept: set[bytes]) -> None:
    missing = [(epoch, seq) for epoch, seq, digest, _ in await machine.entries() if digest not in kept]
    assert not missing, f"entries of {machine.name} never reached the hub: {missing}"


async def _forks_show_once(world: World) -> None:
    cases, branches = await world.truth.fork_cases(), await world.truth.branches()
    assert max(cases.values(), default=1) == 1, f"a second case for one epoch: {cases}"
    assert set(cases) <= world.forked, f"a fork that nobody caused: {set(cases) - world.forked}"
    for epoch, histories in branches.items():
        if histories > 1:
            assert cases[epoch] == 1, f"{histories} histories of {epoch} without a case"


async def _forks_are_seen(world: World) -> None:
    """Two machines that hold different entries in one place have a case, unless the unit was revoked."""
    cases, held = await world.truth.fork_cases(), dict[tuple[UUID, int, int], bytes]()
    for machine in world.machines:
        unit = machine.keys.node_id
        for epoch, seq, digest, _ in await machine.entries():
            if held.setdefault((unit, epoch, seq), digest) != digest and unit not in world.revoked:
                assert cases[unit, epoch] == 1, f"{machine.name} has another entry {epoch}/{seq}, and no case says so"


async def _forked_epochs_are_over(world: World) -> None:
    """An epoch with two histories sells no more and is given no numbers."""
    for (unit, epoch), histories in (await world.truth.branches()).items():
        state = (await find_node(world.hub.hub, unit, epoch)).state
        assert histories == 1 or state in OVER, f"epoch {epoch} of {unit} has {histories} histories, and is {state}"


def _nobody_is_given_up(said: list[Fact]) -> None:
    """A hub that was put back waited for each unit; here no two people ever say that one will not come."""
    for fact in said:
        if isinstance(fact, RecoveryEnded):
            assert not fact.lost, f"in generation {fact.generation} the hub no longer waited for {fact.lost}"


async def _cases_are_explained(world: World) -> None:
    found = {(row[0], row[1]) for row in await world.truth.rows(KINDS)}
    unexplained = {one for one in found if not {one, (one[0], None)} & world.explained}
    assert not unexplained, f"cases that nothing explains: {unexplained}"


async def _revoked_stay_out(world: World) -> None:
    """What a revoked unit sends is held, and in no journal."""
    for unit, before in world.revoked.items():
        stored = await world.stored_of(unit)
        assert stored == before, f"{stored - before} entries of the revoked unit {unit} were taken"


async def _erased_are_forgotten(world: World) -> None:
    """Nobody holds the key of a buyer who asked to be forgotten, whatever was put back since."""
    left = {row[0] for row in await world.truth.rows(PEOPLE)} & world.erased
    assert not left, f"the hub can still read {left}"
    for machine in world.machines:
        entry = await find_node(world.hub.hub, machine.keys.node_id, machine.keys.epoch)
        if entry.state in MAY_READ_FEED:
            known = {UUID(bytes=row[0]) for row in await machine.reader.values(OWN_PEOPLE)} & world.erased
            assert not known, f"{machine.name} can still read {known}"


async def _feed_agrees(world: World, machine: Machine) -> None:
    """The rows that came down are the hub's rows of now, each of them and no other."""
    entry = await find_node(world.hub.hub, machine.keys.node_id, machine.keys.epoch)
    if entry.state not in MAY_READ_FEED:
        return
    scopes = scopes_of(world.template.venue_id, machine.kind)
    fed: dict[str, set[tuple[Any, ...]]] = {}
    for name, data in await world.truth.rows(FED, scopes):
        kind = ALL.row_kinds[name]
        fed.setdefault(name, set()).add(tuple(values_of(kind)(decode(bytes(data), kind))))
    for kind in ALL.feeds:
        name = kind.TABLE.full_name
        text = f"SELECT {', '.join(column_names(kind))} FROM {name} WHERE node_id = :node"  # of any life of it
        rows = await machine.reader.values(text, {"node": world.hub.hub.node_id})
        here = {tuple(row) for row in rows}
        apart = fed.get(name, set()) ^ here
        assert not apart, f"{machine.name} and the hub's feed differ in {name}: {sorted(apart, key=repr)[:2]}"
    position = (await machine.reader.values("SELECT generation, position FROM peer"))[0]
    end = (await world.truth.rows("select generation, position from sync.feed_head"))[0]
    assert tuple(position) == end, f"{machine.name} read the feed up to {position}, it ends at {end}"


async def _journals(machine: Machine) -> dict[Owner, list[bytes]]:
    owner, found = machine.owner, dict[Owner, list[bytes]]()
    begins = await machine.begins()
    for epoch, _, _, data in await machine.entries():
        if epoch not in begins:
            found.setdefault(Owner(owner.org_id, owner.node_id, epoch), []).append(data)
    return found


async def _replay(world: World, rng: Random) -> None:
    """The rows of units follow from their journals, whatever the order among them, and their chains hold."""
    left = list(world.machines)
    while left:
        together = {machine.keys.node_id: machine for machine in left}  # of a unit's copies, one at a time
        await _replay_together(list(together.values()), rng)
        left = [machine for machine in left if together[machine.keys.node_id] is not machine]


async def _replay_together(machines: list[Machine], rng: Random) -> None:
    db, journals, holders = fresh_memory(), list[list[list[Change]]](), list[tuple[Machine, Owner]]()
    for machine in machines:
        for owner, entries in (await _journals(machine)).items():
            read = [(one, _fact(one)) for one in follow(owner, empty_tip(owner), entries)]
            shown = [Entry(one.envelope, one.hash, fact, owner) for one, fact in read if fact is not None]
            journals.append([ALL.project(entry) for entry in shown])
            holders.append((machine, owner))
    for batch in batches(journals, rng):
        sqlite_applier.apply(db, batch)
    for machine, owner in holders:
        for kind in EDGE_ROWS:
            again, live = _rows_of(db, kind, owner), await _live_rows(machine, kind, owner)
            assert again == live, f"{machine.name}: {kind.TABLE.full_name} does not follow from the journal"
    db.close()


def _fact(one: Read) -> Fact | None:
    """What the entry says; None for what a spoilt program wrote, which the unit itself does not show either."""
    try:
        return ALL.facts.read(one.envelope.type, one.envelope.version, one.envelope.body)
    except msgspec.DecodeError:
        return None


def _select(kind: Any) -> str:
    return (
        f"SELECT {', '.join(fields_of(kind))} FROM {kind.TABLE.full_name} WHERE org_id = :org_id "
        "AND node_id = :node_id AND epoch = :epoch AND branch = 0"
    )


def _rows_of(db: sqlite3.Connection, kind: Any, owner: Owner) -> list[tuple[Any, ...]]:
    mine = {"org_id": owner.org_id.bytes, "node_id": owner.node_id.bytes, "epoch": owner.epoch}
    return sorted((tuple(row) for row in db.execute(_select(kind), mine)), key=repr)


async def _live_rows(machine: Machine, kind: Any, owner: Owner) -> list[tuple[Any, ...]]:
    mine = {"org_id": owner.org_id, "node_id": owner.node_id, "epoch": owner.epoch}
    return sorted((tuple(row) for row in await machine.reader.values(_select(kind), mine)), key=repr)


async def _same_rows(world: World, machine: Machine) -> None:
    """What SQLite shows of a journal with one history, Postgres shows too."""
    branches = await world.truth.branches()
    hidden = {row[:2] for row in await world.truth.rows(HIDDEN)}
    stored = Counter((row[0], row[1]) for row in await world.truth.rows(STORED, world.hub.hub.node_id))
    for owner, entries in (await _journals(machine)).items():
        epoch = owner.node_id, owner.epoch
        if branches[epoch] != 1 or epoch in hidden or stored[epoch] != len(entries):  # an older card holds less
            continue
        for kind in EDGE_ROWS:
            text = _select(kind).replace(kind.TABLE.full_name, table_name(kind))
            for name in ("org_id", "node_id", "epoch"):
                text = text.replace(f":{name}", "%s")
            rows = await world.truth.rows(text, owner.org_id, owner.node_id, owner.epoch)
            there = sorted((_plain(row) for row in rows), key=repr)
            here = await _live_rows(machine, kind, owner)
            apart = [row for row in there if row not in here], [row for row in here if row not in there]
            assert there == here, f"{machine.name}: {kind.TABLE.full_name} differs, hub and unit: {apart}"


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    def plain(value: Any) -> Any:
        if isinstance(value, UUID):
            return value.bytes
        if isinstance(value, bool):
            return int(value)
        return bytes(value) if isinstance(value, memoryview) else value

    return tuple(plain(value) for value in row)
