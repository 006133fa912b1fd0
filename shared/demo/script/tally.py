"""Does it tie? What the sellers were told, held against what the hub and the journals of the units hold. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

Ranges = tuple[tuple[int, int], ...]
CLASSES = ("sold", "void", "unsold", "quarantined", "disputed")


class Sale(msgspec.Struct, frozen=True):
    """One sale as somebody knows it: its draw numbers (`joined`), what was paid (minor units), undone or not."""

    sale_id: UUID
    ranges: Ranges
    amount_minor: int
    void: bool = False


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The ranges in order, those that adjoin as one: two leases may lie side by side, and a ticket shows one span."""
    whole: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if whole and whole[-1][1] + 1 == first:
            whole[-1] = whole[-1][0], last
        else:
            whole.append((first, last))
    return tuple(whole)


class Told(msgspec.Struct, frozen=True):
    """What a seller was answered about an order; the same order asked again is told again."""

    command_id: UUID
    sale: Sale


class HubBooks(msgspec.Struct, frozen=True):
    """What the hub holds: its sales, which of them are disputed, each number's class, and the money."""

    sales: tuple[Sale, ...]
    disputed: frozenset[UUID]
    leased: int
    numbers: dict[str, int]
    total_minor: int
    open_cases: int


class JournalBooks(msgspec.Struct, frozen=True):
    """What the exported journals hold: their sales, and what the verifier made of them."""

    sales: tuple[Sale, ...]
    bad: tuple[str, ...]
    orders: int
    voided_orders: int
    numbers: dict[str, int]
    total_minor: int


class Tally(msgspec.Struct, frozen=True):
    """The figures of the night, and a sentence for each that does not tie."""

    orders: int
    voided_orders: int
    numbers_leased: int
    numbers_sold: int
    numbers_void: int
    numbers_unsold: int
    numbers_quarantined: int
    numbers_disputed: int
    edge_total_minor: int
    hub_total_minor: int
    lost: int
    duplicate: int
    open_cases: int
    problems: tuple[str, ...]


def compare(
    told: Sequence[Told], hub: HubBooks, journals: JournalBooks, *, orders: int, voids: int, cases: int
) -> Tally:
    """Everything held against everything; `orders`, `voids` and `cases` are what the night was to bring."""
    known = {one.sale.sale_id: one.sale for one in told}
    lost = find_lost(known, hub.sales) | find_lost(known, journals.sales)
    duplicate = find_duplicates(told, (*hub.sales, *journals.sales))
    figures = {
        "orders": len({one.command_id for one in told}),
        "voided_orders": sum(sale.void for sale in known.values()),
        "numbers_leased": hub.leased,
        **{f"numbers_{name}": hub.numbers[name] for name in CLASSES},
        "edge_total_minor": journals.total_minor,
        "hub_total_minor": hub.total_minor,
        "lost": len(lost - hub.disputed),
        "duplicate": len(duplicate - hub.disputed),
        "open_cases": hub.open_cases,
    }
    wanted = {
        "orders": orders,
        "voided_orders": voids,
        "lost": 0,
        "duplicate": 0,
        "open_cases": cases,
        "edge_total_minor": sum(sale.amount_minor for sale in known.values() if not sale.void),
        "hub_total_minor": journals.total_minor,
        "numbers_leased": sum(hub.numbers[name] for name in CLASSES),
        **_numbers_told(known.values(), hub.disputed),
    }
    problems = [
        f"{name} is {figures[name]} where {value} was to be" for name, value in wanted.items() if figures[name] != value
    ]
    if missing := lost & hub.disputed:
        problems.append(f"{len(missing)} disputed sales are not all there")
    return Tally(**figures, problems=(*problems, *_verified(hub, journals, figures)))


def find_lost(told: dict[UUID, Sale], held: Iterable[Sale]) -> set[UUID]:
    """Sales that a seller was told of, and that are not held as they were told."""
    there = {sale.sale_id: sale for sale in held}
    return {sale_id for sale_id, sale in told.items() if there.get(sale_id) != sale}


def find_duplicates(told: Sequence[Told], held: Iterable[Sale]) -> set[UUID]:
    """Sales too many: held without anybody having been told, a second one of one order, or numbers sold before."""
    firsts: dict[UUID, UUID] = {}
    answers = [(firsts.setdefault(one.command_id, one.sale.sale_id), one.sale.sale_id) for one in told]
    again = {later for first, later in answers if later != first}
    known = {one.sale.sale_id: one.sale for one in told}
    unknown = {sale.sale_id for sale in held if sale.sale_id not in known}
    return again | unknown | _meeting(known.values())


def _meeting(sales: Iterable[Sale]) -> set[UUID]:
    """Sales of which some number was sold before, or later again."""
    found: set[UUID] = set()
    open_until: list[tuple[int, UUID]] = []
    for first, last, sale_id in sorted((first, last, sale.sale_id) for sale in sales for first, last in sale.ranges):
        open_until = [(until, other) for until, other in open_until if until >= first]
        if open_until:
            found |= {sale_id, *(other for _, other in open_until)}
        open_until.append((last, sale_id))
    return found


def _numbers_told(sales: Iterable[Sale], disputed: frozenset[UUID]) -> dict[str, int]:
    """How many numbers of each class the sellers know of; a number that several sold is one number."""
    claims: dict[int, str] = {}
    for sale in sales:
        name = "disputed" if sale.sale_id in disputed else "void" if sale.void else "sold"
        for first, last in sale.ranges:
            for number in range(first, last + 1):
                claims[number] = "disputed" if "disputed" in (name, claims.get(number)) else name
    counts = Counter(claims.values())
    return {f"numbers_{name}": counts[name] for name in ("sold", "void", "disputed")}


def _verified(hub: HubBooks, journals: JournalBooks, figures: dict[str, int]) -> list[str]:
    """What the verifier says otherwise; it knows no hub, so what is held back is unsold to it."""
    numbers = dict(hub.numbers)
    numbers["unsold"] += numbers.pop("quarantined")
    mine = {"orders": figures["orders"], "voided_orders": figures["voided_orders"], "leased": hub.leased, **numbers}
    theirs = {"orders": journals.orders, "voided_orders": journals.voided_orders, **journals.numbers}
    differing = [name for name, value in mine.items() if theirs[name] != value]
    return [*journals.bad, *(f"the verifier counts {theirs[name]} {name}, the hub {mine[name]}" for name in differing)]
