"""Numbers sold twice, doubtful sales, and what people decide: at the real hub, by real uploads."""

from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from hub.sync.cases import open_held_case, open_restored_case
from hub.sync.generation import open_generation
from hub.sync.judging import judge_closed
from hub.sync.receive import receive
from shared.domain.cases.commands import CloseCase, DecideSales, OpenCase, SeeCase
from shared.domain.cases.errors import SalesUndecided, SignedAlready
from shared.domain.cases.facts import SaleVerdict
from shared.domain.cases.queries import CASES_OPEN, DISPUTES, EVIDENCE, STEPS, read_case
from shared.domain.cases.state import CaseCard, CaseState
from shared.domain.identity.commands import DismissStaff
from shared.domain.raffle.commands import CloseEvent
from shared.domain.raffle.facts import LeaseTaken, SoldRange
from shared.domain.raffle.queries_page import EVENT_TOTALS, LATEST, EventTotal, SaleLine
from shared.journal.chain import Stamp, seal
from shared.journal.entry import FeedMark
from shared.kernel.clock import HOUR_MS
from shared.pipeline.postgres_bus import run_load
from tests.support.hub import RunningHub
from tests.support.journals import PRICE_MINOR, Journal, desk_at, journal_at, journal_of

pytestmark = pytest.mark.anyio
replace = msgspec.structs.replace


async def up(journal: Journal, first: int = 1) -> None:
    """Upload from an entry on."""
    await receive(journal.running.hub, journal.session, journal.bundle(first))


async def cases(running: RunningHub) -> list[CaseCard]:
    """Every open case."""
    return await running.hub.many(running.org_id, CASES_OPEN)


async def read(running: RunningHub, case_id: UUID) -> CaseState:
    """A case as its page sees it."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        owner = running.hub.owner(running.org_id)
        found = await run_load(connection, owner, read_case(case_id), running.hub.keyring.open)
    assert found is not None
    return found


async def total(running: RunningHub, event_id: UUID) -> EventTotal:
    """The event's figures."""
    found: list[EventTotal] = await running.hub.many(running.org_id, EVENT_TOTALS)
    return next(one for one in found if one.event_id == event_id)


async def forked(running: RunningHub, sides: tuple[int, int] = (2, 1)) -> tuple[Journal, Journal]:
    """Two cards that sold three together, then each by itself."""
    card = await journal_of(running)
    clone = card.copy()
    card.sell(sides[0])
    clone.sell(sides[1])
    return card, clone


def verdicts(case: CaseState, keep: int) -> tuple[SaleVerdict, ...]:
    """Keep what one branch sold, refund the rest."""
    return tuple(
        SaleVerdict(
            sale.node_id, sale.epoch, sale.seq, sale.chain, sale.sale_id, "keep" if sale.branch == keep else "refund"
        )
        for sale in case.sales
    )


async def test_both_sides_of_a_fork_are_out_of_the_pool_and_nothing_else_is(running: RunningHub) -> None:
    card, clone = await forked(running)
    await up(card)
    before = await total(running, card.desk.event_id)
    await up(clone)
    after = await total(running, card.desk.event_id)
    assert (before.sale_count, before.disputed_count) == (5, 0)
    # The clone sold the numbers of the card's fourth sale; the fifth meets nobody and stays in.
    assert (after.sale_count, after.amount_minor) == (4, 4 * PRICE_MINOR)
    assert (after.disputed_count, after.disputed_minor) == (2, 2 * PRICE_MINOR)


async def test_which_side_arrived_first_changes_no_figure(running: RunningHub) -> None:
    seen = []
    for order in permutations((0, 1)):
        sides = await forked(running)
        for place in order:
            await up(sides[place])
        figures = await total(running, sides[0].desk.event_id)
        seen.append(replace(figures, event_id=UUID(int=0)))
    assert seen[0] == seen[1]


async def test_a_fork_is_one_case_with_all_its_sales_and_its_overlaps_open_none(running: RunningHub) -> None:
    card, clone = await forked(running, (3, 3))
    await up(card)
    await up(clone)
    for journal in (card, clone):
        behind = len(journal.sealed)
        journal.sell(2)
        await up(journal, behind + 1)
    [fork] = await cases(running)
    assert (fork.kind, fork.about_node_id, fork.node_epoch) == ("fork", card.owner.node_id, 1)
    case = await read(running, fork.case_id)
    assert sorted((sale.branch, sale.seq) for sale in case.sales) == [
        (branch, seq) for branch in (0, 1) for seq in range(5, 10)
    ]
    [dispute] = await running.hub.many(running.org_id, DISPUTES)
    assert (dispute.node_id, dispute.sale_count) == (card.owner.node_id, 10)


