"""Books that owe nothing to the program's rows and views: from what sellers know and the raw entries, sale by sale."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from shared.domain.raffle.facts import SaleVoided, TicketsSold
from shared.domain.raffle.queries_page import NUMBER_TOTALS
from shared.domain.slices import ALL
from shared.journal.entry import Envelope
from shared.kernel.codec import decode
from tests.simulation.device_books import devices_agree
from tests.simulation.machine import Machine
from tests.simulation.world import World
from tests.support.season_truth import KINDS, NOT_SHOWN, STORED

Place = tuple[UUID, int, int, int]
"""Unit, epoch, branch, seq."""
Stored = tuple[Place, bytes, bytes]
"""An entry: where it stands, its hash, its bytes."""
OWN_DOUBTS = "SELECT entry_node_id, entry_epoch, entry_seq, entry_hash FROM cases_doubt"
VERDICTS = "select sale_node_id, sale_epoch, sale_seq, sale_chain, verdict, decided_ms, epoch from cases.cases_verdict"
OWN_VERDICTS = VERDICTS.replace("cases.cases_verdict", "cases_verdict")
Verdicts = Mapping[tuple[UUID, int, int, str], str]
"""What people decided of a sale, by unit, epoch, seq and chain: keep or refund."""
SHOWN = """
select s.node_id, s.epoch, s.branch, s.seq, s.sale_id, s.event_id, s.amount_minor, s.is_void, s.is_disputed,
    s.is_refunded,
    array(select array[r.first_number, r.last_number] from raffle.raffle_range r
        where (r.node_id, r.epoch, r.branch, r.sale_seq) = (s.node_id, s.epoch, s.branch, s.seq)
        order by r.first_number)
from raffle.raffle_sale_state s
"""
DOUBTS = "select entry_node_id, entry_epoch, entry_seq, entry_hash from cases.cases_doubt"
UNIT_TOTALS = """
select node_id, event_id, sale_count, amount_minor, disputed_count, disputed_minor from raffle.raffle_unit_total
"""
OWN_TOTALS = "SELECT event_id, sale_count, amount_minor, disputed_count, disputed_minor FROM raffle_event_total"
LEASES = """
select l.event_id, l.first_number, l.last_number, exists (
    select 1 from identity.identity_unit_epoch e
    where e.unit_id = l.holder_id and e.unit_epoch = l.holder_epoch and e.state <> 'active')
from raffle.raffle_lease l
"""


class Sale(msgspec.Struct, frozen=True):
    """A sale as its entry says it."""

    place: Place
    hash: bytes
    command_id: UUID
    sale_id: UUID
    event_id: UUID
    amount_minor: int
    ranges: tuple[tuple[int, int], ...]

    @property
    def epoch(self) -> tuple[UUID, int]:
        """Whose it is."""
        return self.place[:2]

    @property
    def on_paper(self) -> tuple[UUID, int, int, str]:
        """What names it on a ticket: unit, epoch, seq, and the chain's piece."""
        piece = self.hash[:4].hex().upper()
        return *self.epoch, self.place[3], f"{piece[:4]} {piece[4:]}"


