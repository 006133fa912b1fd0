"""The pages about one unit: what it is, what happened to it, what head office may do; a new one, and its code."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from hub.office.staff_access.service import Person
from hub.runtime.onboard import new_id
from hub.sync.enrol import Room, open_pairing
from hub.sync.generation import hub_holds
from hub.sync.unit_story import story_of
from hub.web.identity.forms import PairingForm, UnitActForm
from hub.web.identity.units_acts import Tried, act_views
from hub.web.identity.units_codes import code_view, fresh_code
from hub.web.identity.units_facts import unit_facts, unit_sentence
from hub.web.identity.units_story import story_lines
from hub.web.identity.units_view import AddUnitView, UnitPageView
from hub.web.site.access import may
from hub.web.site.forms import parse
from hub.web.site.frame import frame
from hub.web.site.pages import refused
from hub.web.site.parts import Asked, Given, Parts
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import ENABLED, held_tags, state_tags
from shared.domain.identity.queries import PAIRING, PAIRING_BY_ID
from shared.domain.identity.state import RUNS_EVENTS, House, UnitCard
from shared.kernel.errors import Refusal
from shared.pipeline.command import Given as Deciding
from shared.sync.pairing import PairingCode, secret_digest
from shared.web.problems import status_of

KINDS = (("rsu", "Handheld (RSU)"), ("venue", "Counter"))
NO_CHANCE = bytes(32)
"""For asking what would be refused; nothing that comes of it is kept."""


class UnitPages(Controller):
    """One unit at a time."""

    path = "/units"
    include_in_schema = False

    @get("/add", guards=[may(RUNS_EVENTS)])
    async def form(self, request: Asked, parts: Given) -> Response[str]:
        """The form for a new unit."""
        return await _add_page(parts, request.user, {}, None)

    @post("/add", guards=[may(RUNS_EVENTS)])
    async def add(self, request: Asked, parts: Given) -> Response[Any]:
        """Make room; the answer shows the code, and no other page does."""
        typed = {name: str(value) for name, value in (await request.form()).items()}
        try:
            made = await open_pairing(
                parts.hub, request.user.org_id, parse(PairingForm, typed).room(), actor=request.user.person_id
            )
        except Refusal as refusal:
            return await _add_page(parts, request.user, typed, refusal)
        return await _code_page(parts, request.user, made)

    @get("/codes/{pairing_id:uuid}", guards=[may(RUNS_EVENTS)])
    async def code(self, request: Asked, parts: Given, pairing_id: UUID) -> Response[str]:
        """Whether the unit has shown its code yet; the code itself is not shown again."""
        now = await parts.live.snapshot(request.user.org_id)
        pairing = await parts.hub.one(request.user.org_id, PAIRING_BY_ID, pairing_id=pairing_id)
        if pairing is None:
            raise NotFoundException
        view = code_view(frame(now, request.user, "units"), now, pairing)
        return parts.pages.show("identity/unit_code.html", view)

    @get("/{unit_id:uuid}")
    async def unit(self, request: Asked, parts: Given, unit_id: UUID) -> Response[str]:
        """The unit as it is now."""
        return await _unit_page(parts, request.user, unit_id)

    @post("/{unit_id:uuid}/{act:str}", guards=[may(RUNS_EVENTS)])
    async def act(self, request: Asked, parts: Given, unit_id: UUID, act: str) -> Response[Any]:
        """Do one act; a refusal stands at it and keeps what was typed."""
        me, typed = request.user, {name: str(value) for name, value in (await request.form()).items()}
        try:
            if act == "enrol-anew":
                made = await _enrol_anew(parts, me, unit_id, enable=typed.get("enable") == "true")
                return await _code_page(parts, me, made)
            form = parse(UnitActForm, typed)
            order = form.order(act, form.command_id or new_id(parts.hub), me.person_id, unit_id)
            await parts.hub.bus.handle(me.org_id, order)
        except Refusal as refusal:
            return await _unit_page(parts, me, unit_id, Tried(act, refusal, typed.get("reason", "")))
        parts.live.forget(me.org_id)
        return Redirect(f"/units/{unit_id}", status_code=303)


def _known(now: Snapshot, unit_id: UUID) -> UnitCard:
    found = next((unit for unit in now.units if unit.unit_id == unit_id), None)
    if found is None:
        raise NotFoundException
    return found


async def _enrol_anew(parts: Parts, me: Person, unit_id: UUID, *, enable: bool) -> PairingCode:
    unit = _known(await parts.live.snapshot(me.org_id), unit_id)
    room = Room(venue_id=unit.venue_id, kind=unit.kind, code=unit.code, name=unit.name, unit_id=unit_id, enable=enable)
    return await open_pairing(parts.hub, me.org_id, room, actor=me.person_id)


async def _add_page(parts: Parts, me: Person, typed: dict[str, str], refusal: Refusal | None) -> Response[str]:
    now = await parts.live.snapshot(me.org_id)
    page, status = refused(frame(now, me, "units"), refusal)
    venues = tuple((str(venue.venue_id), venue.name) for venue in now.venues)
    return parts.pages.show("identity/unit_add.html", AddUnitView(page, venues, KINDS, typed), status)


async def _code_page(parts: Parts, me: Person, made: PairingCode) -> Response[str]:
    """The one page with the code on it; its address is that of the page without."""
    parts.live.forget(me.org_id)
    now = await parts.live.snapshot(me.org_id)
    pairing = await parts.hub.one(me.org_id, PAIRING, digest=secret_digest(made.secret))
    view = code_view(frame(now, me, "units"), now, pairing, fresh_code(made))
    answer = parts.pages.show("identity/unit_code.html", view)
    answer.headers["hx-push-url"] = f"/units/codes/{pairing.pairing_id}"
    return answer


async def _unit_page(parts: Parts, me: Person, unit_id: UUID, tried: Tried | None = None) -> Response[str]:
    hub, now = parts.hub, await parts.live.snapshot(me.org_id)
    unit = _known(now, unit_id)
    story = await story_of(hub, me.org_id, unit_id)
    names = {**now.names, **await parts.access.names(me.org_id)}
    heard = now.heard.get(unit_id)
    holds = heard.report.holds if heard else ()
    stopped = () if unit.state == "revoked" else held_tags(holds)
    tags = (*state_tags(unit, now.read_ms), *stopped)
    async with hub.bus.tenant(me.org_id) as connection:
        own_holds = await hub_holds(connection, me.org_id)
    given = Deciding(hub.owner(me.org_id), hub.clock.now(), NO_CHANCE, holds=own_holds)
    house = House(founded=True, venues=tuple(now.venues), units=tuple(now.units), unit=unit)
    acts = act_views(unit, house, given, tried) if me.role in RUNS_EVENTS else ()
    at_its_act = any(act.refused for act in acts)
    page, _ = refused(frame(now, me, "units"), None if tried is None or at_its_act else tried.refusal)
    view = UnitPageView(
        page=page,
        unit_id=str(unit_id),
        name=unit.name,
        sentence=unit_sentence(unit, holds),
        tags=tags if unit.state != "enabled" or stopped else (ENABLED, *tags),
        facts=unit_facts(now, unit),
        story=story_lines(story, names, now.zone),
        acts=acts,
        command_id=str(new_id(hub)),
        revoked=unit.state == "revoked",
    )
    return parts.pages.show("identity/unit.html", view, status_of(tried.refusal) if tried else 200)
