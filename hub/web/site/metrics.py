"""`GET /metrics`: the hub's figures for Prometheus; units by their code on paper, people not at all.

Not public: answered on the plain listener of this machine, or to whoever shows `metrics_token`; to all others there
is no such page.
"""

import hmac
from typing import Any

import msgspec
from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException

from hub.runtime.hub import Hub
from hub.sync.readings import OrganizationReading, read_organizations
from hub.web.site.lag import hours_left, lag_of
from hub.web.site.parts import Asked, Given
from hub.web.site.snapshot import REPORT_MS_MAX
from shared.domain.cases.state import KINDS
from shared.domain.identity.state import UnitCard
from shared.kernel.clock import SECOND_MS
from shared.web.insiders import asks_itself
from shared.web.metrics import MEDIA_TYPE, MetricsPage

STATES = ("enabled", "disabled", "revoked", "forked", "behind")
CAUSES = ("hub", "certificate", "witness", "clock", "storage")
"""What stops a unit from selling, as its report names it before a colon."""
Figure = int | float | None


class MetricsDoor(msgspec.Struct, frozen=True):
    """Who may read them: callers of `plain_port` on this machine, and bearers of `token`; neither is set by default."""

    plain_port: int | None = None
    token: str = ""

    def admits(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        """Whether this caller may."""
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if self.token and scheme == "Bearer" and hmac.compare_digest(token.encode(), self.token.encode()):
            return True
        server, client = connection.scope.get("server"), connection.client
        by_plain = self.plain_port is not None and server is not None and server[1] == self.plain_port
        return by_plain and asks_itself(client.host if client else "", connection.headers)


@get("/metrics", opt={"public": True}, include_in_schema=False)
async def metrics(request: Asked, parts: Given) -> Response[str]:
    """Every figure as it is now; without its database the hub still tells its own."""
    if not request.app.state.metrics_door.admits(request):
        raise NotFoundException
    return Response(await hub_metrics(parts.hub), media_type=MEDIA_TYPE)


async def hub_metrics(hub: Hub) -> str:
    """The whole page."""
    page = MetricsPage()
    read = await read_organizations(hub)
    page.gauge("tillhouse_database_up", "1 while the hub reaches its database.", int(read is not None))
    _process(page, hub)
    _organizations(page, read or [])
    _units(page, read or [])
    return page.text()


def _process(page: MetricsPage, hub: Hub) -> None:
    meter = hub.meter
    page.gauge("tillhouse_gate_running", "Uploads that run now.", meter.running)
    page.gauge("tillhouse_gate_queue", "Uploads that wait for their turn.", meter.waiting)
    for outcome, count in sorted({"ok": 0, **meter.pushes}.items()):
        page.counter("tillhouse_pushes_total", "Uploads by how they ended.", count, outcome=outcome)
    page.counter("tillhouse_push_bytes_total", "Bytes of the uploads that were taken.", meter.bytes)
    page.counter("tillhouse_entries_stored_total", "Entries that were new, by any road.", meter.entries)
    page.histogram("tillhouse_push_seconds", "How long an upload took.", meter.seconds)


def _organizations(page: MetricsPage, read: list[OrganizationReading]) -> None:
    def each(name: str, means: str, figures: list[Figure]) -> None:
        for one, figure in zip(read, figures, strict=True):
            page.gauge(f"tillhouse_{name}", means, figure, org=str(one.org_id))

    each("feed_generation", "Generation of the feed.", [one.generation for one in read])
    each("feed_position", "The last position drawn of the feed.", [one.position for one in read])
    each("hub_recovering", "1 while a restored hub waits for evidence.", [int(one.recovering) for one in read])
    each("unprojected_entries", "Entries that wait for an upgrade.", [one.unprojected for one in read])
    backups: list[Figure] = [None if one.backup_ms is None else one.backup_ms / SECOND_MS for one in read]
    each("backup_verified_timestamp_seconds", "When the last verified backup was made.", backups)
    for one in read:
        for kind in KINDS:
            labels = {"org": str(one.org_id), "kind": kind}
            page.gauge("tillhouse_open_cases", "Cases that wait for a human.", one.cases[kind], **labels)


def _units(page: MetricsPage, read: list[OrganizationReading]) -> None:
    told = [(one, unit, _figures(one, unit)) for one in read for unit in one.units]
    for name, means in MEANS.items():
        for one, unit, figures in told:
            page.gauge(f"tillhouse_unit_{name}", means, figures.get(name), org=str(one.org_id), unit=unit.code)
    for one, unit, _ in told:
        for state in STATES:
            labels = {"org": str(one.org_id), "unit": unit.code, "state": state}
            page.gauge("tillhouse_unit_state", "1 at the state the unit is in.", int(unit.state == state), **labels)
    for one, unit, _ in told:
        if unit.unit_id in one.heard:
            held = {hold.partition(":")[0] for hold in one.heard[unit.unit_id][1].holds}
            for cause in CAUSES:
                labels = {"org": str(one.org_id), "unit": unit.code, "cause": cause}
                page.gauge("tillhouse_unit_stopped_by", "1 at each cause that stops it.", int(cause in held), **labels)


MEANS = {
    "seen_seconds": "How long ago the unit was heard; all it told is as old.",
    "in_reach": "1 while it is heard.",
    "waiting_entries": "Entries that waited there; out of reach at least so many.",
    "waiting_bytes": "Their bytes.",
    "oldest_waiting_seconds": "How old the oldest of them is by the hub's clock.",
    "clock_ahead_seconds": "How far its clock is ahead of the hub's.",
    "numbers_left": "Numbers that it can still sell.",
    "selling_hours_left": "How long they last at the pace of its last hour.",
    "certificate_seconds_left": "How long its certificate still counts.",
    "disk_free_bytes": "Room on its disk.",
    "battery_percent": "Charge of its battery.",
    "held": "How many causes stop it from selling.",
    "paused": "1 while its uploads are paused.",
    "quarantined_entries": "Its entries that are stored and not shown.",
    "open_cases": "Open cases about it.",
}


def _figures(one: OrganizationReading, unit: UnitCard) -> dict[str, Figure]:
    ahead_ms, until_ms = one.ahead_ms.get(unit.unit_id), unit.certificate_until_ms
    figures: dict[str, Figure] = {
        "clock_ahead_seconds": None if ahead_ms is None else ahead_ms / SECOND_MS,
        "certificate_seconds_left": None if until_ms is None else (until_ms - one.read_ms) / SECOND_MS,
        "paused": int(unit.paused),
        "quarantined_entries": one.quarantined.get(unit.unit_id, 0),
        "open_cases": one.cases_about[unit.unit_id],
        "in_reach": 0,
    }
    if unit.unit_id not in one.heard:
        return figures
    heard_ms, report = one.heard[unit.unit_id]
    known = one.read_ms - heard_ms <= REPORT_MS_MAX
    lag = lag_of(report, heard_ms, now_ms=one.read_ms, known=known)
    return figures | {
        "seen_seconds": max(0, one.read_ms - heard_ms) / SECOND_MS,
        "in_reach": int(known),
        "waiting_entries": lag.entries,
        "waiting_bytes": lag.bytes,
        "oldest_waiting_seconds": lag.oldest_ms / SECOND_MS,
        "numbers_left": report.numbers_left,
        "selling_hours_left": hours_left(report),
        "disk_free_bytes": report.disk_free_bytes or None,
        "battery_percent": report.battery_percent,
        "held": len(report.holds),
    }