class Books:
    """Sales, those that were undone, and those of which nobody knows yet whether they count."""

    def __init__(self, entries: Iterable[Stored], doubts: Iterable[tuple[Any, ...]], verdicts: Verdicts) -> None:
        self.sales: list[Sale] = []
        self.undone: set[UUID] = set()
        self._verdicts = verdicts
        for place, digest, data in entries:
            self._read(place, digest, decode(data, Envelope))
        doubted = {tuple(row) for row in doubts}
        met = {one.place for pair in self.claimed_twice() for one in pair}
        met |= {one.place for one in self.sales if (*one.epoch, one.place[3], one.hash) in doubted}
        self.disputed = {one.place for one in self.sales if one.place in met and one.on_paper not in verdicts}

    def _read(self, place: Place, digest: bytes, envelope: Envelope) -> None:
        if envelope.type not in (TicketsSold.TYPE, SaleVoided.TYPE):
            return
        fact = ALL.facts.read(envelope.type, envelope.version, envelope.body)
        if isinstance(fact, SaleVoided):
            self.undone.add(fact.sale_id)
        elif isinstance(fact, TicketsSold):
            ranges = tuple(sorted((one.first, one.last) for one in fact.ranges))
            ordered = envelope.command_id
            self.sales.append(Sale(place, digest, ordered, fact.sale_id, fact.event_id, fact.amount_minor, ranges))

    def numbers(self) -> dict[tuple[UUID, int], list[Sale]]:
        """Who claims each number of each event."""
        found: dict[tuple[UUID, int], list[Sale]] = {}
        for one in self.sales:
            for first, last in one.ranges:
                for number in range(first, last + 1):
                    found.setdefault((one.event_id, number), []).append(one)
        return found

    def claimed_twice(self) -> list[tuple[Sale, Sale]]:
        """Sales that claim the same number: each of it with the first."""
        return [(claims[0], one) for claims in self.numbers().values() for one in claims[1:]]

    def is_void(self, sale: Sale) -> bool:
        """Whether it was undone."""
        return sale.sale_id in self.undone

    def is_refunded(self, sale: Sale) -> bool:
        """Whether people decided so."""
        return self._verdicts.get(sale.on_paper) == "refund"

    def totals(self) -> dict[tuple[UUID, UUID], tuple[int, int, int, int]]:
        """By unit and event: sales that count and their money, sales in dispute and theirs."""
        sums: dict[tuple[UUID, UUID], list[int]] = {}
        for one in self.sales:
            if not (self.is_void(one) or self.is_refunded(one)):
                total = sums.setdefault((one.place[0], one.event_id), [0, 0, 0, 0])
                at = 2 if one.place in self.disputed else 0
                total[at] += 1
                total[at + 1] += one.amount_minor
        return {key: (total[0], total[1], total[2], total[3]) for key, total in sums.items()}

    def rows(self) -> dict[Place, tuple[Any, ...]]:
        """What should be shown of each sale."""
        return {
            one.place: (
                one.sale_id, one.event_id, one.amount_minor, self.is_void(one), one.place in self.disputed,
                self.is_refunded(one), one.ranges,
            )
            for one in self.sales
        }  # fmt: skip


async def books_agree(world: World) -> None:
    """AssertionError when a sale, a number or a cent is not where it should be, at the hub or on a unit."""
    truth = world.truth
    rows = await truth.rows(STORED, world.hub.hub.node_id)
    stored = [((row[0], row[1], row[2], row[3]), bytes(row[4]), bytes(row[5])) for row in rows]
    hidden = {tuple(row) for row in await truth.rows(NOT_SHOWN)}
    doubts = [(row[0], row[1], row[2], bytes(row[3])) for row in await truth.rows(DOUBTS)]
    shown = [one for one in stored if one[0] not in hidden]
    books = Books(shown, doubts, _last_words(await truth.rows(VERDICTS)))
    _told_is_stored(world, {one[1] for one in stored} | await truth.held())
    _was_told(world, books, {one[1]: one[0] for one in shown})
    _was_ordered_once(world, books)
    await _is_shown(world, books)
    await _totals_agree(world, books)
    await _numbers_agree(world, books)
    await _numbers_are_sold_once(world, books)
    await devices_agree(world, shown)
    for machine in world.machines:
        await _unit_agrees(machine)


def _last_words(rows: Iterable[tuple[Any, ...]]) -> Verdicts:
    """The last verdict on each sale; a hub that was put back may have decided it in another life too."""
    last = sorted(rows, key=lambda row: (row[5], row[6]))
    return {(row[0], row[1], row[2], row[3]): row[4] for row in last}


def _told_is_stored(world: World, kept: set[bytes]) -> None:
    """What somebody was told is at the hub, purged from the unit or not: sales, undone ones, words about devices."""
    for machine in world.machines:
        for one in machine.told:
            assert one.hash in kept, f"{machine.name}: the hub lacks {one}"
        for undone in machine.undone:
            assert undone.hash in kept, f"{machine.name}: the hub lacks {undone}"
        missing = [noted for noted in machine.noted if noted.hash not in kept]
        assert not missing, f"{machine.name}: the hub lacks {missing[:3]}"


def _was_told(world: World, books: Books, places: Mapping[bytes, Place]) -> None:
    """What a seller was told of a sale is what its entry says."""
    read = {one.place: one for one in books.sales}
    for machine in (*world.machines, *world.gone):
        for one in machine.told:
            place = places.get(one.hash)
            if place in read:
                sale = read[place]
                said = one.sale_id, one.amount_minor, tuple(sorted(one.ranges))
                assert said == (sale.sale_id, sale.amount_minor, sale.ranges), f"{machine.name}: {one}, {sale}"
        for undone in machine.undone:
            shown = undone.hash not in places or undone.sale_id in books.undone
            assert shown, f"{machine.name}: {undone} counts on"


