"""A copied card and a restored backup, lived through by real units: sold, found, uploaded, enrolled anew."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from edge.runtime.enrol import enrol
from edge.runtime.unit import Unit, open_unit
from shared.domain.raffle.commands import SellTickets
from shared.domain.raffle.errors import UnitStopped
from shared.domain.raffle.queries import PACKAGES
from shared.domain.raffle.queries_page import EVENT_TOTALS, NUMBER_TOTALS, NumberTotals
from tests.support.hub import RunningHub
from tests.support.sync import OnAir, on_air, until
from tests.sync.test_enrolment import holds, pair, settings, the_unit, world
from tests.sync.test_forks import fork_cases

pytestmark = pytest.mark.anyio


class Night:
    """A venue with an event on the air, and one handheld's folder."""

    def __init__(self, air: OnAir, folder: Path, venue: UUID, event: UUID, seller: UUID) -> None:
        self.air, self.folder, self.venue, self.event, self.seller = air, folder, venue, event, seller

    @property
    def running(self) -> RunningHub:
        """The hub."""
        return self.air.running

    async def enrol(self, *, again: bool = False) -> None:
        """Enrol the handheld, or enrol it anew."""
        unit_id = await the_unit(self.running) if again else None
        code = await pair(self.air, self.venue, unit_id=unit_id, enable=True)
        await enrol(settings(self.folder), world(), code.text())

    @asynccontextmanager
    async def unit(self, folder: Path | None = None) -> AsyncIterator[Unit]:
        """The handheld at work, on the line."""
        async with open_unit(settings(folder or self.folder), world()) as unit:
            await until(lambda: unit.line.connected, "the line")
            yield unit

    async def sell_offline(self, folder: Path, count: int) -> None:
        """The unit of this folder sells where it reaches nobody."""
        away = msgspec.structs.replace(settings(folder), hub_url="https://127.0.0.1:9")
        async with open_unit(away, world()) as unit:
            await self.sell(unit, count)

    async def ready(self, unit: Unit) -> None:
        """Until it may sell and has numbers."""
        await until(lambda: holds(unit), "it may sell")
        await until(lambda: unit.numbers_left(self.event), "numbers")

    async def sell(self, unit: Unit, count: int = 1) -> None:
        """Sell three tickets so many times."""
        [package, *_] = sorted(
            await self.running.hub.many(self.running.org_id, PACKAGES, event_id=self.event),
            key=lambda one: one.ticket_count,
        )
        for _ in range(count):
            order = SellTickets(
                command_id=uuid4(), actor=self.seller, event_id=self.event, package_id=package.package_id,
                times=1, tender="cash", received_minor=package.price_minor,
            )  # fmt: skip
            await unit.carry_out(order)

    async def level(self, unit: Unit) -> None:
        """Until everything of every epoch is at the hub, with its receipt."""
        await until(
            lambda: unit.line.connected and unit.line.waiting == 0 and unit.line.receipted_seq == unit.writer.tip.seq,
            "everything uploaded",
        )

    async def sold_minor(self) -> int:
        """What the hub counts."""
        totals = await self.running.hub.many(self.running.org_id, EVENT_TOTALS)
        return sum(one.amount_minor for one in totals if one.event_id == self.event)

    async def numbers(self) -> NumberTotals:
        """Every leased number in its class."""
        totals = await self.running.hub.many(self.running.org_id, NUMBER_TOTALS)
        mine: NumberTotals = next(one for one in totals if one.event_id == self.event)
        assert mine.leased == mine.sold + mine.void + mine.unsold + mine.quarantined + mine.disputed
        return mine


@asynccontextmanager
async def a_night(running: RunningHub, tmp_path: Path) -> AsyncIterator[Night]:
    """Hub on the air, handheld enrolled and enabled."""
    venue, seller = await running.venue(), await running.staff("Mara Kovač")
    event = await running.event(venue)
    async with on_air(running) as air:
        night = Night(air, tmp_path / "unit", venue, event, seller)
        await night.enrol()
        yield night


async def test_a_restored_backup_is_found_stopped_uploaded_and_enrolled_anew(
    running: RunningHub, tmp_path: Path
) -> None:
    async with a_night(running, tmp_path) as night:
        async with night.unit() as unit:
            await night.ready(unit)
            await night.sell(unit, 3)
            await night.level(unit)
        shutil.copytree(night.folder, tmp_path / "backup")
        async with night.unit() as unit:
            await night.sell(unit, 2)
            await night.level(unit)
        shutil.rmtree(night.folder)
        shutil.copytree(tmp_path / "backup", night.folder)
        await night.sell_offline(night.folder, 1)
        async with night.unit() as unit:
            await until(lambda: holds(unit, "hub:forked"), "it is told")
            await night.level(unit)
            with pytest.raises(UnitStopped, match="Two histories"):
                await night.sell(unit)
        assert await fork_cases(running) == 1
        assert (await night.numbers()).disputed == 3
        await night.enrol(again=True)
        async with night.unit() as unit:
            assert unit.owner.epoch == 2
            await night.ready(unit)
            await night.sell(unit, 2)
            await night.level(unit)
        assert await fork_cases(running) == 1
        assert await night.sold_minor() == (3 + 1 + 2) * 500


async def test_a_backup_that_sold_nothing_yet_is_found_at_its_first_hello(running: RunningHub, tmp_path: Path) -> None:
    async with a_night(running, tmp_path) as night:
        async with night.unit() as unit:
            await night.ready(unit)
            await night.sell(unit)
            await night.level(unit)
        shutil.copytree(night.folder, tmp_path / "backup")
        async with night.unit() as unit:
            await night.sell(unit)
            await night.level(unit)
        async with night.unit(tmp_path / "backup") as unit:
            await until(lambda: holds(unit, "hub:behind"), "it is told")
            with pytest.raises(UnitStopped, match="older memory"):
                await night.sell(unit)
        assert await fork_cases(running) == 1


async def test_a_cloned_card_stops_on_both_sides_and_both_sides_upload(running: RunningHub, tmp_path: Path) -> None:
    async with a_night(running, tmp_path) as night:
        async with night.unit() as unit:
            await night.ready(unit)
            await night.sell(unit)
            await night.level(unit)
        shutil.copytree(night.folder, tmp_path / "clone")
        await night.sell_offline(tmp_path / "clone", 2)
        await night.sell_offline(night.folder, 1)
        async with night.unit(tmp_path / "clone") as clone:
            await night.level(clone)
            async with night.unit() as unit:
                await until(lambda: holds(unit, "hub:forked"), "the card is told")
                await until(lambda: holds(clone, "hub:forked"), "the clone is told")
                await night.level(unit)
        assert await fork_cases(running) == 1
        numbers = await night.numbers()
        assert (numbers.disputed, numbers.sold) == (3, 6)
        assert numbers.quarantined > 0
        assert numbers.unsold == 0


async def test_what_the_old_epoch_had_not_uploaded_goes_up_after_it_was_enrolled_anew(
    running: RunningHub, tmp_path: Path
) -> None:
    async with a_night(running, tmp_path) as night:
        async with night.unit() as unit:
            await night.ready(unit)
            await night.sell(unit)
            await night.level(unit)
        await night.sell_offline(night.folder, 3)
        await night.enrol(again=True)
        async with night.unit() as unit:
            await night.ready(unit)
            await until(lambda: sum(link.status.waiting for link in unit.former) == 0, "the old epoch is up")
            await night.level(unit)
        assert await night.sold_minor() == 4 * 500
        assert await fork_cases(running) == 0
