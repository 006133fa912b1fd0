"""Cases in words: what each kind is called, how bad it is, who acts, what happened. No sentence names a culprit."""

from typing import Literal
from uuid import UUID

import msgspec

from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import StateTag
from shared.domain.cases.state import CaseCard
from shared.kernel.clock import at, clock_text, paper_text
from shared.sync.intervals import Interval
from shared.web.templates import count

TWO, MANAGER = "Two people decide", "Manager decides"
WHOLE = "Every unit has shown what it holds, or was declared lost."
"""What a restored hub is once it waits for nobody."""


class KindWords(msgspec.Struct, frozen=True):
    """A kind of case: its tag, who acts, its title with the names filled in, and what it means."""

    level: Literal["attn", "stop"]
    word: str
    icon: str
    who: str
    title: str
    told: str

    @property
    def tag(self) -> StateTag:
        """As a tag."""
        return StateTag(self.level, self.word, self.icon)


KINDS: dict[str, KindWords] = {
    "fork": KindWords(
        "stop", "Fork", "git-fork", TWO, "Two histories of {unit}",
        "A copied card or a restored backup does this. Nobody is accused: the case names an epoch.",
    ),
    "overlap": KindWords(
        "stop", "Sold twice", "split", TWO, "The same numbers sold twice, {event}",
        "Both sales are signed, each by its own unit. All of them are out of the pool until two people decide.",
    ),
    "hub_restored": KindWords(
        "stop", "Hub restored", "history", TWO, "The hub was restored from a backup",
        "It grants no numbers and lets no unit in until every enabled unit has shown the signed documents it holds, "
        "or two people declared it lost. Units sell on meanwhile.",
    ),
    "quarantine": KindWords(
        "attn", "Quarantine", "scale", MANAGER, "Entries wait for a decision, {unit}",
        "The entries are kept and signed, and could not be shown as rows. Only what they are about waits; everything "
        "else of the unit counts.",
    ),
    "lease": KindWords(
        "attn", "Numbers", "ticket", MANAGER, "Numbers that were not granted, {unit}",
        "The unit sold numbers that this hub did not grant to this epoch of it. The sales are out of the pool until "
        "somebody decides.",
    ),
    "late_sale": KindWords(
        "attn", "After the close", "clock-alert", MANAGER, "Sale after the close, {event}",
        "The sale is out of the pool until somebody decides. The buyer can be refunded.",
    ),
    "price": KindWords(
        "attn", "Price", "wallet", MANAGER, "Another price than the event’s, {unit}",
        "The sale is out of the pool until somebody decides.",
    ),
    "seller": KindWords(
        "attn", "Seller", "user-round", MANAGER, "A seller who is not known here, {unit}",
        "The sale is out of the pool until somebody decides.",
    ),
    "validation": KindWords(
        "attn", "Validation number", "scan-line", MANAGER, "Validation numbers that do not fit, {unit}",
        "The sale is out of the pool until somebody decides.",
    ),
    "held": KindWords(
        "attn", "Held", "hourglass", MANAGER, "Sales of a revoked unit, {unit}",
        "They are kept unread: in no row and in no figure until somebody takes them into the books.",
    ),
}  # fmt: skip


class Names(msgspec.Struct, frozen=True):
    """What things are called here; `people` are staff and those who log in at the hub."""

    now: Snapshot
    people: dict[UUID, str]

    def unit(self, unit_id: UUID | None) -> str:
        """A unit's name."""
        return next((unit.name for unit in self.now.units if unit.unit_id == unit_id), "a unit")

    def event(self, event_id: UUID) -> str:
        """An event's name."""
        return next((event.name for event in self.now.events if event.event_id == event_id), "an event")

    def person(self, person_id: UUID | None) -> str:
        """Somebody's name; the hub acts for itself."""
        return self.people.get(person_id, "Somebody who left") if person_id else "The hub"

    def clock(self, wall_ms: int) -> str:
        """Hours and minutes, with the date when it was another day."""
        same = at(wall_ms, self.now.zone).date() == at(self.now.read_ms, self.now.zone).date()
        return clock_text(wall_ms, self.now.zone) if same else paper_text(wall_ms, self.now.zone)

    def second(self, wall_ms: int) -> str:
        """With seconds; the date as above."""
        same = at(wall_ms, self.now.zone).date() == at(self.now.read_ms, self.now.zone).date()
        return f"{at(wall_ms, self.now.zone):{'%H:%M:%S' if same else '%Y-%m-%d %H:%M:%S'}}"


def title_of(card: CaseCard, names: Names, *, full: bool = False) -> str:
    """The case as a headline; `full` names the epoch, where the case is about one."""
    text = KINDS[card.kind].title.format(unit=names.unit(card.about_node_id), event=names.event(card.entity_id))
    return f"{text}, epoch {card.node_epoch}" if full and card.kind in {"fork", "held"} else text


def between(interval: Interval, names: Names) -> str:
    """An interval of the hub's time as words."""
    if not interval.sound:
        return "its clocks contradict each other"
    if interval.lo_ms <= 0:
        return f"before {names.second(interval.hi_ms)}; nothing bounds it from below"
    return f"between {names.second(interval.lo_ms)} and {names.second(interval.hi_ms)}"


def on_which_side(interval: Interval, ended_ms: int, names: Names) -> str:
    """What the evidence says of a sale and the close of its event."""
    close = f"The event closed at {names.second(ended_ms)}"
    if interval.surely_before(ended_ms):
        return f"{close}; all evidence says that it was sold before."
    if interval.surely_after(ended_ms):
        return f"{close}; all evidence says that it was sold after."
    return f"{close}; whether it was sold before or after cannot be proven."


def waits_for(now: Snapshot) -> str:
    """How far a restored hub is."""
    if now.recovery is None:
        return WHOLE
    return f"It waits for evidence from {count(now.recovery.waiting, 'unit')}."


def who_acts(now: Snapshot, card: CaseCard) -> str:
    """Who acts on it now; nobody decides anything about a restored hub that is whole."""
    is_whole = card.kind == "hub_restored" and now.recovery is None
    return "Look, then close it" if is_whole else KINDS[card.kind].who


def why_of(now: Snapshot, card: CaseCard) -> str:
    """Why a case matters, in a line."""
    if card.kind == "hub_restored":
        return waits_for(now)
    if card.kind != "fork":
        return card.note
    sales = sum(
        one.sale_count for one in now.disputes if (one.node_id, one.epoch) == (card.about_node_id, card.node_epoch)
    )
    if not sales:
        return "It sells nothing until it is enrolled anew. No sale is disputed."
    disputes = f"{count(sales, 'sale')} dispute{'s' if sales == 1 else ''} numbers."
    return f"{disputes} {'It is not' if sales == 1 else 'None is'} in the pool."