def _was_ordered_once(world: World, books: Books) -> None:
    """Nobody sold what no seller asked for, and no order was carried out twice."""
    ordered = {one for machine in (*world.machines, *world.gone) for one in machine.ordered}
    strange = [one for one in books.sales if one.command_id not in ordered]
    assert not strange, f"sales that nobody asked for: {strange[:2]}"
    times = Counter(one.command_id for one in books.sales)
    twice = [one for one in books.sales if times[one.command_id] > 1]
    assert not twice, f"one order, two sales: {twice[:2]}"


async def _is_shown(world: World, books: Books) -> None:
    shown = {tuple(row[:4]): (*row[4:10], tuple(map(tuple, row[10]))) for row in await world.truth.rows(SHOWN)}
    _same("the hub's sales (id, event, amount, undone, disputed, refunded, numbers)", books.rows(), shown)


async def _totals_agree(world: World, books: Books) -> None:
    counted = {(row[0], row[1]): tuple(row[2:]) for row in await world.truth.rows(UNIT_TOTALS)}
    _same("the hub's totals (sales, money, disputed)", books.totals(), counted)


def _same(what: str, ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> None:
    apart = {key: (ours.get(key), theirs.get(key)) for key in [*ours, *theirs] if ours.get(key) != theirs.get(key)}
    assert not apart, f"{what} differ, the entries' word and the program's: {list(apart.items())[:3]}"


async def _numbers_agree(world: World, books: Books) -> None:
    """Each leased number is in the one class that its sales put it in, counted number by number."""
    claims, ours = books.numbers(), dict[UUID, Counter[str]]()
    for event_id, first, last, is_over in await world.truth.rows(LEASES):
        total = ours.setdefault(event_id, Counter())
        total["leased"] += last - first + 1
        for number in range(first, last + 1):
            total[_class(books, claims.get((event_id, number), []), is_over=is_over)] += 1
    names = "leased", "sold", "void", "unsold", "quarantined", "disputed"
    theirs = {
        one.event_id: tuple(getattr(one, name) for name in names)
        for one in await world.hub.hub.many(world.template.org_id, NUMBER_TOTALS)
    }
    _same(f"numbers ({names})", {event: tuple(one[name] for name in names) for event, one in ours.items()}, theirs)


def _class(books: Books, claims: list[Sale], *, is_over: bool) -> str:
    if not claims:
        return "quarantined" if is_over else "unsold"
    standing = [one for one in claims if not (books.is_void(one) or books.is_refunded(one))]
    if not standing:
        return "void"
    return "disputed" if all(one.place in books.disputed for one in standing) else "sold"


async def _numbers_are_sold_once(world: World, books: Books) -> None:
    """No number is claimed twice, but by copies of one card, or by two that a hub granted it which was put back."""
    cases = {(row[0], row[3]) for row in await world.truth.rows(KINDS)}
    for one, other in books.claimed_twice():
        said = f"{one} and {other} claim the same number"
        if one.epoch == other.epoch:
            assert one.epoch in world.forked, said
            continue
        assert world.caused["hub put back"], said
        assert ("overlap", one.event_id) in cases, f"{said}, and no case says so"


async def _unit_agrees(machine: Machine) -> None:
    """What a unit counts is what the entries on its card say."""
    unit = machine.keys.node_id
    entries = [((unit, epoch, 0, seq), digest, data) for epoch, seq, digest, data in await machine.entries()]
    doubts = [(UUID(bytes=row[0]), row[1], row[2], bytes(row[3])) for row in await machine.reader.values(OWN_DOUBTS)]
    decided = [(UUID(bytes=row[0]), *row[1:]) for row in await machine.reader.values(OWN_VERDICTS)]
    books = Books(entries, doubts, _last_words(decided))
    ours = {event: total for (_, event), total in books.totals().items()}
    counted = {UUID(bytes=row[0]): tuple(row[1:]) for row in await machine.reader.values(OWN_TOTALS)}
    _same(f"{machine.name}: totals (sales, money, disputed)", ours, counted)