async def test_two_people_decide_a_fork_and_the_kept_side_counts_again(running: RunningHub) -> None:
    card, clone = await forked(running)
    await up(card)
    await up(clone)
    [fork] = await cases(running)
    case, hub = await read(running, fork.case_id), running.hub
    ada, ben = uuid4(), uuid4()

    def order(person: UUID) -> DecideSales:
        return DecideSales(command_id=uuid4(), actor=person, case_id=fork.case_id, verdicts=verdicts(case, 1))

    close = CloseCase(command_id=uuid4(), actor=ada, case_id=fork.case_id, outcome="The clone had the cash.")
    await hub.bus.handle(running.org_id, SeeCase(command_id=uuid4(), actor=ada, case_id=fork.case_id))
    await hub.bus.handle(running.org_id, order(ada))
    with pytest.raises(SignedAlready):
        await hub.bus.handle(running.org_id, order(ada))
    with pytest.raises(SalesUndecided):
        await hub.bus.handle(running.org_id, close)
    assert (await total(running, card.desk.event_id)).disputed_count == 2
    await hub.bus.handle(running.org_id, order(ben))
    figures = await total(running, card.desk.event_id)
    assert (figures.sale_count, figures.disputed_count) == (5, 0)
    await hub.bus.handle(running.org_id, close)
    assert await cases(running) == []
    steps = await hub.many(running.org_id, STEPS, case_id=fork.case_id)
    assert [step.act for step in steps] == ["opened", "seen", "signed", "decide", "closed"]
    assert [step.person_id for step in steps] == [None, ada, ada, ben, ada]


async def test_a_verdict_of_an_earlier_life_of_the_hub_gives_way_to_the_last_in_every_figure(
    running: RunningHub,
) -> None:
    card, clone = await forked(running)
    await up(card)
    await up(clone)
    [fork] = await cases(running)
    for keep in (0, 1):
        await open_generation(running.hub, running.org_id, "restored")
        running.clock.forward(1_000)
        case = await read(running, fork.case_id)
        for person in (uuid4(), uuid4()):
            order = DecideSales(command_id=uuid4(), actor=person, case_id=fork.case_id, verdicts=verdicts(case, keep))
            await running.hub.bus.handle(running.org_id, order)
    sales: list[SaleLine] = await running.hub.many(running.org_id, LATEST, event_id=card.desk.event_id, most=50)
    counted = [sale for sale in sales if sale.counts]
    figures = await total(running, card.desk.event_id)
    assert (len(sales), len(counted), figures.sale_count) == (6, 5, 5)
    assert figures.amount_minor == sum(sale.amount_minor for sale in counted)


async def test_a_closed_fork_opens_again_when_a_third_history_shows(running: RunningHub) -> None:
    card, clone = await forked(running)
    third = card.at(4)
    await up(card)
    await up(clone)
    [fork] = await cases(running)
    case = await read(running, fork.case_id)
    for person in (uuid4(), uuid4()):
        order = DecideSales(command_id=uuid4(), actor=person, case_id=fork.case_id, verdicts=verdicts(case, 0))
        await running.hub.bus.handle(running.org_id, order)
    close = CloseCase(command_id=uuid4(), actor=uuid4(), case_id=fork.case_id, outcome="Side A.")
    await running.hub.bus.handle(running.org_id, close)
    third.sell(1)
    await up(third)
    [again] = await cases(running)
    assert again.case_id == fork.case_id
    assert (await read(running, fork.case_id)).undecided == 1


async def test_a_void_touches_its_own_side_of_the_fork_alone(running: RunningHub) -> None:
    card = await journal_of(running)
    clone = card.copy()
    [sold] = card.sell(1)
    card.void(sold)
    clone.sell(1)
    await up(card)
    await up(clone)
    figures = await total(running, card.desk.event_id)
    assert (figures.sale_count, figures.disputed_count) == (3, 1)
    sales: list[SaleLine] = await running.hub.many(running.org_id, LATEST, event_id=card.desk.event_id, most=50)
    assert sorted((sale.is_void, sale.is_disputed) for sale in sales if sale.seq == 5) == [(False, True), (True, True)]


