"""Every leased number is in exactly one class, whatever units, copies, thieves and people do."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import APP
from hub.sync.receive import receive
from shared.domain.cases.rows import DoubtRow, VerdictRow
from shared.domain.identity.commands import StopEpoch
from shared.domain.identity.rows import UnitEpochRow
from shared.domain.raffle.queries_page import NUMBER_TOTALS, NumberTotals
from shared.domain.raffle.rows import LeaseRow, LeaseTakenRow, RangeRow, SaleRow, VoidRow
from shared.journal.entry import Owner
from shared.pipeline.changes import Put, Row
from shared.pipeline.postgres_applier import apply
from tests.support.clock import OPENING_MS
from tests.support.hub import RunningHub
from tests.support.journals import desk_at, journal_at

HUB, EVENT, CASE = UUID(int=0xB), UUID(int=0x13), UUID(int=0x77)
LEASE_NUMBERS, LEASES, UNITS = 10, 4, 2
SOLD, DISPUTED, VOID = 1, 2, 3
FALSE_SHIFT = 14
"""So far in lies a claim that bears a granted lease's id on other numbers."""


class Sold(NamedTuple):
    """A sale in a story: who (unit, branch), of which lease, how far in, how many, and what became of it."""

    unit: int
    branch: int
    lease: int
    shift: int
    first: int
    size: int
    fate: str


sales = st.builds(
    Sold,
    unit=st.integers(0, UNITS - 1),
    branch=st.integers(0, 1),
    lease=st.integers(0, LEASES - 1),
    shift=st.sampled_from([0, 0, 0, 0, 4, FALSE_SHIFT]),
    first=st.integers(0, LEASE_NUMBERS - 1),
    size=st.integers(1, 6),
    fate=st.sampled_from(["", "", "", "void", "doubt", "keep", "refund"]),
)
stories = st.tuples(st.lists(sales, max_size=14), st.lists(st.booleans(), min_size=UNITS, max_size=UNITS))


class Story:
    """Rows of a story, and by plain counting what must come out."""

    def __init__(self, org: UUID, sold: list[Sold], active: list[bool]) -> None:
        self.org, self.active = org, active
        self.hub = Owner(org, HUB, 1)
        self.rows: list[Row] = [
            UnitEpochRow(
                owner=self.hub, unit_id=self.unit(place), unit_epoch=1, state="active" if fine else "behind",
                reason="", since_ms=0,
            )
            for place, fine in enumerate(active)
        ]  # fmt: skip
        self.rows += [self.lease_row(place) for place in range(LEASES)]
        self.taken: dict[tuple[Owner, UUID], int] = {}
        self.sales: list[tuple[Owner, int, int, str]] = []
        for one in sold:
            with suppress(ValueError):
                self.sell(one)
        self.judge()

    def unit(self, place: int) -> UUID:
        """A unit's id."""
        return UUID(int=0x100 + place)

    def bounds(self, lease: int, shift: int = 0) -> tuple[UUID, int, int]:
        """A lease and its numbers; one that nobody granted lies across two."""
        first = 101 + lease * LEASE_NUMBERS + shift
        named = 0 if shift == FALSE_SHIFT else shift
        return UUID(int=0x1000 * (named + 1) + lease), first, first + LEASE_NUMBERS - 1

    def holder(self, lease: int) -> int:
        """To whom the lease was granted."""
        return lease % UNITS

    def lease_row(self, lease: int) -> LeaseRow:
        """The grant."""
        lease_id, first, last = self.bounds(lease)
        return LeaseRow(
            owner=self.hub, lease_id=lease_id, request_id=lease_id, event_id=EVENT,
            holder_id=self.unit(self.holder(lease)), holder_epoch=1, first_number=first, last_number=last,
        )  # fmt: skip

    def sell(self, one: Sold) -> None:
        """Take the lease if need be and sell; a journal never sells a number of a lease twice."""
        owner = Owner(self.org, self.unit(one.unit), 1, one.branch)
        lease_id, lease_first, lease_last = self.bounds(one.lease, one.shift)
        first = lease_first + one.first
        last = min(first + one.size - 1, lease_last)
        for row in self.rows:
            same = isinstance(row, RangeRow) and row.owner == owner and row.lease_id == lease_id
            if same and isinstance(row, RangeRow) and row.first_number <= last and row.last_number >= first:
                raise ValueError("the database refuses that by itself")
        if self.taken.get((owner, lease_id), one.shift) != one.shift:
            raise ValueError("a journal takes one lease of an id")
        if (owner, lease_id) not in self.taken:
            self.taken[owner, lease_id] = one.shift
            self.rows.append(
                LeaseTakenRow(
                    owner=owner, lease_id=lease_id, event_id=EVENT, granter_id=HUB, first_number=lease_first,
                    last_number=lease_last, document=b"",
                )
            )  # fmt: skip
        seq = len(self.sales) + 1
        self.sales.append((owner, first, last, one.fate))
        chain, sale_id = f"{one.branch:04X} {seq:04X}", UUID(int=0x9000 + seq)
        self.rows += [
            SaleRow(
                owner=owner, seq=seq, sale_id=sale_id, event_id=EVENT, package_id=EVENT, seller_id=EVENT,
                ticket_count=last - first + 1, amount_minor=100, currency="USD", tender="cash", received_minor=100,
                reference="", validation_number="", sold_ms=OPENING_MS, chain=chain,
            ),
            RangeRow(
                owner=owner, lease_id=lease_id, lease_first=lease_first, lease_last=lease_last, first_number=first,
                last_number=last, event_id=EVENT, sale_seq=seq,
            ),
        ]  # fmt: skip
        if one.fate == "void":
            self.rows.append(
                VoidRow(
                    owner=owner, sale_node_id=owner.node_id, sale_epoch=1, sale_seq=seq, sale_chain=chain,
                    sale_id=sale_id, event_id=EVENT, reason="undo", voided_by=EVENT, voided_ms=OPENING_MS,
                    refund_minor=100, refund="cash",
                )
            )  # fmt: skip
        if one.fate in {"doubt", "keep", "refund"}:
            named: dict[str, Any] = {"case_id": CASE, "venue_id": None}
            self.rows.append(
                DoubtRow(
                    owner=self.hub, entry_node_id=owner.node_id, entry_epoch=1, entry_seq=seq, entry_hash=b"x",
                    kind="price", chain=chain, entity_id=sale_id, **named,
                )
            )  # fmt: skip
            if one.fate != "doubt":
                self.rows.append(
                    VerdictRow(
                        owner=self.hub, sale_node_id=owner.node_id, sale_epoch=1, sale_seq=seq, sale_chain=chain,
                        sale_id=sale_id, verdict=one.fate, decided_ms=1, **named,
                    )
                )  # fmt: skip

    def judge(self) -> None:
        """The class of every sale, then of every number: the strongest claim counts."""
        self.classes: list[int] = []
        self.strongest: dict[int, int] = {}
        for place, (_, first, last, fate) in enumerate(self.sales):
            others = [one for other, one in enumerate(self.sales) if other != place]
            met = any(one[1] <= last and one[2] >= first for one in others)
            waits = (met and fate not in {"keep", "refund"}) or fate == "doubt"
            found = VOID if fate in {"void", "refund"} else DISPUTED if waits else SOLD
            self.classes.append(found)
            for number in range(first, last + 1):
                self.strongest[number] = min(found, self.strongest.get(number, VOID))

    def expected(self) -> tuple[int, ...]:
        """leased, sold, void, unsold, quarantined, disputed."""
        counted: Counter[str] = Counter()
        names = {SOLD: "sold", DISPUTED: "disputed", VOID: "void"}
        for lease in range(LEASES):
            _, first, last = self.bounds(lease)
            for number in range(first, last + 1):
                rest = "unsold" if self.active[self.holder(lease)] else "quarantined"
                counted[names[self.strongest[number]] if number in self.strongest else rest] += 1
        return (
            LEASES * LEASE_NUMBERS,
            *(counted[name] for name in ("sold", "void", "unsold", "quarantined", "disputed")),
        )


