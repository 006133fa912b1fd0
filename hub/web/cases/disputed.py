"""The money and the numbers that a case keeps out of the pool: how much, claimed twice or resting on it; pure."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from hub.web.cases.view import Words
from shared.domain.cases.state import CaseSale, CaseState, SaleName
from shared.kernel.digits import range_text
from shared.kernel.money import Money
from shared.web.templates import count

RANGES_SHOWN = 4
Span = tuple[int, int]


class Claims(msgspec.Struct, frozen=True):
    """Numbers of the undecided sales: those that several claim, and the others."""

    twice: tuple[Span, ...]
    once: tuple[Span, ...]


def spans_of(case: CaseState) -> dict[SaleName, list[tuple[UUID, int, int]]]:
    """The ranges of each sale of the case, with their event."""
    mine = {sale.name for sale in case.sales}
    found: dict[SaleName, list[tuple[UUID, int, int]]] = {}
    for one in case.numbers:
        name = (one.node_id, one.epoch, one.seq, one.chain)
        if name in mine:
            found.setdefault(name, []).append((one.event_id, one.first, one.last))
    return found


def claims(spans: list[Span]) -> Claims:
    """Sweep over the ranges: where more than one lies over another, the numbers are claimed twice."""
    marks = sorted([(first, 1) for first, _ in spans] + [(last + 1, -1) for _, last in spans])
    twice: list[Span] = []
    once: list[Span] = []
    depth, before = 0, 0
    for place, step in marks:
        if depth and place > before:
            _grow(twice if depth > 1 else once, (before, place - 1))
        depth, before = depth + step, place
    return Claims(tuple(twice), tuple(once))


def _grow(spans: list[Span], new: Span) -> None:
    if spans and spans[-1][1] + 1 == new[0]:
        spans[-1] = (spans[-1][0], new[1])
    else:
        spans.append(new)


def summary_of(case: CaseState) -> Words | None:
    """The box below the sides; None for a case without sales."""
    if not case.sales:
        return None
    waiting = [sale for sale in case.sales if sale.undecided]
    if not waiting:
        kept = sum(sale.verdict == "keep" for sale in case.sales)
        voids = sum(sale.is_void for sale in case.sales)
        void = f", {voids} void" if voids else ""
        return Words("Every sale is decided.", f"{kept} kept, {len(case.sales) - kept - voids} refunded{void}.")
    both = " on both sides" if case.card.kind in {"fork", "overlap"} else ""
    lead = f"{count(len(waiting), 'sale')} disputed{both}, {money_text(waiting)}."
    out = "It is out of the pool." if len(waiting) == 1 else "All are out of the pool."
    return Words(f"{lead} {out}", _numbers(case, waiting))


def money_text(sales: Iterable[CaseSale]) -> str:
    """The sum, one amount a currency."""
    sums: dict[str, Money] = {}
    for sale in sales:
        sums[sale.currency] = sums.get(sale.currency, Money(0, sale.currency)) + Money(sale.amount_minor, sale.currency)
    return " and ".join(money.short() for money in sums.values())


def _numbers(case: CaseState, waiting: list[CaseSale]) -> str:
    spans = spans_of(case)
    found = claims([(first, last) for sale in waiting for _, first, last in spans.get(sale.name, [])])
    if not found.twice:
        return f"{_listed(found.once)} rest on it." if found.once else ""
    rest = f" {_listed(found.once)} rest on a disputed sale." if found.once else ""
    return f"{_listed(found.twice)} are claimed twice.{rest}"


def _listed(spans: tuple[Span, ...]) -> str:
    texts = [range_text(first, last) for first, last in spans[:RANGES_SHOWN]]
    more = len(spans) - len(texts)
    return ", ".join(texts) + (f" and {count(more, 'more range')}" if more else "")


def groups_of(case: CaseState) -> list[list[CaseSale]]:
    """Sales that meet in their numbers stand together, in the order of their numbers."""
    groups: list[list[CaseSale]] = []
    reach: tuple[UUID, int] | None = None
    for (event_id, first), last, sale in _marked(case, spans_of(case)):
        if groups and reach is not None and reach[0] == event_id and first <= reach[1]:
            groups[-1].append(sale)
            reach = (event_id, max(reach[1], last))
        else:
            groups.append([sale])
            reach = (event_id, last)
    return groups


def _marked(
    case: CaseState, spans: dict[SaleName, list[tuple[UUID, int, int]]]
) -> list[tuple[tuple[UUID, int], int, CaseSale]]:
    found = []
    for sale in case.sales:
        mine = spans.get(sale.name) or [(sale.event_id, sale.first, sale.last)]
        found.append(((sale.event_id, min(one[1] for one in mine)), max(one[2] for one in mine), sale))
    return sorted(found, key=lambda one: (one[0], one[1], one[2].branch, one[2].seq))
