"""The sides of a case as the page draws them: histories beside each other, entries in words, which of them dispute."""

import msgspec

from hub.sync.case_story import CaseStory, Side, StoryEntry
from hub.web.cases.view import EntryView, KeyLine, SideView, Words
from hub.web.site.case_words import Names, between
from hub.web.site.standing import StateTag
from shared.domain.cases.queries import Paper
from shared.domain.cases.state import CaseSale, SaleName, chain_of
from shared.domain.raffle.facts import LeaseTaken, SaleVoided, TicketsSold
from shared.journal.entry import Fact
from shared.kernel.digits import range_text
from shared.kernel.money import Money
from shared.sync.intervals import NS_PER_MS
from shared.web.templates import count, drawn

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SAME = StateTag("calm", "Same entry", "")
DISPUTED = StateTag("stop", "Disputed", "split")
DOUBTED = StateTag("attn", "Doubted", "scale")
COUNTS = StateTag("calm", "Counts", "")
VOID = StateTag("calm", "Void", "x")
DECIDED = {"keep": StateTag("done", "Kept", "check"), "refund": StateTag("calm", "Refunded", "undo-2")}
HASH_BYTES_SHOWN = 8


def letter_of(place: int) -> str:
    """A, B, C, …; a case with more sides than letters goes on with numbers."""
    return LETTERS[place] if place < len(LETTERS) else str(place + 1)


def sides_of(story: CaseStory, names: Names) -> tuple[SideView, ...]:
    """Every side that arrived, and for a fork the one that did not."""
    drawn_sides = tuple(_side(story, names, place, side) for place, side in enumerate(story.sides))
    if story.case.card.kind == "fork" and len(drawn_sides) == 1:
        return (*drawn_sides, _missing())
    return drawn_sides


def common_of(story: CaseStory) -> Words | None:
    """What both sides of a fork share."""
    if story.case.card.kind != "fork":
        return None
    seq = story.common_seq
    if not seq:
        return Words("No common history", "the two differ from the first entry on")
    held = "receipt held" if all(side.is_signed for side in story.sides) else "no signed head held"
    entries = "1 entry" if seq == 1 else f"{seq} entries"
    return Words(f"Common history to entry {seq}", f"complete, {entries}, {held}")


def _missing() -> SideView:
    text = "The unit uploads it by itself as soon as it reaches the hub."
    return SideView("B", "Not here yet", text, (), (), shows_paper=False)


def _side(story: CaseStory, names: Names, place: int, side: Side) -> SideView:
    fork = story.case.card.kind == "fork"
    alone = len(story.sides) == 1 and not fork
    unit = names.unit(side.owner.node_id)
    entries = [entry_view(story, side, entry) for entry in side.entries]
    if fork and story.common is not None:
        same = msgspec.structs.replace(entry_view(story, side, story.common), tag=SAME, marked=False)
        entries.insert(0, same)
    left = side.count - len(side.entries)
    arrived = f"Arrived {names.second(side.entries[0].received_ms)} at the hub" if side.entries else ""
    return SideView(
        letter="" if alone else letter_of(place),
        title=f"Branch {side.owner.branch}" if fork else f"{unit}, epoch {side.owner.epoch}",
        arrived=arrived or ("Nothing behind the common history" if fork else ""),
        facts=tuple(_facts(story, names, place, side)),
        entries=tuple(entries),
        more=f"{left} more in the evidence file" if left > 0 else "",
        paper=tuple(_paper(one, names, side) for one in story.papers if _is_of(one, side)),
        shows_paper=bool(story.case.sales),
    )


def _facts(story: CaseStory, names: Names, place: int, side: Side) -> list[KeyLine]:
    key = f"key of {names.unit(side.owner.node_id)}" if not place or story.case.card.kind != "fork" else "the same key"
    lines = [KeyLine("Signature", strong="valid", text=f", {key}, epoch {side.owner.epoch}")]
    if side.tip is not None:
        head = side.tip.hash[:HASH_BYTES_SHOWN].hex(" ", 2).upper()
        lines.append(KeyLine("Head", mono=head, text=f" at {side.tip.seq}"))
    if side.entries:
        lines.append(_boot(side.entries[0], names))
    elif story.common is not None:
        lines.append(_boot(story.common, names))
    return lines


