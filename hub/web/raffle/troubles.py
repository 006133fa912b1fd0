"""What needs a human now: each line says what, why it matters, who acts, how old it is, and the one act."""

from collections.abc import Iterator
from typing import Literal

from hub.sync.queries import Held
from hub.web.raffle.units import NUMBERS_PERCENT_LOW, unit_view
from hub.web.raffle.view import TroubleView, UnitView
from hub.web.site.snapshot import Snapshot
from shared.domain.identity.state import UnitCard
from shared.web.templates import ago, count

Level = Literal["wait", "attn", "stop"]
LEVELS: tuple[Level, ...] = ("stop", "attn", "wait")
ACT, UNITS = "Show unit", "/units"
UNSEEN_S_MAX = 120


def troubles(now: Snapshot) -> tuple[TroubleView, ...]:
    """All troubles, the worst first, then the oldest within a level as they come."""
    found = [*_held(now, now.refused, forked=True), *_held(now, now.quarantined, forked=False)]
    for unit in now.units:
        found += _of_unit(now, unit)
    return tuple(sorted(found, key=lambda one: LEVELS.index(one.level)))


def _held(now: Snapshot, held: list[Held], *, forked: bool) -> Iterator[TroubleView]:
    """Bundles that contradict what is stored, and entries that could not be shown as rows."""
    names = {unit.unit_id: unit.name for unit in now.units}
    for one in held:
        name = names.get(one.node_id, "a unit")
        entries = "1 entry waits" if one.count == 1 else f"{one.count} entries wait"
        yield TroubleView(
            level="stop" if forked else "attn",
            icon="git-fork" if forked else "scale",
            what=f"Two histories of {name}" if forked else f"{entries} for a decision, {name}",
            why=f"{one.reason.rstrip('.')}. Everything is kept; nothing of it is in the figures.",
            who="Two people decide" if forked else "Manager decides",
            age=ago((now.read_ms - one.since_ms) // 1_000),
            act=ACT,
            href=UNITS,
        )


def _of_unit(now: Snapshot, unit: UnitCard) -> Iterator[TroubleView]:
    if unit.state == "revoked":
        return
    view = unit_view(now, unit)
    if not view.waiting_known:
        if (view.seen_s or 0) >= UNSEEN_S_MAX and (view.waiting or now.main):
            yield _out_of_reach(view)
        return
    if view.printer == "out":
        what, why, who = f"Paper is out, {unit.name}", "Its tickets wait for paper.", "Put in a roll"
        yield _line(view, level="stop", icon="printer-x", what=what, why=why, who=who)
    if view.numbers_percent is not None and view.numbers_percent < NUMBERS_PERCENT_LOW:
        what = f"{count(view.numbers_left or 0, 'number')} left, {unit.name}"
        why, who = "It stops by itself when they are gone.", "Walk near the counter"
        yield _line(view, level="attn", icon="ticket", what=what, why=why, who=who)


def _out_of_reach(unit: UnitView) -> TroubleView:
    seller = f" Seller {unit.seller}." if unit.seller else ""
    known = f"At least {count(unit.waiting, 'sale')} waiting." if unit.waiting else "What it sold since waits there."
    why = known + seller
    who = f"Call {unit.seller.split(' ')[0] or unit.name}"
    what = f"{unit.name} not seen for {ago(unit.seen_s)}"
    return _line(unit, level="wait", icon="smartphone", what=what, why=why, who=who)


def _line(unit: UnitView, *, level: Level, icon: str, what: str, why: str, who: str) -> TroubleView:
    return TroubleView(level, icon, what, why, who, ago(unit.seen_s), ACT, unit.href)
