"""What pages read of sync: reports of units, entries that wait for a human, bundles that contradict what is stored."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from hub.runtime.tables import HubTable
from shared.domain.raffle.queries import ORG
from shared.pipeline.queries import Query


class Heard(msgspec.Struct, frozen=True):
    """A unit's last report (msgpack of protocol.UnitReport) and when it came."""

    node_id: UUID
    heard_ms: int
    report: bytes


class Held(msgspec.Struct, frozen=True):
    """How much of one unit's journal waits for a human, since when, and the first reason."""

    node_id: UUID
    count: int
    since_ms: int
    reason: str


def _columns(name: str) -> Any:
    return HubTable.metadata.tables[name].c


_reports = _columns("sync.unit_report")
REPORTS = Query(select(_reports.node_id, _reports.heard_ms, _reports.report).where(_reports.org_id == ORG), Heard)
_held = _columns("sync.quarantine")
QUARANTINED = Query(
    select(_held.node_id, func.count(), func.min(_held.since_ms), func.min(_held.reason))
    .where(_held.org_id == ORG)
    .group_by(_held.node_id),
    Held,
)
_refused = _columns("sync.refused_bundle")
REFUSED = Query(
    select(_refused.node_id, func.count(), func.min(_refused.received_ms), func.min(_refused.reason))
    .where(_refused.org_id == ORG)
    .group_by(_refused.node_id),
    Held,
)