async def doubtful(running: RunningHub, **wrong: Any) -> tuple[Journal, list[CaseCard]]:
    """A handheld that sold three good sales and one with something wrong; the cases that followed."""
    journal = await journal_of(running)
    journal.add(replace(journal.sale(), **wrong))
    await up(journal)
    return journal, await cases(running)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("price", {"amount_minor": 1, "received_minor": 1}),
        ("price", {"package_id": UUID(int=3)}),
        ("seller", {"seller_id": UUID(int=4)}),
        ("validation", {"validation_number": "0000000000000000000GG"}),
    ],
)
async def test_a_doubtful_sale_waits_outside_the_pool_until_it_is_decided(
    running: RunningHub, kind: str, wrong: dict[str, Any]
) -> None:
    journal, found = await doubtful(running, **wrong)
    assert [case.kind for case in found] == [kind]
    figures = await total(running, journal.desk.event_id)
    assert (figures.sale_count, figures.disputed_count) == (3, 1)
    case = await read(running, found[0].case_id)
    order = DecideSales(command_id=uuid4(), actor=uuid4(), case_id=case.card.case_id, verdicts=verdicts(case, 0))
    await running.hub.bus.handle(running.org_id, order)
    figures = await total(running, journal.desk.event_id)
    assert (figures.sale_count, figures.disputed_count) == (4, 0)


async def test_clean_sales_open_no_case(running: RunningHub) -> None:
    journal = await journal_of(running, sales=40)
    journal.void(journal.sealed[-1])
    await up(journal)
    assert await cases(running) == []
    assert (await total(running, journal.desk.event_id)).sale_count == 39


async def test_a_replay_opens_no_case_twice_and_adds_nothing(running: RunningHub) -> None:
    journal, [case] = await doubtful(running, amount_minor=1, received_minor=1)
    for _ in range(3):
        await up(journal)
    assert await cases(running) == [case]
    assert len(await running.hub.many(running.org_id, EVIDENCE, case_id=case.case_id)) == 1


async def test_more_of_the_same_goes_to_the_same_case(running: RunningHub) -> None:
    journal, [case] = await doubtful(running, amount_minor=1, received_minor=1)
    journal.next_number += 3
    journal.add(replace(journal.sale(), amount_minor=2, received_minor=2))
    await up(journal, 6)
    assert [one.case_id for one in await cases(running)] == [case.case_id]
    assert len((await read(running, case.case_id)).sales) == 2


async def test_a_sale_after_the_close_is_late_and_one_that_was_here_before_is_not(running: RunningHub) -> None:
    journal = await journal_of(running)
    event_id = journal.desk.event_id
    await up(journal)
    running.clock.forward(HOUR_MS)
    async with running.hub.bus.tenant(running.org_id) as connection:
        await running.hub.bus.handle_in(connection, running.org_id, CloseEvent(command_id=uuid4(), event_id=event_id))
        await judge_closed(running.hub, connection, running.org_id, event_id)
    assert await cases(running) == []
    running.clock.forward(HOUR_MS)
    late = journal.copy()
    late.sell(1)
    await up(late, 5)
    assert await cases(running) == []


async def test_whose_clock_says_after_the_close_is_late_even_when_it_came_before(running: RunningHub) -> None:
    journal = await journal_of(running)
    event_id = journal.desk.event_id
    closed_ms = running.clock.wall_ms - 60_000
    running.clock.wall_ms = closed_ms
    await running.hub.bus.handle(running.org_id, CloseEvent(command_id=uuid4(), event_id=event_id))
    running.clock.forward(HOUR_MS)
    await up(journal)
    [case] = await cases(running)
    assert (case.kind, case.note) == ("late_sale", "Sold 60 s after the close.")
    assert len((await read(running, case.case_id)).sales) == 3


async def test_sales_already_here_are_judged_when_the_event_was_closed_before_them(running: RunningHub) -> None:
    journal = await journal_of(running)
    event_id = journal.desk.event_id
    await up(journal)
    running.clock.wall_ms -= 60_000
    async with running.hub.bus.tenant(running.org_id) as connection:
        order = CloseEvent(command_id=uuid4(), event_id=event_id)
        await running.hub.bus.handle_in(connection, running.org_id, order)
        await judge_closed(running.hub, connection, running.org_id, event_id)
        await judge_closed(running.hub, connection, running.org_id, event_id)
    [case] = await cases(running)
    assert case.kind == "late_sale"
    assert (await total(running, event_id)).disputed_count == 3


