"""What a raffle decides for the event's owner: plans, runs, leases. Pure."""

from shared.domain.identity import assert_not_recovering
from shared.domain.raffle.commands import ActivateEvent, CloseEvent, GrantLease, OpenTraining, PlanEvent, RecoverLease
from shared.domain.raffle.errors import (
    BadTerms,
    EnoughNumbers,
    LeaseGrantedTwice,
    LeaseNotForYou,
    NumbersExhausted,
    TrainingOpen,
    UnknownEvent,
    WrongState,
)
from shared.domain.raffle.facts import (
    EventActivated,
    EventClosed,
    EventPlanned,
    EventTerms,
    LeaseGranted,
    LeaseRecovered,
    Package,
)
from shared.domain.raffle.state import (
    PACKAGES_MAX,
    TICKETS_PER_SALE_MAX,
    TRAINING_NUMBERS,
    TRAINING_PACKAGES,
    UNSOLD_LEASES_MAX,
    GrantState,
    PlanState,
    RecoverState,
    RunState,
)
from shared.journal.entry import Fact
from shared.kernel.clock import DAY_MS
from shared.kernel.ids import derived_id
from shared.kernel.limits import NAME_LETTERS_MAX
from shared.kernel.money import AMOUNT_MINOR_MAX
from shared.kernel.validation import DRAW_NUMBER_MAX
from shared.pipeline.command import Given

FAR_FUTURE_MS = 200 * 365 * DAY_MS


def decide_plan_event(order: PlanEvent, state: PlanState, given: Given) -> list[Fact]:
    """Plan an event whose terms can be kept."""
    problem = _problem(order, state)
    if problem:
        raise BadTerms(problem=problem)
    event_id = given.new_id()
    packages = tuple(
        Package(given.new_id(1 + place), plan.ticket_count, plan.price_minor)
        for place, plan in enumerate(order.packages)
    )
    terms = EventTerms(
        venue_id=order.venue_id,
        name=order.name.strip(),
        code=order.code.strip(),
        licence=state.licence,
        currency=state.currency,
        training=False,
        sales_open_ms=order.sales_open_ms,
        sales_close_ms=order.sales_close_ms,
        draw_ms=order.draw_ms,
        claim_by_ms=order.claim_by_ms,
        first_number=order.first_number,
        last_number=order.last_number,
        prize_percent=order.prize_percent,
        lease_count=order.lease_count,
        packages=packages,
    )
    return [EventPlanned(event_id=event_id, revision=1, terms=terms)]


def _problem(order: PlanEvent, state: PlanState) -> str | None:
    times = (order.sales_open_ms, order.sales_close_ms, order.draw_ms, order.claim_by_ms)
    numbers = order.last_number - order.first_number + 1
    checks = (
        (not state.venue_known, "Choose a venue from the list."),
        (not 0 < len(order.name.strip()) <= NAME_LETTERS_MAX, f"Name the event with 1 to {NAME_LETTERS_MAX} letters."),
        (not order.name.isprintable() or not order.code.isprintable(), "Use printable letters for name and code."),
        (not 0 < len(order.code.strip()) <= 20, "Give the event a code of 1 to 20 letters."),
        (state.code_taken, f"The code {order.code} belongs to another event. Choose another."),
        (min(times) < 0 or max(times) > FAR_FUTURE_MS, "Choose dates of this century."),
        (order.sales_close_ms <= order.sales_open_ms, "Let sales close after they open."),
        (order.draw_ms < order.sales_close_ms, "Draw after sales have closed."),
        (order.claim_by_ms < order.draw_ms, "Let winners claim after the draw."),
        (not 1 <= len(order.packages) <= PACKAGES_MAX, f"Sell 1 to {PACKAGES_MAX} packages."),
        (any(not 1 <= plan.ticket_count <= TICKETS_PER_SALE_MAX for plan in order.packages),
         f"Let a package hold 1 to {TICKETS_PER_SALE_MAX} tickets."),
        (any(not 0 <= plan.price_minor <= AMOUNT_MINOR_MAX for plan in order.packages), "Price packages from 0 up."),
        (order.first_number < 1 or numbers < 1 or order.last_number > DRAW_NUMBER_MAX,
         "Let the number range begin at 1 or later and end behind its beginning."),
        (not 1 <= order.prize_percent <= 100, "Give 1 to 100 % of sales as the prize."),
        (not 10 <= order.lease_count <= 1_000_000, "Let units lease 10 to 1 000 000 numbers at a time."),
    )  # fmt: skip
    return next((sentence for wrong, sentence in checks if wrong), None)


