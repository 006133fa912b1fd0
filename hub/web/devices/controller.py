"""The page of all devices: what every venue has, what is in trouble, what went wrong in the last seven days."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import Parameter

from hub.web.devices.inventory import Device, read_inventory
from hub.web.devices.lines import device_view, happenings, openings
from hub.web.devices.view import DevicesView, Shown
from hub.web.site.frame import frame
from hub.web.site.parts import Asked, Given
from hub.web.site.snapshot import Snapshot

LINES_SHOWN = 500
"""More is no list that anybody reads: a unit's own page, the filter and the API lead further."""
OfUnit = Annotated[UUID | None, Parameter(query="unit")]


class DevicePages(Controller):
    """What head office sees of printers, scanners and drawers; units set them up themselves."""

    path = "/devices"
    include_in_schema = False

    @get("/")
    async def devices(self, request: Asked, parts: Given, show: Shown = "all", of_unit: OfUnit = None) -> Response[str]:
        """All devices of all venues, or of one unit; those in trouble alone where asked."""
        me = request.user
        now = await parts.live.snapshot(me.org_id)
        heading, back = _place(now, of_unit)
        every = [one for one in await read_inventory(parts.hub, now, me.org_id) if of_unit in (None, one.card.node_id)]
        in_trouble = [one for one in every if one.troubles]
        chosen: list[Device] = in_trouble if show == "trouble" else every
        view = DevicesView(
            page=msgspec.structs.replace(frame(now, me, "units"), title=heading),
            back=back,
            shown=show,
            every=len(every),
            in_trouble=len(in_trouble),
            query=f"unit={of_unit}" if of_unit else "",
            devices=tuple(device_view(now, one) for one in chosen[:LINES_SHOWN]),
            happenings=await happenings(parts.hub, now, me.org_id, of_unit),
            more=max(0, len(chosen) - LINES_SHOWN),
            openings=await openings(parts.hub, now, me.org_id, every, of_unit),
        )
        return parts.pages.show("devices/devices.html", view)


def _place(now: Snapshot, unit_id: UUID | None) -> tuple[str, tuple[str, str]]:
    """The heading, and where back leads."""
    if unit_id is None:
        return "Devices", ("Units", "/units")
    unit = next((unit for unit in now.units if unit.unit_id == unit_id), None)
    if unit is None:
        raise NotFoundException
    return f"Devices of {unit.name}", (unit.name, f"/units/{unit_id}")