async def test_a_seller_who_left_is_doubted_only_where_the_unit_knew_it(running: RunningHub) -> None:
    journal = await journal_of(running)
    await running.do(DismissStaff(command_id=uuid4(), staff_id=journal.desk.seller_id))
    await up(journal)
    assert await cases(running) == []
    async with running.hub.bus.tenant(running.org_id) as connection:
        row = await (await connection.execute("select generation, position from sync.feed_head")).fetchone()
    assert row is not None
    stamp = Stamp(uuid4(), None, running.clock.now(), (FeedMark(running.hub.node_id, row[0], row[1]),))
    sealed, journal.tip = seal(journal.owner, journal.tip, stamp, [(uuid4(), journal.sale())])
    journal.sealed += sealed
    await up(journal, 5)
    assert [(case.kind, case.entity_id) for case in await cases(running)] == [("seller", journal.desk.seller_id)]


async def test_numbers_of_another_unit_are_disputed_on_both_sides_whoever_comes_last(running: RunningHub) -> None:
    for order in permutations((0, 1)):
        venue = await running.venue(f"Stand {order[0]}")
        desk = await desk_at(running, venue)
        honest, thief = [await journal_at(running, desk, venue, f"R{order[0]}{place}") for place in (0, 1)]
        honest.sell(2)
        stolen = honest.lease
        assert stolen is not None
        thief.add(
            LeaseTaken(
                lease_id=stolen.lease, event_id=stolen.event, granter_id=stolen.granter, first=stolen.first,
                last=stolen.last, document=b"forged",
            )
        )  # fmt: skip
        numbers = SoldRange(stolen.lease, stolen.first, stolen.last, stolen.first, stolen.first + 2)
        thief.add(replace(thief.sale(), ranges=(numbers,)))
        for place in order:
            await up((honest, thief)[place])
        kinds = sorted(case.kind for case in await cases(running) if case.venue_id == venue)
        assert kinds == ["lease", "overlap", "validation"]
        [overlap] = [one for one in await cases(running) if one.kind == "overlap" and one.venue_id == venue]
        assert overlap.about_node_id is None
        evidence = await running.hub.many(running.org_id, EVIDENCE, case_id=overlap.case_id)
        assert {one.node_id for one in evidence} == {honest.owner.node_id, thief.owner.node_id}
        figures = await total(running, desk.event_id)
        assert (figures.sale_count, figures.disputed_count) == (1, 2)


async def test_what_cannot_be_shown_is_one_case_a_thing_and_counts_nowhere(running: RunningHub) -> None:
    journal = await journal_of(running)
    journal.add(replace(journal.sale(101), amount_minor=2**62, received_minor=2**62))
    await up(journal)
    found = await cases(running)
    assert [case.kind for case in found] == ["quarantine"]
    assert found[0].entity_id == journal.sealed[-1].entry.envelope.entity


async def test_held_uploads_and_a_restored_hub_are_cases_too(running: RunningHub) -> None:
    journal = await journal_of(running)
    hub = running.hub
    async with hub.bus.tenant(running.org_id) as connection:
        for _ in range(2):
            await open_held_case(hub, connection, journal.owner, first=5, last=9)
            await open_restored_case(hub, connection, running.org_id, 2, "The hub came back from a backup.")
    assert sorted(case.kind for case in await cases(running)) == ["held", "hub_restored"]


async def test_cases_reach_venue_edges_of_their_venue_and_no_handheld(running: RunningHub) -> None:
    journal, [case] = await doubtful(running, amount_minor=1, received_minor=1)
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute(
            "select kind, scope from sync.feed_row where kind like 'cases_%%' order by kind", []
        )
        rows = [tuple(row) for row in await cursor.fetchall()]
    scope = f"venue:{case.venue_id}:venue"
    assert rows == [("cases_case", scope), ("cases_doubt", scope), ("cases_evidence", scope)]
    assert journal.owner.node_id == case.about_node_id


async def test_two_hubs_that_find_the_same_open_one_case(running: RunningHub) -> None:
    journal, [case] = await doubtful(running, amount_minor=1, received_minor=1)
    evidence = await running.hub.many(running.org_id, EVIDENCE, case_id=case.case_id)
    assert [one.seq for one in evidence] == [5]
    again = OpenCase(
        command_id=uuid4(), case_id=case.case_id, kind="price", node_id=journal.owner.node_id, epoch=1,
        entity_id=case.entity_id, evidence=(), note="The same.",
    )  # fmt: skip
    assert await running.hub.bus.handle(running.org_id, again) == []
    assert await cases(running) == [case]