def decide_open_training(order: OpenTraining, state: PlanState, _given: Given) -> list[Fact]:
    """The standing training event: same facts, same path, its own numbers and key."""
    if not state.venue_known:
        raise BadTerms(problem="Choose a venue from the list.")
    if state.code_taken:
        raise TrainingOpen
    event_id = derived_id(order.venue_id, "training")
    packages = tuple(
        Package(derived_id(event_id, f"package {place}"), count, price)
        for place, (count, price) in enumerate(TRAINING_PACKAGES)
    )
    terms = EventTerms(
        venue_id=order.venue_id,
        name="Training",
        code=training_code(order),
        licence="none",
        currency=state.currency,
        training=True,
        sales_open_ms=0,
        sales_close_ms=FAR_FUTURE_MS,
        draw_ms=FAR_FUTURE_MS,
        claim_by_ms=FAR_FUTURE_MS,
        first_number=1,
        last_number=TRAINING_NUMBERS,
        prize_percent=50,
        lease_count=500,
        packages=packages,
    )
    return [
        EventPlanned(event_id=event_id, revision=1, terms=terms),
        EventActivated(event_id=event_id, revision=1, terms=terms),
    ]


def training_code(order: OpenTraining) -> str:
    """The code of a venue's training event."""
    return f"TRAINING-{order.venue_id.hex[-8:]}"


def decide_activate_event(order: ActivateEvent, state: RunState, given: Given) -> list[Fact]:
    """Copy the plan into the run."""
    if state.terms is None:
        raise UnknownEvent
    if state.state != "created":
        raise WrongState(event=state.name, state=state.state, advice="Choose one that is planned.")
    if state.terms.sales_close_ms <= given.moment.wall_ms:
        raise WrongState(event=state.name, state="over", advice="Plan a new event; this one's sales window has passed.")
    return [EventActivated(event_id=order.event_id, revision=state.revision, terms=state.terms)]


def decide_close_event(order: CloseEvent, state: RunState, given: Given) -> list[Fact]:
    """End the sale; a training event stays open."""
    if state.terms is None:
        raise UnknownEvent
    if state.state != "active" or state.terms.training:
        raise WrongState(event=state.name, state=state.state, advice="Choose an active event.")
    return [EventClosed(event_id=order.event_id, closed_ms=given.moment.wall_ms)]


def decide_grant_lease(order: GrantLease, state: GrantState, given: Given) -> list[Fact]:
    """Grant the next numbers behind the last ones granted."""
    assert_not_recovering(given.holds)
    event = state.event
    if event is None:
        raise UnknownEvent
    if not state.holder_here:
        raise LeaseNotForYou(event=event.name)
    if event.state != "active":
        raise WrongState(event=event.name, state=event.state, advice="Choose an active event.")
    # Of a paused unit the hub sees nothing sold, and it is meant to sell on.
    if not state.paused and state.unsold >= UNSOLD_LEASES_MAX * max(event.lease_count, TICKETS_PER_SALE_MAX):
        raise EnoughNumbers(count=state.unsold, event=event.name)
    first = event.first_number if state.granted_to is None else state.granted_to + 1
    last = min(first + event.lease_count - 1, event.last_number)
    if first > last:
        raise NumbersExhausted(event=event.name)
    return [
        LeaseGranted(
            lease_id=given.new_id(),
            request_id=order.command_id,
            event_id=event.event_id,
            holder_id=order.holder_id,
            holder_epoch=order.holder_epoch,
            first=first,
            last=last,
        )
    ]


def decide_recover_lease(order: RecoverLease, state: RecoverState, _given: Given) -> list[Fact]:
    """Take a lease back once, unless its numbers went to somebody else meanwhile."""
    if state.known:
        return []
    if state.overlaps:
        raise LeaseGrantedTwice(first=order.first, last=order.last)
    return [
        LeaseRecovered(
            lease_id=order.lease_id,
            request_id=order.request_id,
            event_id=order.event_id,
            holder_id=order.holder_id,
            holder_epoch=order.holder_epoch,
            first=order.first,
            last=order.last,
        )
    ]
