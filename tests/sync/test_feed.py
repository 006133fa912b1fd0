"""Rows come down: no edge misses one, whatever the order of the transactions."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from hub.sync.emit import emit_rows
from hub.sync.feed import read_feed
from shared.domain.identity.commands import DismissStaff, HireStaff
from shared.domain.identity.rows import StaffRow, UnitRow
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature
from shared.pipeline.changes import Put
from shared.pipeline.postgres_applier import apply
from shared.pipeline.postgres_bus import read_row
from shared.sync.feed import FeedPage, read_page, scopes_of, sign_page
from shared.sync.protocol import Session
from tests.support.clock import OPENING_MS
from tests.support.hub import RunningHub

pytestmark = pytest.mark.anyio


async def a_session(running: RunningHub) -> Session:
    """A registered handheld's session."""
    keys = await running.unit(await running.venue())
    return Session(running.org_id, keys.node_id, 1, OPENING_MS * 2)


async def page(running: RunningHub, session: Session, since: int = 0) -> FeedPage:
    """The next page, verified as an edge verifies it."""
    data = await read_feed(running.hub, session, since)
    return read_page(data, feeder_key=running.hub.key.sign_public, org=running.org_id, since=since)


async def test_a_lower_position_that_commits_later_is_missed_by_no_edge(running: RunningHub) -> None:
    session = await a_session(running)
    hub, seen, since = running.hub, set[bytes](), 0
    slow_began, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with hub.bus.tenant(running.org_id) as connection:
            await hub.bus.handle_in(connection, running.org_id, await _hiring(running, "Slow"))
            slow_began.set()
            await may_commit.wait()

    async def quick() -> None:
        await slow_began.wait()
        for name in ("Quick", "Quicker", "Quickest"):
            await running.staff(name)

    writers = [asyncio.create_task(slow()), asyncio.create_task(quick())]
    await slow_began.wait()
    for turn in range(30):
        found = await page(running, session, since)
        seen |= {change.key for change in found.changes if change.kind == "vault_badge"}
        since = found.upto
        if turn == 10:
            may_commit.set()
        await asyncio.sleep(0.01)
    await asyncio.gather(*writers)
    found = await page(running, session, since)
    seen |= {change.key for change in found.changes if change.kind == "vault_badge"}
    assert len(seen) == 4


async def _hiring(running: RunningHub, name: str) -> Any:
    return HireStaff(command_id=uuid4(), name=name, role="seller", pin_hash="none")


async def test_positions_follow_the_order_of_commits_with_many_writers(running: RunningHub) -> None:
    session = await a_session(running)
    done, since, seen = asyncio.Event(), 0, list[bytes]()

    async def write() -> None:
        await asyncio.gather(*(running.staff(f"Seller {place}") for place in range(24)))
        done.set()

    writing = asyncio.create_task(write())
    while not done.is_set() or (await page(running, session, since)).changes:
        found = await page(running, session, since)
        seen += [change.key for change in found.changes if change.kind == "vault_badge"]
        since = found.upto
    await writing
    assert len(seen) == len(set(seen)) == 24


async def test_a_snapshot_is_the_feed_from_the_beginning(running: RunningHub) -> None:
    session = await a_session(running)
    venue = await running.venue("Kingsway Hall")
    await running.event(venue, "KH-1")
    whole = await page(running, session)
    kinds = {change.kind for change in whole.changes}
    assert {"identity_organization", "identity_venue", "identity_unit", "raffle_package"} <= kinds
    assert "raffle_event" not in kinds, "events of another venue stay there"
    assert whole.end
    assert not (await page(running, session, whole.upto)).changes


async def test_somebody_who_left_is_marked_in_the_rows_of_every_unit(running: RunningHub) -> None:
    session = await a_session(running)
    staff_id = await running.staff("Mara")
    since = (await page(running, session)).upto
    await running.do(DismissStaff(command_id=uuid4(), staff_id=staff_id))
    changes = (await page(running, session, since)).changes
    assert [change.kind for change in changes] == ["identity_staff"]
    row = decode(changes[0].row, StaffRow)
    assert (row.staff_id, row.active) == (staff_id, False)


