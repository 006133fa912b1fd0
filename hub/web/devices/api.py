"""`/api/devices`: every venue's devices, and every incident of the asked time, as JSON; instants in ms UTC."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.params import Parameter

from hub.web.devices.inventory import Device, read_inventory
from hub.web.site.parts import Asked, Given
from shared.domain.devices.queries_page import HAPPENINGS_MAX, OPENINGS_BETWEEN, SLIPS_BETWEEN, TROUBLES_BETWEEN
from shared.domain.devices.state import roles_of
from shared.kernel.limits import SEQ_MAX

Most = Annotated[int, Parameter(ge=1, le=HAPPENINGS_MAX)]
Instant = Annotated[int, Parameter(ge=0, le=SEQ_MAX)]


class DevicesApi(Controller):
    """Printers, scanners and drawers of all units, and what happened to them (GLI-31 5.6.2)."""

    path = "/api/devices"
    tags = ("devices",)

    @get("/")
    async def devices(self, request: Asked, parts: Given) -> list[dict[str, Any]]:
        """Every device in use, those in trouble first; `incidents` and openings are counted over seven days.

        Out of service, `out_since_ms` says since when, `out_by` by whom.

        `firmware_standing`: approved, old, untold, unclear, or unknown where no version was approved yet.
        """
        now = await parts.live.snapshot(request.user.org_id)
        return [_device(one) for one in await read_inventory(parts.hub, now, request.user.org_id)]

    @get("/troubles")
    async def troubles(
        self, request: Asked, parts: Given, from_ms: Instant = 0, to_ms: Instant = SEQ_MAX, most: Most = 100
    ) -> list[dict[str, Any]]:
        """Troubles that began from `from_ms` on and before `to_ms`, the newest first; open while `ended_ms` is null."""
        asked = {"from_ms": from_ms, "to_ms": to_ms, "most": most}
        return list(map(msgspec.structs.asdict, await parts.hub.many(request.user.org_id, TROUBLES_BETWEEN, **asked)))

    @get("/slips")
    async def slips(
        self, request: Asked, parts: Given, from_ms: Instant = 0, to_ms: Instant = SEQ_MAX, most: Most = 100
    ) -> list[dict[str, Any]]:
        """Slips that were printed again, voided or seen to have come out in that time, the newest first."""
        asked = {"from_ms": from_ms, "to_ms": to_ms, "most": most}
        return list(map(msgspec.structs.asdict, await parts.hub.many(request.user.org_id, SLIPS_BETWEEN, **asked)))

    @get("/openings")
    async def openings(
        self, request: Asked, parts: Given, from_ms: Instant = 0, to_ms: Instant = SEQ_MAX, most: Most = 100
    ) -> list[dict[str, Any]]:
        """Openings of cash drawers in that time, the newest first; without a sale there is a reason."""
        asked = {"from_ms": from_ms, "to_ms": to_ms, "most": most}
        return list(map(msgspec.structs.asdict, await parts.hub.many(request.user.org_id, OPENINGS_BETWEEN, **asked)))


def _device(device: Device) -> dict[str, Any]:
    card = device.card
    return {
        "unit_id": card.node_id,
        "venue_id": device.venue_id,
        "device_id": card.device_id,
        "kind": card.kind,
        "name": card.name,
        "profile": card.profile,
        "model": device.model,
        "line": card.line,
        "roles": roles_of(card.roles_text),
        "fallback_id": card.fallback_id,
        "firmware": card.firmware,
        "firmware_min": device.minimum,
        "firmware_standing": device.standing,
        "troubles": [
            {"trouble": one.trouble, "since_ms": one.since_ms, "job_id": one.job_id} for one in device.troubles
        ],
        "out_since_ms": card.out_since_ms,
        "out_by": card.out_by,
        "openings": device.opened.count if device.opened else 0,
        "openings_without_sale": device.opened.without_sale if device.opened else 0,
        "heard_ms": device.heard_ms,
        "incidents": {one.trouble: one.count for one in device.counted},
    }
