"""The list of cases: the open ones by how bad they are, then by age; the closed ones by when they ended."""

from hub.web.cases.view import CaseLine, CasesView
from hub.web.site.case_words import KINDS, Names, title_of, who_acts, why_of
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import LEVELS
from hub.web.site.view import HubPage
from shared.domain.cases.state import CaseCard
from shared.web.templates import ago

CLOSED_SHOWN = 200


def list_view(page: HubPage, now: Snapshot, closed: list[CaseCard] | None) -> CasesView:
    """Open cases; the closed ones where they are given."""
    names = Names(now, now.names)
    if closed is not None:
        return CasesView(page, tuple(_closed(names, card) for card in closed), "closed", len(now.cases))
    cards = sorted(now.cases, key=lambda card: (LEVELS.index(KINDS[card.kind].level), card.opened_ms))
    return CasesView(page, tuple(_open(now, names, card) for card in cards), "open", len(now.cases))


def _open(now: Snapshot, names: Names, card: CaseCard) -> CaseLine:
    words = KINDS[card.kind]
    return CaseLine(
        reference=card.reference,
        href=f"/cases/{card.case_id}",
        level=words.level,
        icon=words.icon,
        what=title_of(card, names),
        why=why_of(now, card),
        who=who_acts(now, card),
        age=ago(max(0, now.read_ms - card.opened_ms) // 1_000),
    )


def _closed(names: Names, card: CaseCard) -> CaseLine:
    return CaseLine(
        reference=card.reference,
        href=f"/cases/{card.case_id}",
        level="calm",
        icon=KINDS[card.kind].icon,
        what=title_of(card, names),
        why=card.outcome,
        who="Closed",
        age=names.clock(card.closed_ms or card.opened_ms),
    )
