"""Facts of a raffle to rows; pure."""

from collections.abc import Iterator

import msgspec

from shared.domain.raffle.facts import (
    BuyerNoted,
    EventActivated,
    EventClosed,
    EventPlanned,
    LeaseGranted,
    LeaseRecovered,
    LeaseTaken,
    SaleVoided,
    TicketsSold,
)
from shared.domain.raffle.rows import (
    BuyerRow,
    EventRow,
    LeaseRow,
    LeaseTakenRow,
    PackageRow,
    PlanRow,
    RangeRow,
    SaleRow,
    VoidRow,
)
from shared.journal.entry import Entry
from shared.kernel.codec import encode
from shared.pipeline.changes import Change, Patch, Put


def project_event_planned(fact: Entry[EventPlanned]) -> Iterator[Change]:
    """The plan, with its terms whole."""
    body = fact.body
    yield Put(
        PlanRow(
            owner=fact.owner,
            event_id=body.event_id,
            venue_id=body.terms.venue_id,
            revision=body.revision,
            name=body.terms.name,
            code=body.terms.code,
            training=body.terms.training,
            terms=encode(body.terms),
        )
    )


def project_event_activated(fact: Entry[EventActivated]) -> Iterator[Change]:
    """The run and its packages."""
    body = fact.body
    terms = {name: value for name, value in msgspec.structs.asdict(body.terms).items() if name != "packages"}
    yield Put(EventRow(owner=fact.owner, event_id=body.event_id, revision=body.revision, state="active", **terms))
    for place, package in enumerate(body.terms.packages):
        yield Put(
            PackageRow(
                owner=fact.owner,
                event_id=body.event_id,
                package_id=package.package_id,
                place=place,
                ticket_count=package.ticket_count,
                price_minor=package.price_minor,
            )
        )


def project_event_closed(fact: Entry[EventClosed]) -> Iterator[Change]:
    """The run is closed."""
    yield Patch(EventRow, fact.owner, (fact.body.event_id,), {"state": "closed", "closed_ms": fact.body.closed_ms})


def project_lease_granted(fact: Entry[LeaseGranted] | Entry[LeaseRecovered]) -> Iterator[Change]:
    """The granter's row; a lease that came back has the same."""
    body = fact.body
    yield Put(
        LeaseRow(
            owner=fact.owner,
            lease_id=body.lease_id,
            request_id=body.request_id,
            event_id=body.event_id,
            holder_id=body.holder_id,
            holder_epoch=body.holder_epoch,
            first_number=body.first,
            last_number=body.last,
        )
    )


def project_lease_taken(fact: Entry[LeaseTaken]) -> Iterator[Change]:
    """The holder's row."""
    body = fact.body
    yield Put(
        LeaseTakenRow(
            owner=fact.owner,
            lease_id=body.lease_id,
            event_id=body.event_id,
            granter_id=body.granter_id,
            first_number=body.first,
            last_number=body.last,
            document=body.document,
        )
    )


def project_tickets_sold(fact: Entry[TicketsSold]) -> Iterator[Change]:
    """The sale and its ranges."""
    body, owner, seq = fact.body, fact.owner, fact.envelope.seq
    yield Put(
        SaleRow(
            owner=owner,
            seq=seq,
            sale_id=body.sale_id,
            event_id=body.event_id,
            package_id=body.package_id,
            seller_id=body.seller_id,
            ticket_count=body.ticket_count,
            amount_minor=body.amount_minor,
            currency=body.currency,
            tender=body.tender,
            received_minor=body.received_minor,
            reference=body.reference,
            validation_number=body.validation_number,
            sold_ms=fact.envelope.wall_ms,
            chain=fact.chain_piece,
        )
    )
    for sold in body.ranges:
        yield Put(
            RangeRow(
                owner=owner,
                lease_id=sold.lease_id,
                lease_first=sold.lease_first,
                lease_last=sold.lease_last,
                first_number=sold.first,
                last_number=sold.last,
                event_id=body.event_id,
                sale_seq=seq,
            )
        )


def project_buyer_noted(fact: Entry[BuyerNoted]) -> Iterator[Change]:
    """Who bought, still sealed."""
    body = fact.body
    yield Put(
        BuyerRow(
            owner=fact.owner,
            sale_id=body.sale_id,
            event_id=body.event_id,
            person_id=body.person_id,
            sealed_phone=body.sealed_phone,
            seq=fact.seq,
        )
    )


def project_sale_voided(fact: Entry[SaleVoided]) -> Iterator[Change]:
    """The void, a row of whoever voided."""
    body = fact.body
    yield Put(
        VoidRow(
            owner=fact.owner,
            sale_node_id=body.sale_node,
            sale_epoch=body.sale_epoch,
            sale_seq=body.sale_seq,
            sale_chain=body.sale_chain,
            sale_id=body.sale_id,
            event_id=body.event_id,
            reason=body.reason,
            voided_by=body.voided_by,
            voided_ms=fact.wall_ms,
            refund_minor=body.refund_minor,
            refund=body.refund,
        )
    )
