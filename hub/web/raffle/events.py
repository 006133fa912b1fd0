"""Events as lists show them: the plan, its run where there is one, and what of it is in force."""

from typing import Any
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from shared.domain.raffle.facts import EventTerms
from shared.domain.raffle.queries_page import EVENTS, PLANS, PlanLine
from shared.domain.raffle.state import EventCard
from shared.kernel.codec import decode


class EventLine(msgspec.Struct, frozen=True):
    """One event: the terms of its plan and the state of its run (`created` before there is one)."""

    event_id: UUID
    state: str
    terms: EventTerms


def merge(plans: list[PlanLine], runs: list[EventCard]) -> list[EventLine]:
    """Plans with the state of their runs: those that sell first, then planned ones, then closed ones."""
    states = {run.event_id: run.state for run in runs}
    lines = [
        EventLine(plan.event_id, states.get(plan.event_id, "created"), decode(plan.terms, EventTerms)) for plan in plans
    ]
    order = ("active", "created", "suspended", "closed", "cancelled")
    return sorted(lines, key=lambda one: (one.terms.training, order.index(one.state), -one.terms.sales_open_ms))


async def event_lines(hub: Hub, org_id: UUID) -> list[dict[str, Any]]:
    """All events of an organisation, ready for JSON."""
    lines = merge(await hub.many(org_id, PLANS), await hub.many(org_id, EVENTS))
    return [{"event_id": line.event_id, "state": line.state, **msgspec.structs.asdict(line.terms)} for line in lines]