async def test_a_row_that_leaves_a_scope_becomes_a_tombstone_there(running: RunningHub) -> None:
    venue = await running.venue()
    keys, other = await running.unit(venue, "R07"), await running.unit(venue, "R08")
    session = Session(running.org_id, keys.node_id, 1, OPENING_MS * 2)
    since = (await page(running, session)).upto
    await _move_unit(running, other.node_id, await running.venue("Kingsway Hall"))
    changes = {change.kind: change for change in (await page(running, session, since)).changes}
    assert changes["identity_unit"].gone
    assert changes["identity_unit"].row == b""


async def test_somebody_who_moves_between_places_that_one_unit_reads_stays_on_it(running: RunningHub) -> None:
    venue = await running.venue()
    keys = await running.unit(venue, "C01", kind="venue")
    session = Session(running.org_id, keys.node_id, 1, OPENING_MS * 2)
    person = await running.staff("Ada Ong", "manager")
    for role in ("seller", "manager", "seller"):
        since = (await page(running, session)).upto
        await _change_role(running, person, role)
        last = {change.key: change for change in (await page(running, session, since)).changes}
        assert [decode(change.row, StaffRow).role for change in last.values() if not change.gone] == [role]


async def _change_role(running: RunningHub, person: UUID, role: str) -> None:
    """Somebody's row as an order would change it: handhelds hear of sellers, the venue edge of everybody."""
    owner = running.hub.owner(running.org_id)
    async with running.hub.bus.tenant(running.org_id) as connection:
        row = await read_row(connection, StaffRow, owner, (person,))
        moved = msgspec.structs.replace(row, role=role)
        await apply(connection, [Put(moved)])
        await emit_rows(connection, owner, [moved])


async def _move_unit(running: RunningHub, unit_id: UUID, venue_id: UUID) -> None:
    """A unit's row as an order to move it would change it: the same key, another venue."""
    owner = running.hub.owner(running.org_id)
    async with running.hub.bus.tenant(running.org_id) as connection:
        row = await read_row(connection, UnitRow, owner, (unit_id,))
        moved = msgspec.structs.replace(row, venue_id=venue_id)
        await apply(connection, [Put(moved)])
        await emit_rows(connection, owner, [moved])


async def test_a_page_for_one_venue_or_kind_of_unit_is_not_taken_by_another(running: RunningHub) -> None:
    venue, other = await running.venue(), await running.venue("Kingsway Hall")
    keys = await running.unit(venue)
    session = Session(running.org_id, keys.node_id, 1, OPENING_MS * 2)
    data, key = await read_feed(running.hub, session, 0), running.hub.key.sign_public
    mine = scopes_of(venue, "rsu")
    found = read_page(data, feeder_key=key, org=running.org_id, since=0, scopes=mine)
    assert list(found.scopes) == mine
    for scopes in (scopes_of(other, "rsu"), scopes_of(venue, "venue")):
        with pytest.raises(BadSignature, match="another unit"):
            read_page(data, feeder_key=key, org=running.org_id, since=0, scopes=scopes)
    old = sign_page(msgspec.structs.replace(found, scopes=()), running.hub.key)
    assert read_page(old, feeder_key=key, org=running.org_id, since=0, scopes=mine).changes == found.changes


async def test_a_page_that_another_key_signed_is_refused(running: RunningHub) -> None:
    session = await a_session(running)
    data = await read_feed(running.hub, session, 0)
    stranger = (await running.unit(await running.venue("Elsewhere"), "R11")).node_key()
    with pytest.raises(BadSignature):
        read_page(data, feeder_key=stranger.sign_public, org=running.org_id, since=0)
    with pytest.raises(BadSignature):
        read_page(data, feeder_key=running.hub.key.sign_public, org=running.org_id, since=5)
    with pytest.raises(BadSignature):
        read_page(data[:-1], feeder_key=running.hub.key.sign_public, org=running.org_id, since=0)
