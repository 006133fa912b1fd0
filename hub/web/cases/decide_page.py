"""The page on which people decide sales: those that meet in their numbers together, each with its answer."""

from collections.abc import Mapping
from uuid import UUID

from hub.sync.case_story import CaseStory
from hub.web.cases.disputed import groups_of, money_text
from hub.web.cases.forms import field_of
from hub.web.cases.sides import letter_of
from hub.web.cases.view import ChoiceView, DecideView, GroupView
from hub.web.site.case_words import Names, title_of
from hub.web.site.view import HubPage
from shared.domain.cases.facts import ActSigned
from shared.domain.cases.state import TWO_PEOPLE, CaseSale, SaleName
from shared.journal.entry import Envelope
from shared.kernel.digits import range_text
from shared.kernel.money import Money
from shared.web.templates import count

KEEP, REFUND = "keep", "refund"


def decide_view(
    page: HubPage,
    story: CaseStory,
    names: Names,
    *,
    me: UUID,
    fill: str,
    typed: Mapping[str, str] | None,
    command_id: str,
) -> DecideView:
    """The form; what somebody else signed already stands in it."""
    case = story.case
    two = (case.card.kind, "decide") in TWO_PEOPLE
    live = [one for one in story.signatures if case.signed("decide").get(_actor(one)) == one[1].choice]
    others = [one for one in live if _actor(one) != me]
    shown = {(v.node, v.epoch, v.seq, v.chain): v.verdict for v in others[-1][1].verdicts} if others else {}

    def chosen(sale: CaseSale) -> str:
        if typed is not None:
            return typed.get(field_of(sale), "")
        return _filled(fill, story, sale) or shown.get(sale.name, "") or sale.verdict or ""

    groups = [
        GroupView(_title(group), tuple(_choice(story, names, sale, chosen(sale)) for sale in group))
        for group in groups_of(case)
    ]
    return DecideView(
        page=page,
        case_id=str(case.card.case_id),
        reference=case.card.reference,
        title=title_of(case.card, names, full=True),
        groups=tuple(groups),
        fills=_fills(story),
        two=two,
        signed=tuple(_signed(one, names, me) for one in live),
        button="Sign the same" if others else "Sign" if two else "Decide",
        sum=f"{count(len(case.sales), 'sale')}, {money_text(case.sales)}" if case.sales else "No sale",
        command_id=command_id,
    )


def _actor(one: tuple[Envelope, ActSigned]) -> UUID:
    return one[0].actor or UUID(int=0)


def _signed(one: tuple[Envelope, ActSigned], names: Names, me: UUID) -> str:
    kept = sum(verdict.verdict == KEEP for verdict in one[1].verdicts)
    what = f"{kept} kept, {len(one[1].verdicts) - kept} refunded"
    who = "You" if _actor(one) == me else names.person(_actor(one))
    return f"{who} signed at {names.clock(one[0].wall_ms)}: {what}."


def _side_of(story: CaseStory, sale: CaseSale) -> int | None:
    """Which side of the case a sale stands on."""
    for place, side in enumerate(story.sides):
        owner = side.owner
        fork = story.case.card.kind == "fork"
        if (owner.node_id, owner.epoch) == (sale.node_id, sale.epoch) and (not fork or owner.branch == sale.branch):
            return place
    return None


def _fills(story: CaseStory) -> tuple[tuple[str, str], ...]:
    if len(story.sides) < 2:
        return ((KEEP, "Keep all"), (REFUND, "Refund all"))
    return (
        *((str(place), f"Keep all of {letter_of(place)}") for place in range(len(story.sides))),
        (REFUND, "Refund all"),
    )


def _filled(fill: str, story: CaseStory, sale: CaseSale) -> str:
    if fill in {KEEP, REFUND}:
        return fill
    return (KEEP if str(_side_of(story, sale)) == fill else REFUND) if fill.isdecimal() else ""


def _title(group: list[CaseSale]) -> str:
    first, last = min(sale.first for sale in group), max(sale.last for sale in group)
    numbers = range_text(first, last)
    return f"{numbers}, one sale" if len(group) == 1 else f"{numbers}, {len(group)} sales"


def _choice(story: CaseStory, names: Names, sale: CaseSale, chosen: str) -> ChoiceView:
    place = _side_of(story, sale)
    papers = {(one.node_id, one.epoch, one.seq, one.chain): one for one in story.papers}
    paper = papers.get(_name(sale))
    price = Money(sale.amount_minor, sale.currency).short()
    return ChoiceView(
        field="" if sale.is_void else field_of(sale),
        side=letter_of(place) if place is not None and len(story.sides) > 1 else "",
        seq=str(sale.seq),
        what=f"{count(sale.ticket_count, 'ticket')}, {price} {sale.tender}",
        numbers=range_text(sale.first, sale.last),
        paper=f"Paper seen at {names.clock(paper.seen_ms)}" if paper else "",
        chosen=chosen,
    )


def _name(sale: CaseSale) -> SaleName:
    return sale.name
