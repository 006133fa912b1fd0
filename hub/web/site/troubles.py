"""What needs a human now: each line says what, why it matters, who acts, how old it is, and the one act."""

from collections.abc import Iterator
from typing import Literal

from hub.web.site.case_words import KINDS, Names, title_of, waits_for, who_acts, why_of
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import HELD
from hub.web.site.unit_view import TroubleView, UnitView
from hub.web.site.units import NUMBERS_PERCENT_LOW, unit_view
from shared.domain.cases.state import CaseCard
from shared.domain.identity.state import UnitCard
from shared.domain.raffle.errors import stop_words
from shared.sync.standing import MAY_SELL
from shared.web.templates import ago, count

Level = Literal["wait", "attn", "stop"]
LEVELS: tuple[Level, ...] = ("stop", "attn", "wait")
ACT = "Show unit"
UNSEEN_S_MAX = 120
WHO_LIFTS = {"storage": "Make room on its disk", "witness": "Enrol it anew", "clock": "A supervisor confirms"}
"""Who ends what a unit stopped itself for."""


def troubles(now: Snapshot) -> tuple[TroubleView, ...]:
    """All troubles, the worst first, then the oldest within a level as they come."""
    names = Names(now, now.names)
    found = [
        *_recovery(now),
        *(_of_case(now, names, card) for card in sorted(now.cases, key=lambda one: one.opened_ms)),
    ]
    for unit in now.units:
        found += _of_unit(now, unit)
    return tuple(sorted(found, key=lambda one: LEVELS.index(one.level)))


def _recovery(now: Snapshot) -> Iterator[TroubleView]:
    """A restored hub that has no case about it yet."""
    if now.recovery is None or any(card.kind == "hub_restored" for card in now.cases):
        return
    yield TroubleView(
        level="stop",
        icon="history",
        what="The hub was restored",
        why=waits_for(now),
        who="Bring units in reach",
        age=_age(now, now.recovery.since_ms),
        act="Show units",
        href="/units",
    )


def _of_case(now: Snapshot, names: Names, card: CaseCard) -> TroubleView:
    words = KINDS[card.kind]
    return TroubleView(
        level=words.level,
        icon=words.icon,
        what=title_of(card, names),
        why=why_of(now, card),
        who=who_acts(now, card),
        age=_age(now, card.opened_ms),
        act="Open case",
        href=f"/cases/{card.case_id}",
    )


def _age(now: Snapshot, since_ms: int) -> str:
    return ago(max(0, now.read_ms - since_ms) // 1_000)


def _of_unit(now: Snapshot, unit: UnitCard) -> Iterator[TroubleView]:
    if unit.state == "revoked":
        return
    view = unit_view(now, unit)
    if not view.waiting_known:
        if (view.seen_s or 0) >= UNSEEN_S_MAX and (view.waiting or now.main):
            yield _out_of_reach(view)
        return
    yield from _stopped(now, unit, view)
    if view.printer == "out":
        what, why, who = f"Paper is out, {unit.name}", "Its tickets wait for paper.", "Put in a roll"
        yield _line(view, level="stop", icon="printer-x", what=what, why=why, who=who)
    if unit.state not in MAY_SELL:
        return  # a walk to the counter brings it no numbers
    if view.numbers_percent is not None and view.numbers_percent < NUMBERS_PERCENT_LOW:
        what = f"{count(view.numbers_left or 0, 'number')} left, {unit.name}"
        why, who = "It stops by itself when they are gone.", "Walk near the counter"
        yield _line(view, level="attn", icon="ticket", what=what, why=why, who=who)


def _stopped(now: Snapshot, unit: UnitCard, view: UnitView) -> Iterator[TroubleView]:
    """A unit that stopped itself, while head office would let it sell."""
    heard = now.heard.get(unit.unit_id)
    for hold in heard.report.holds if heard and unit.state == "enabled" else ():
        cause = hold.partition(":")[0]
        if cause in HELD:
            why = f"{stop_words(hold)['reason']} It sells nothing."
            what = f"{HELD[cause].word}, {unit.name}"
            yield _line(view, level="stop", icon=HELD[cause].icon, what=what, why=why, who=WHO_LIFTS[cause])


def _out_of_reach(unit: UnitView) -> TroubleView:
    seller = f" Seller {unit.seller}." if unit.seller else ""
    known = f"At least {count(unit.waiting, 'sale')} waiting." if unit.waiting else "What it sold since waits there."
    why = known + seller
    who = f"Call {unit.seller.split(' ')[0] or unit.name}"
    what = f"{unit.name} not seen for {ago(unit.seen_s)}"
    return _line(unit, level="wait", icon="smartphone", what=what, why=why, who=who)


def _line(unit: UnitView, *, level: Level, icon: str, what: str, why: str, who: str) -> TroubleView:
    return TroubleView(level, icon, what, why, who, ago(unit.seen_s), ACT, unit.href)
