"""`/api/identity`: venues, staff and units as JSON; the same forms as the pages."""

from typing import Any
from uuid import UUID

from litestar import Controller, delete, get, post

from hub.runtime.onboard import new_id
from hub.sync.enrol import open_pairing
from hub.web.identity.acts import hire, open_venue
from hub.web.identity.forms import PairingForm, StaffForm, UnitActForm, VenueForm
from hub.web.identity.slips_forms import FILE_LETTERS_MAX, SlipTextForm, imprint_of, order_of, text_of
from hub.web.identity.slips_pages import slip_text
from hub.web.site.access import may
from hub.web.site.parts import Asked, Given
from shared.domain.identity.commands import DismissStaff
from shared.domain.identity.queries import BADGES, UNITS, VENUES
from shared.domain.identity.state import HIRES, RUNS_EVENTS
from shared.paper.imprint import Imprint
from shared.sync.pairing import secret_text

LOGO_BODY_BYTES_MAX = FILE_LETTERS_MAX + 64 * 1_024


class IdentityApi(Controller):
    """Who and what belongs to the organisation."""

    path = "/api/identity"
    tags = ("identity",)

    @get("/hub")
    async def hub(self, request: Asked, parts: Given) -> dict[str, Any]:
        """This hub: its node id, and the Ed25519 key that receipts and leases are signed with, in hexadecimal."""
        owner = parts.hub.owner(request.user.org_id)
        return {"node_id": owner.node_id, "epoch": owner.epoch, "sign_key": parts.hub.key.sign_public.hex()}

    @get("/venues")
    async def venues(self, request: Asked, parts: Given) -> list[dict[str, Any]]:
        """All venues by name."""
        venues = await parts.hub.many(request.user.org_id, VENUES)
        return [
            {"venue_id": v.venue_id, "name": v.name, "place": v.place, "zone": v.zone, "cutoff_min": v.cutoff_min}
            for v in venues
        ]

    @post("/venues", guards=[may(RUNS_EVENTS)])
    async def open_venue(self, request: Asked, parts: Given, data: VenueForm) -> dict[str, Any]:
        """Open a venue together with its standing training event."""
        me = request.user
        order = data.order(data.command_id or new_id(parts.hub), me.person_id)
        venue_id = await open_venue(parts.hub, me.org_id, order)
        parts.live.forget(me.org_id)
        return {"venue_id": venue_id}

    @get("/staff")
    async def staff(self, request: Asked, parts: Given) -> list[dict[str, Any]]:
        """Everybody who works or worked here, without PINs."""
        badges = await parts.hub.many(request.user.org_id, BADGES)
        return [
            {"staff_id": b.staff_id, "name": b.name, "role": b.role, "venue_id": b.venue_id, "active": b.active}
            for b in badges
        ]

    @post("/staff", guards=[may(HIRES)])
    async def hire(self, request: Asked, parts: Given, data: StaffForm) -> dict[str, Any]:
        """Hire somebody. `pin` in the answer is the one that was drawn, shown this once; null when it was given."""
        me, command_id = request.user, data.command_id or new_id(parts.hub)
        hired = await hire(parts.hub, me.org_id, data, command_id=command_id, actor=me.person_id)
        parts.live.forget(me.org_id)
        return {"staff_id": hired.staff_id, "name": data.name, "role": data.role, "pin": hired.pin}

    @delete("/staff/{staff_id:uuid}", guards=[may(HIRES)], status_code=200)
    async def dismiss(
        self, request: Asked, parts: Given, staff_id: UUID, command_id: UUID | None = None
    ) -> dict[str, Any]:
        """End somebody's work; their PIN opens nothing from the moment a unit learns it."""
        me = request.user
        order = DismissStaff(command_id=command_id or new_id(parts.hub), actor=me.person_id, staff_id=staff_id)
        await parts.hub.bus.handle(me.org_id, order)
        parts.live.forget(me.org_id)
        return {"staff_id": staff_id, "active": False}

    @get("/slip_text")
    async def slip_text(self, request: Asked, parts: Given) -> dict[str, Any]:
        """What stands on every ticket and receipt; `logo` is a PNG of one bit a dot in base64, empty for none."""
        return _slip_text(imprint_of(await slip_text(parts, request.user)))

    @post("/slip_text", guards=[may(RUNS_EVENTS)], request_max_body_size=LOGO_BODY_BYTES_MAX)
    async def set_slip_text(self, request: Asked, parts: Given, data: SlipTextForm) -> dict[str, Any]:
        """Print this from now on; what is left out stays, what is empty goes. `logo` in base64 is a PNG or JPEG."""
        me = request.user
        imprint = await data.imprint(await slip_text(parts, me))
        await parts.hub.bus.handle(me.org_id, order_of(imprint, data.command_id or new_id(parts.hub), me.person_id))
        return _slip_text(imprint_of(await slip_text(parts, me)))

    @get("/units")
    async def units(self, request: Asked, parts: Given) -> list[dict[str, Any]]:
        """All units by code, how they stand, and their last report (ms UTC), where there is one.

        `state` is enabled, disabled, revoked, forked or behind; `paused`: no uploads are taken. `holds` is what the
        unit itself said stops it (`storage`, `clock:…`); null before its first report.
        """
        me = request.user
        heard = (await parts.live.snapshot(me.org_id)).heard
        return [
            {
                "unit_id": u.unit_id,
                "venue_id": u.venue_id,
                "kind": u.kind,
                "code": u.code,
                "name": u.name,
                "epoch": u.unit_epoch,
                "state": u.state,
                "paused": u.paused,
                "certificate_until_ms": u.certificate_until_ms,
                "heard_ms": heard[u.unit_id].heard_ms if u.unit_id in heard else None,
                "waiting": heard[u.unit_id].report.waiting if u.unit_id in heard else None,
                "seller": heard[u.unit_id].report.seller if u.unit_id in heard else None,
                "holds": heard[u.unit_id].report.holds if u.unit_id in heard else None,
            }
            for u in await parts.hub.many(me.org_id, UNITS)
        ]

    @post("/pairings", guards=[may(RUNS_EVENTS)])
    async def pair(self, request: Asked, parts: Given, data: PairingForm) -> dict[str, Any]:
        """Make room for a unit; the code is told this once."""
        me = request.user
        made = await open_pairing(parts.hub, me.org_id, data.room(), actor=me.person_id)
        parts.live.forget(me.org_id)
        return {"code": made.text(), "secret": secret_text(made.secret), "url": made.url}

    @post("/units/{unit_id:uuid}/{act:str}", guards=[may(RUNS_EVENTS)])
    async def act(self, request: Asked, parts: Given, unit_id: UUID, act: str, data: UnitActForm) -> dict[str, Any]:
        """Enable, disable, revoke, pause or resume a unit."""
        me = request.user
        order = data.order(act, data.command_id or new_id(parts.hub), me.person_id, unit_id)
        await parts.hub.bus.handle(me.org_id, order)
        parts.live.forget(me.org_id)
        return {"unit_id": unit_id, "act": act}


def _slip_text(imprint: Imprint) -> dict[str, Any]:
    return {
        "logo": text_of(imprint.logo),
        "licence_lines": imprint.licence_lines,
        "responsible_line": imprint.responsible_line,
    }
