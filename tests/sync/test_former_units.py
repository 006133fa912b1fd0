"""What a machine sold as other units goes up beside its own line, and never at its cost."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from edge.runtime.enrol import enrol
from edge.runtime.membership import store_membership
from edge.runtime.moving import FORMER, former_units
from edge.runtime.unit import open_unit
from shared.domain.identity.commands import RevokeUnit
from tests.support.hub import RunningHub
from tests.support.sync import on_air, until
from tests.support.torn import tear_table
from tests.support.unit import Founded, found
from tests.support.unit import running as at_work
from tests.sync.test_enrolment import holds, pair, settings, something_happens, world

pytestmark = pytest.mark.anyio


async def test_a_torn_page_of_a_former_unit_does_not_cut_the_line_of_today(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        venue = await running.venue()
        old = await enrol(edge, world(), (await pair(air, venue, enable=True)).text())
        async with open_unit(edge, world()) as unit:
            await running.do(RevokeUnit(command_id=unit.new_id(), unit_id=old.node, reason="lost"))
            await until(lambda: holds(unit, "hub:revoked"), "it is revoked")
        await enrol(edge, world(), (await pair(air, venue, code="R12", enable=True)).text())
        async with open_unit(edge, world()) as unit:
            await until(lambda: holds(unit), "it may sell")
        [former] = former_units(edge)
        tear_table(former.database, "hub_word")
        async with open_unit(edge, world()) as unit:
            await until(lambda: unit.line.connected, "the line")
            await something_happens(unit)
            assert unit.link is not None
            link = unit.link
            await until(lambda: link.status.receipted_seq == unit.writer.tip.seq, "it uploads")
            assert [one.owner.node_id for one in unit.former] == [old.node]


async def test_a_former_database_that_is_brought_up_to_date_keeps_nobody_waiting(tmp_path: Path) -> None:
    founded = await found(tmp_path)
    before = Founded(tmp_path / FORMER / "before", hub=founded.hub, org_id=founded.org_id, hub_node=founded.hub_node)
    store_membership(before.settings.membership_file, before.membership())
    other = sqlite3.connect(before.settings.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")  # a migration takes its time; this one as long as the unit needs for a page
    async with at_work(founded, hub_url="https://127.0.0.1:9") as desk:
        await asyncio.sleep(0.2)
        assert (await desk.page("/login")).status_code == 200
        assert not desk.unit.former
        other.execute("ROLLBACK")
        other.close()
        await until(lambda: desk.unit.former, "the former unit's line")
