"""What the judge doubts of a raffle's facts after they are stored; pure (design §3).

A doubt is no refusal: the fact happened and its rows stay. Views leave a doubted sale out of the pool until people
decide. What has not arrived is no doubt: nothing is said of an event that is not known here.
"""

from uuid import UUID

import msgspec

from shared.domain.raffle.facts import LeaseTaken, TicketsSold
from shared.journal.entry import Entry, Envelope, Fact, FeedMark
from shared.kernel.clock import SECOND_MS
from shared.kernel.validation import NumberCheck, lease_key

JUDGED = frozenset({TicketsSold.TYPE, LeaseTaken.TYPE})


class Doubt(msgspec.Struct, frozen=True):
    """What is wrong with one entry: the kind of case, the thing that the case is about, and why in words."""

    kind: str
    entity_id: UUID
    note: str


class Terms(msgspec.Struct, frozen=True):
    """What the judge knows of an event: its money, when sales end or ended, tickets and price by package."""

    currency: str
    ended_ms: int
    packages: dict[UUID, tuple[int, int]]


class JudgeState(msgspec.Struct):
    """What a batch of one epoch's facts is judged by.

    `leases` are those granted to this very epoch: (event, first, last). `sellers` are all who ever worked here; of
    one who left, the mark in the feed from which on a unit knew it. `event_keys` open validation numbers, where the
    vault has them.
    """

    received_ms: int
    events: dict[UUID, Terms]
    leases: dict[UUID, tuple[UUID, int, int]]
    sellers: dict[UUID, FeedMark | None]
    event_keys: dict[UUID, bytes]
    checks: dict[UUID, NumberCheck] = {}


def judge(fact: Entry[Fact], state: JudgeState) -> list[Doubt]:
    """Everything that is doubtful about one fact."""
    body = fact.body
    if isinstance(body, TicketsSold):
        return judge_sale(fact.envelope, body, state)
    if not isinstance(body, LeaseTaken) or body.event_id not in state.events:
        return []
    granted = state.leases.get(body.lease_id) == (body.event_id, body.first, body.last)
    return [] if granted else [_not_granted(body.lease_id, body.first, body.last)]


def judge_sale(envelope: Envelope, body: TicketsSold, state: JudgeState) -> list[Doubt]:
    """A sale: when, for how much, by whom, of which numbers, and with the proof that belongs to them."""
    terms = state.events.get(body.event_id)
    if terms is None:
        return []
    doubts: list[Doubt] = []
    # Of all times that the evidence allows, the one that the unit's own clock says, or the nearest to it.
    at_ms = min(max(envelope.wall_ms, envelope.hub_time_ms), state.received_ms)
    if at_ms > terms.ended_ms:
        late_s = -(-(at_ms - terms.ended_ms) // SECOND_MS)
        doubts.append(Doubt("late_sale", body.event_id, f"Sold {late_s} s after the close."))
    numbers = 0
    for sold in body.ranges:
        numbers += sold.last - sold.first + 1
        if state.leases.get(sold.lease_id) != (body.event_id, sold.lease_first, sold.lease_last):
            doubts.append(_not_granted(sold.lease_id, sold.lease_first, sold.lease_last))
    doubts += _money(body, terms, numbers)
    if body.seller_id not in state.sellers:
        doubts.append(Doubt("seller", body.seller_id, "Nobody with the seller's number ever worked here."))
    elif (left := state.sellers[body.seller_id]) is not None and _knew(envelope, left):
        doubts.append(Doubt("seller", body.seller_id, "The seller had left, and the unit knew it."))
    first = body.ranges[0] if body.ranges else None
    if first is None or not _proven(body, first.lease_id, first.first, state):
        doubts.append(Doubt("validation", body.event_id, "The validation number is not the one of these tickets."))
    return doubts


def _money(body: TicketsSold, terms: Terms, numbers: int) -> list[Doubt]:
    package = terms.packages.get(body.package_id)
    if package is None:
        return [Doubt("price", body.event_id, "The event has no such package.")]
    times, rest = divmod(body.ticket_count, package[0])
    if rest or times < 1 or numbers != body.ticket_count:
        note = f"{body.ticket_count} tickets on {numbers} numbers, in packages of {package[0]}."
        return [Doubt("price", body.event_id, note)]
    if body.amount_minor != package[1] * times or body.currency != terms.currency:
        return [Doubt("price", body.event_id, f"{body.ticket_count} tickets at another price than the event's.")]
    return []


def _knew(envelope: Envelope, left: FeedMark) -> bool:
    """Whether the unit had read so far in the feed when it sold; who sells in good faith is not doubted."""
    return any(
        mark.feeder == left.feeder and mark.generation == left.generation and mark.position >= left.position
        for mark in envelope.feeds
    )


def _proven(body: TicketsSold, lease_id: UUID, first: int, state: JudgeState) -> bool:
    """Whether the number fits; one that nobody can check here (a key that is not in the vault) is no doubt."""
    check = state.checks.get(lease_id)
    if check is None:
        event_key = state.event_keys.get(body.event_id)
        if event_key is None:
            return True
        check = NumberCheck(lease_key(event_key, lease_id), event_id=body.event_id, lease_id=lease_id)
        state.checks[lease_id] = check
    return 0 <= first < 2**63 and check.holds(body.validation_number, first)


def _not_granted(lease_id: UUID, first: int, last: int) -> Doubt:
    return Doubt("lease", lease_id, f"Numbers {first} to {last} were not granted to this epoch of the unit.")
