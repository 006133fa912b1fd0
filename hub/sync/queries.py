"""What pages and metrics read of sync: the last report of each unit, and entries that wait for a human."""

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


class Quarantined(msgspec.Struct, frozen=True):
    """How many entries of one unit's journals wait for a human."""

    node_id: UUID
    count: int


def _columns(name: str) -> Any:
    return HubTable.metadata.tables[name].c


_reports = _columns("sync.unit_report")
REPORTS = Query(select(_reports.node_id, _reports.heard_ms, _reports.report).where(_reports.org_id == ORG), Heard)
_held = _columns("sync.quarantine")
QUARANTINED = Query(select(_held.node_id, func.count()).where(_held.org_id == ORG).group_by(_held.node_id), Quarantined)
