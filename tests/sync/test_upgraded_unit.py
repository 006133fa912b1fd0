"""A unit is upgraded after its hub: what passed it by before is there afterwards, and nothing is read twice for it."""

import sqlite3

import msgspec
import pytest

from edge.sync.pages import apply_page, feed_shape
from hub.sync.feed import read_feed
from hub.sync.generation import open_generation
from shared.domain.identity.rows import VenueRow
from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.pipeline.manifest import Slices
from shared.sync.feed import read_page, scopes_of
from shared.sync.protocol import Session
from tests.support.hub import RunningHub
from tests.support.sync import Edge, on_air, open_edge, until

pytestmark = pytest.mark.anyio


def _before_venues() -> Slices:
    """The program of a unit before anybody thought of rows of venues."""
    parts = [
        msgspec.structs.replace(
            part,
            rows=tuple(kind for kind in part.rows if kind is not VenueRow),
            feeds={kind: scope for kind, scope in part.feeds.items() if kind is not VenueRow},
        )
        for part in ALL.slices
    ]
    return Slices(tuple(parts))


async def _venues(edge: Edge) -> list[str]:
    return [row[0] for row in await edge.reader.values("SELECT name FROM identity_venue")]


async def _badges(edge: Edge) -> int:
    return len(await edge.reader.values("SELECT staff_id FROM identity_staff"))


async def test_rows_that_an_older_unit_passed_over_are_there_after_its_upgrade(running: RunningHub) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue("Harbour Stand"), await running.staff("Mara")
        event = await running.event(venue)
        keys = await running.unit(venue, "R07")
        async with open_edge(air, keys, slices=_before_venues()) as older:
            await older.ready(event)
            await older.sell(event, seller)
            await older.level()
            assert await _venues(older) == []
        async with open_edge(air, keys) as upgraded:
            await until(lambda: _venues(upgraded), "the venue that passed by")
            assert await _venues(upgraded) == ["Harbour Stand"]
            await upgraded.sell(event, seller)
            await upgraded.level()
            total = await upgraded.total(event)
            assert total is not None
            assert total.sale_count == 2


async def test_a_line_that_breaks_after_the_first_page_leaves_an_upgraded_unit_all_that_it_had(
    running: RunningHub,
) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue("Harbour Stand"), await running.staff("Mara")
        event = await running.event(venue)
        keys = await running.unit(venue, "R07")
        async with open_edge(air, keys, slices=_before_venues()) as older:
            await older.ready(event)
        owner = Owner(running.org_id, keys.node_id, keys.epoch)
        session = Session(owner.org_id, owner.node_id, owner.epoch, 2**60)
        data = await read_feed(running.hub, session, 0, most=1)
        page = read_page(
            data, feeder_key=running.hub.key.sign_public, org=owner.org_id, since=0, scopes=scopes_of(venue, "rsu")
        )
        assert not page.end
        async with open_edge(air, keys, connected=False) as upgraded:
            before = await _badges(upgraded)
            await upgraded.writer.write(lambda db: apply_page(db, page))
            assert await _badges(upgraded) >= before > 0
            await upgraded.sell(event, seller)


async def test_what_an_older_program_left_of_an_earlier_life_of_the_hub_goes_with_its_upgrade(
    running: RunningHub,
) -> None:
    async with on_air(running) as air:
        keys = await running.unit(await running.venue("Harbour Stand"), "R07")
        async with open_edge(air, keys) as edge:
            await until(lambda: _venues(edge), "the first rows")
        life = await open_generation(running.hub, running.org_id, "restored")
        async with open_edge(air, keys, slices=_before_venues()) as older:

            async def heard() -> bool:
                return await older.reader.values("SELECT generation FROM peer") == [(life.generation,)]

            await until(heard, "the new life of the hub")
        async with open_edge(air, keys) as upgraded:

            async def is_of_now() -> bool:
                return await upgraded.reader.values("SELECT epoch FROM identity_venue") == [(life.epoch,)]

            await until(is_of_now, "the venue once, of the hub as it is now")


async def test_a_unit_that_is_started_again_with_the_same_program_reads_on_where_it_was(running: RunningHub) -> None:
    def forget(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM identity_venue")

    async with on_air(running) as air:
        keys = await running.unit(await running.venue("Harbour Stand"), "R07")
        async with open_edge(air, keys) as edge:
            await until(lambda: _venues(edge), "the first rows")
            before = await _badges(edge)
            await edge.writer.write(forget)
        await running.staff("Mara")
        async with open_edge(air, keys) as edge:

            async def has_one_more() -> bool:
                return await _badges(edge) == before + 1

            await until(has_one_more, "a row of now")
            assert await _venues(edge) == [], "no snapshot came"


def test_the_shape_of_the_feed_is_another_when_a_kind_of_row_is() -> None:
    assert feed_shape(ALL) == feed_shape(Slices(ALL.slices))
    assert feed_shape(ALL) != feed_shape(_before_venues())
