"""The frame around every page of a person who is logged in."""

from hub.office.staff_access.service import Person
from hub.web.site.snapshot import Snapshot
from hub.web.site.troubles import troubles
from hub.web.site.view import Area, HubPage
from shared.kernel.clock import at


def frame(now: Snapshot, me: Person, area: Area, *, flash: str = "") -> HubPage:
    """Who is here, for which organisation, and how old the page is."""
    return HubPage(
        title=area.capitalize(),
        area=area,
        person=me.name,
        role=me.role.capitalize(),
        organisation=now.organization.name,
        live_at=f"{at(now.read_ms, now.zone):%H:%M:%S}",
        troubles=len(troubles(now)),
        flash=flash,
        cases=len(now.cases),
    )
