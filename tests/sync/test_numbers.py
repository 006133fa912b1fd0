"""A unit asks for numbers under an id that comes again until they are in its journal, and never after that."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.runtime.database import open_reader
from edge.runtime.purge import RETENTION_DAYS, Purge
from edge.sync.numbers import request_id, wanted_numbers
from edge.sync.receipts import keep_watermark
from shared.domain.raffle.commands import OpenTraining, TakeLease
from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.kernel.clock import DAY_MS
from shared.kernel.ids import derived_id
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from shared.sync.watermark import Watermark
from tests.edge.season import EVENTS, UNIT, Season, Step, run, season
from tests.support.clock import HandClock
from tests.support.evening import HUB, lease_secret
from tests.support.hub import RunningHub
from tests.support.sync import Edge, on_air

TRAINING = EVENTS[1]
LOW_ALWAYS = 1_000_000
"""Numbers that a unit would like to have; it gets fifty at a time here, and asks on."""
NEXT_EPOCH = msgspec.structs.replace(UNIT, epoch=2)


def over(scene: Callable[[Season], Awaitable[None]], folder: Path) -> None:
    """Play a scene of a unit on which only training goes on."""

    async def play() -> None:
        async with season(folder / "unit.db") as there:
            for event in EVENTS:
                await there.put(run(event, "closed", there.clock.wall_ms))
            training, ends_ms = run(TRAINING, "active", None), there.clock.wall_ms + 4_000 * DAY_MS
            await there.put(
                msgspec.structs.replace(training, training=True, sales_close_ms=ends_ms, lease_count=LOW_ALWAYS)
            )
            await scene(there)

    asyncio.run(play())


async def asked(there: Season, owner: Owner = UNIT) -> UUID:
    """The id of the one request that the unit has now."""
    async with open_reader(there.path, owner) as reader:
        [want] = await wanted_numbers(reader, owner, there.clock.wall_ms)
    assert want.event_id == TRAINING
    return want.request


async def purge(there: Season) -> None:
    """A month later the hub holds everything twice."""
    there.clock.forward((RETENTION_DAYS + 1) * DAY_MS)
    if seq := there.writer.tip.seq:
        await there.prove(receipt=seq, watermark=seq, acked=seq)
        await there.purge.once()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["take", "take", "lose", "purge"]), max_size=14))
def test_no_request_that_was_answered_ever_comes_again(acts: list[str]) -> None:
    async def play(there: Season) -> None:
        answered: list[UUID] = []
        for act in acts:
            if act == "take":
                answered.append(await asked(there))
                await there.play([Step("lease", 1), Step("sell", 1)])
            elif act == "lose":
                assert await asked(there) == await asked(there), "the answer got lost"
            else:
                await purge(there)
            assert await asked(there) not in answered
        assert len(set(answered)) == len(answered)

    with tempfile.TemporaryDirectory() as folder:
        over(play, Path(folder))


def test_what_goes_of_a_former_epoch_brings_back_no_request_of_today(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await there.play([Step("lease", 1), Step("lease", 1)])
        writer = SqliteWriter(open_durable(there.path), ALL, NEXT_EPOCH, Tools(there.clock, there.dice, lease_secret))
        try:
            answered = [await asked(there, NEXT_EPOCH)]
            await take(writer, there, 1)
            there.clock.forward((RETENTION_DAYS + 1) * DAY_MS)
            await there.prove(receipt=2, watermark=2, acked=0)
            assert await Purge(writer, there.reader, there.clock, lambda: None, former=[UNIT]).once() == 2
            for place in (2, 3):
                answered.append(await asked(there, NEXT_EPOCH))
                await take(writer, there, place)
        finally:
            writer.close()
        assert len(set(answered)) == 3

    over(play, tmp_path)


async def take(writer: SqliteWriter, there: Season, place: int) -> None:
    """The hub grants ten numbers."""
    first = 1_000_000 + 10 * place
    order = TakeLease(
        command_id=there.dice.id(), lease_id=there.dice.id(), event_id=TRAINING, granter_id=HUB.node_id, first=first,
        last=first + 9, document=b"signed",
    )  # fmt: skip
    await writer.handle(order)


def test_a_unit_that_never_purged_asks_as_it_did_in_0_1_0() -> None:
    words = f"lease {UNIT.node_id} 1 3"
    assert request_id(UNIT, TRAINING, count=3, begins=0) == derived_id(TRAINING, words)
    assert request_id(UNIT, TRAINING, count=3, begins=9) != derived_id(TRAINING, words)


@pytest.mark.anyio
async def test_after_its_first_training_numbers_were_purged_a_unit_practises_on_with_others(
    running: RunningHub,
) -> None:
    venue, seller = await running.venue(), await running.staff("Ann")
    training = derived_id(venue, "training")
    await running.do(OpenTraining(command_id=uuid4(), venue_id=venue))
    async with on_air(running) as air:
        edge = await air.edge(venue)
        await edge.ready(training)
        before = await numbers_sold(edge, training, seller)
        await edge.level()
        await edge.line.cut()
        await purge_all(edge)
        assert await edge.numbers_left(training) == 0
        await edge.line.connect()
        await edge.ready(training)
        after = await numbers_sold(edge, training, seller)
        assert not before & after
        await edge.level()
        async with running.hub.bus.tenant(running.org_id) as connection:
            rows = await (await connection.execute("select count(*) from raffle.raffle_sale")).fetchone()
        assert rows == (2,), "both sales are in the books"


async def numbers_sold(edge: Edge, event: UUID, seller: UUID) -> set[int]:
    """Sell one package; the numbers on its ticket."""
    sale = await edge.sell(event, seller)
    return {number for found in sale.body.ranges for number in range(found.first, found.last + 1)}


async def purge_all(edge: Edge) -> None:
    """Years later: the hub holds everything twice, and all of it goes."""
    owner, tip, later = edge.owner, edge.writer.tip, HandClock()
    later.forward(400 * DAY_MS)
    mark = Watermark(
        org=owner.org_id, node=owner.node_id, epoch=1, seq=tip.seq, hash=tip.hash, backup_ms=0, generation=1
    )  # fmt: skip
    await edge.writer.write(lambda db: keep_watermark(db, owner, mark, b"signed", 0))
    await edge.writer.write(lambda db: db.execute("UPDATE peer SET hub_time_ms = ?", (later.wall_ms,)))
    assert await Purge(edge.writer, edge.reader, later, lambda: None).once() == tip.seq
