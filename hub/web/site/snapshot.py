"""One reading of all that live pages show of an organisation: one transaction, made at most once a second."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from hub.runtime.tenant import tenant
from hub.sync.clock_marks import DRIFTS
from hub.sync.generation import Recovering, recovering
from hub.sync.queries import QUARANTINED, REPORTS
from shared.domain.cases.queries import CASES_OPEN, DISPUTES, Dispute
from shared.domain.cases.state import CaseCard
from shared.domain.identity.queries import (
    BADGES,
    CLOCK_EVENTS,
    ORGANIZATION,
    PAIRINGS,
    UNITS,
    VENUES,
    ClockEvent,
    OrganizationCard,
)
from shared.domain.identity.state import PairingCard, UnitCard, VenueCard
from shared.domain.raffle.queries_page import (
    BARS,
    EVENTS,
    LATEST,
    LATEST_MAX,
    PLANS,
    UNIT_TOTALS,
    Bar,
    EventTotal,
    PlanLine,
    SaleLine,
    UnitTotal,
)
from shared.domain.raffle.state import EventCard
from shared.kernel.clock import DAY_MS, MINUTE_MS, SECOND_MS
from shared.kernel.codec import decode
from shared.pipeline.queries import Query
from shared.sync.protocol import UnitReport

R = TypeVar("R")

BARS_SHOWN = 16
REPORT_MS_MAX = 15 * SECOND_MS
"""A unit that was not heard for longer is out of reach."""


class UnitHeard(msgspec.Struct, frozen=True):
    """What a unit said last, and when the hub heard it (ms UTC)."""

    heard_ms: int
    report: UnitReport


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation at `read_ms`; `main` is the event in the right column, `bars` count its orders by span."""

    read_ms: int
    organization: OrganizationCard
    venues: list[VenueCard]
    units: list[UnitCard]
    names: dict[UUID, str]
    plans: list[PlanLine]
    events: list[EventCard]
    unit_totals: list[UnitTotal]
    event_totals: dict[UUID, EventTotal]
    heard: dict[UUID, UnitHeard]
    main: EventCard | None
    bars: list[Bar]
    bar_ms: int
    latest: list[SaleLine]
    drifts: dict[UUID, int] = {}
    clock_events: list[ClockEvent] = []
    pairings: list[PairingCard] = []
    cases: list[CaseCard] = []
    disputes: list[Dispute] = []
    quarantined: dict[UUID, int] = {}
    recovery: Recovering | None = None

    @property
    def zone(self) -> str:
        """The zone in which head office reads clocks: its first venue's."""
        return self.venues[0].zone if self.venues else "UTC"

    def cases_about(self, unit_id: UUID) -> int:
        """How many open cases are about this unit."""
        return sum(card.about_node_id == unit_id for card in self.cases)

    def silent(self, unit_id: UUID) -> bool:
        """Whether the unit is out of reach; one never heard of is not."""
        heard = self.heard.get(unit_id)
        return heard is not None and self.read_ms - heard.heard_ms > REPORT_MS_MAX

    def fingerprint(self) -> bytes:
        """The same bytes as long as no viewer would see a difference worth a reload."""
        reports = [
            (unit, heard.report.waiting, heard.report.printer, heard.report.battery_percent, heard.report.numbers_left,
             heard.report.seller, heard.report.holds, self.silent(unit))
            for unit, heard in sorted(self.heard.items(), key=lambda pair: pair[0].bytes)
        ]  # fmt: skip
        people = (self.units, sorted(self.names.items(), key=lambda pair: pair[0].bytes), self.venues)
        sold = sorted(self.unit_totals, key=lambda total: (total.event_id.bytes, total.node_id.bytes))
        quarantined = sorted(self.quarantined.items(), key=lambda pair: pair[0].bytes)
        held = (self.cases, self.disputes, self.recovery, self.pairings, quarantined)
        return msgspec.msgpack.encode((reports, people, sold, self.events, self.plans, held))


async def read_snapshot(hub: Hub, org_id: UUID) -> Snapshot:
    """Read the organisation now."""
    read_ms = hub.clock.now().wall_ms
    async with tenant(hub.pool, org_id) as connection:
        await connection.execute("set transaction isolation level repeatable read read only")

        async def many(query: Query[R], **params: Any) -> list[R]:
            return await hub.many_in(connection, org_id, query, **params)

        events, unit_totals = await many(EVENTS), await many(UNIT_TOTALS)
        event_totals = add_up(unit_totals)
        main = main_event(events, event_totals)
        bar_ms, since_ms = bar_span(main, read_ms)
        of_main = {"event_id": main.event_id} if main else None
        return Snapshot(
            read_ms=read_ms,
            organization=(await many(ORGANIZATION))[0],
            venues=await many(VENUES),
            units=await many(UNITS),
            names={badge.staff_id: badge.name for badge in await many(BADGES)},
            plans=await many(PLANS),
            events=events,
            unit_totals=unit_totals,
            event_totals=event_totals,
            heard={one.node_id: UnitHeard(one.heard_ms, decode(one.report, UnitReport)) for one in await many(REPORTS)},
            main=main,
            bars=await many(BARS, **of_main, span_ms=bar_ms, since_ms=since_ms) if of_main else [],
            bar_ms=bar_ms,
            latest=await many(LATEST, **of_main, most=LATEST_MAX) if of_main else [],
            drifts={one.node_id: one.ahead_ms for one in await many(DRIFTS)},
            clock_events=await many(CLOCK_EVENTS),
            pairings=await many(PAIRINGS, now_ms=read_ms),
            cases=await many(CASES_OPEN),
            disputes=await many(DISPUTES),
            quarantined={one.node_id: one.count for one in await many(QUARANTINED)},
            recovery=await recovering(connection, org_id),
        )


def add_up(units: list[UnitTotal]) -> dict[UUID, EventTotal]:
    """Totals over all units of each event."""
    totals: dict[UUID, EventTotal] = {}
    for unit in units:
        before = totals.get(unit.event_id, EventTotal(unit.event_id, unit.currency, 0, 0, 0))
        totals[unit.event_id] = EventTotal(
            unit.event_id,
            unit.currency,
            before.sale_count + unit.sale_count,
            before.ticket_count + unit.ticket_count,
            before.amount_minor + unit.amount_minor,
            before.disputed_count + unit.disputed_count,
            before.disputed_minor + unit.disputed_minor,
        )
    return totals


def main_event(events: list[EventCard], totals: dict[UUID, EventTotal]) -> EventCard | None:
    """The event that sells most of those that sell; training never."""
    selling = [event for event in events if event.state == "active" and not event.training]
    sold = {event_id: total.amount_minor for event_id, total in totals.items()}
    return max(selling, key=lambda event: (sold.get(event.event_id, 0), event.sales_open_ms), default=None)


def bar_span(event: EventCard | None, now_ms: int) -> tuple[int, int]:
    """How long a bar is (whole minutes, ms) and where the first begins, so that the bars reach back to the opening."""
    opened_ms = max(event.sales_open_ms, now_ms - DAY_MS) if event else now_ms
    minutes = max(1, -(-(now_ms - opened_ms) // (BARS_SHOWN * MINUTE_MS)))
    bar_ms = minutes * MINUTE_MS
    return bar_ms, (now_ms // bar_ms - BARS_SHOWN + 1) * bar_ms