def _boot(entry: StoryEntry, names: Names) -> KeyLine:
    envelope = entry.envelope
    since_ms = envelope.wall_ms - envelope.monotonic_ns // NS_PER_MS
    return KeyLine("Boot", mono=envelope.boot_id.hex[-4:], text=f", running since {names.clock(max(0, since_ms))}")


def entry_view(story: CaseStory, side: Side, entry: StoryEntry) -> EntryView:
    """One entry in words, with what is to be said of it."""
    what, numbers = describe(entry.fact, entry.envelope.type)
    tag = _tag(story, side, entry)
    marked = tag in {DISPUTED, DOUBTED}
    return EntryView(entry.envelope.seq, what, numbers, tag, marked)


def describe(fact: Fact | None, type_name: str) -> tuple[str, str]:
    """What an entry says, and its draw numbers."""
    match fact:
        case TicketsSold():
            price = Money(fact.amount_minor, fact.currency).short()
            ranges = drawn((one.first, one.last) for one in fact.ranges)
            return f"{count(fact.ticket_count, 'ticket')}, {price} {fact.tender}", ranges
        case SaleVoided():
            return f"Void of entry {fact.sale_seq}", ""
        case LeaseTaken():
            return "Numbers taken", range_text(fact.first, fact.last)
        case None:
            return f"Not readable here: {type_name}", ""
    words = type_name.partition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:], ""


def sale_name(side: Side, entry: StoryEntry) -> SaleName:
    """A sale as paper names it."""
    return side.owner.node_id, side.owner.epoch, entry.envelope.seq, chain_of(entry.hash)


def _tag(story: CaseStory, side: Side, entry: StoryEntry) -> StateTag | None:
    if not isinstance(entry.fact, TicketsSold):
        return None
    name = sale_name(side, entry)
    sale = next((one for one in story.case.sales if one.name == name), None)
    return COUNTS if sale is None else tag_of_sale(sale, doubted=name in story.doubted)


def tag_of_sale(sale: CaseSale, *, doubted: bool) -> StateTag:
    """How it stands with a sale of a case."""
    if sale.is_void:
        return VOID
    if sale.verdict is not None:
        return DECIDED[sale.verdict]
    return DOUBTED if doubted else DISPUTED


def _is_of(paper: Paper, side: Side) -> bool:
    mine = (paper.node_id, paper.epoch) == (side.owner.node_id, side.owner.epoch)
    return mine and any((one.envelope.seq, chain_of(one.hash)) == (paper.seq, paper.chain) for one in side.entries)


def strays(story: CaseStory) -> list[Paper]:
    """Paper that fits none of the histories that are here: it tells of one more."""
    return [paper for paper in story.papers if not any(_is_of(paper, side) for side in story.sides)]


def _paper(paper: Paper, names: Names, side: Side) -> str:
    sold = next(one for one in side.entries if (one.envelope.seq, chain_of(one.hash)) == (paper.seq, paper.chain))
    _, numbers = describe(sold.fact, sold.envelope.type)
    return f"Paper seen at {names.clock(paper.seen_ms)}: {numbers or f'entry {paper.seq}'}"


def clock_lines(story: CaseStory, names: Names) -> list[KeyLine]:
    """When the first entry of each side truly happened, as far as evidence says."""
    lines = []
    for place, side in enumerate(story.sides):
        if side.happened is not None:
            label = "Clock" if len(story.sides) == 1 else f"Clock of {letter_of(place)}"
            when = between(side.happened, names)
            lines.append(KeyLine(label, text=f"entry {side.entries[0].envelope.seq} happened {when}"))
    return lines