async def figures_of(address: PostgresAddress, story: Story) -> tuple[tuple[Any, ...], ...]:
    """What the hub's views say of a story: numbers, the event's totals, and the states of tickets."""
    async with await AsyncConnection.connect(address.url(APP)) as connection:
        await connection.execute("select set_config('tillhouse.org', %s, true)", [str(story.org)])
        await apply(connection, map(Put, story.rows))
        found = []
        for text in (
            "select leased, sold, void, unsold, quarantined, disputed from raffle.raffle_number_total",
            "select sale_count, amount_minor, disputed_count, disputed_minor from raffle.raffle_event_total",
            "select count(*) filter (where not is_void and not is_refunded and not is_disputed), "
            "count(*) filter (where not is_void and not is_refunded and is_disputed), "
            "count(*) filter (where is_void or is_refunded) from raffle.raffle_sale_state",
        ):
            row = await (await connection.execute(text.encode())).fetchone()
            found.append(tuple(row) if row else ())
    return tuple(found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories)
def test_the_classes_of_numbers_add_up_and_agree_with_counting_one_by_one(
    migrated: PostgresAddress, told: tuple[list[Sold], list[bool]]
) -> None:
    story = Story(uuid4(), *told)
    numbers, totals, states = asyncio.run(figures_of(migrated, story))
    assert numbers == story.expected()
    assert sum(numbers[1:]) == numbers[0]
    counted = Counter(story.classes)
    assert states == (counted[SOLD], counted[DISPUTED], counted[VOID])
    sums = (counted[SOLD], counted[SOLD] * 100, counted[DISPUTED], counted[DISPUTED] * 100)
    assert totals == (sums if counted[SOLD] or counted[DISPUTED] else ())


@pytest.mark.anyio
async def test_an_ended_epoch_leaves_its_numbers_quarantined_and_a_fork_its_own_disputed(running: RunningHub) -> None:
    venue = await running.venue()
    desk = await desk_at(running, venue)
    card, other = [await journal_at(running, desk, venue, code) for code in ("R07", "R08")]
    for journal in (card, other):
        journal.sell(4)
        journal.void(journal.sealed[-1])
    clone = card.copy()
    clone.sell(1)
    card.sell(1)
    for journal in (card, clone, other):
        await receive(running.hub, journal.session, journal.bundle())
    found: list[NumberTotals] = await running.hub.many(running.org_id, NUMBER_TOTALS)
    assert found == [NumberTotals(desk.event_id, 4_000, 18, 6, 1_988, 1_985, 3)]
    behind = StopEpoch(
        command_id=uuid4(), unit_id=other.owner.node_id, unit_epoch=1, state="behind", reason="It came back older."
    )
    await running.do(behind)
    found = await running.hub.many(running.org_id, NUMBER_TOTALS)
    assert found == [NumberTotals(desk.event_id, 4_000, 18, 6, 0, 3_973, 3)]
