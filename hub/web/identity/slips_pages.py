"""The page of what every ticket and receipt carries: tried as pictures first, in force on all units when set."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from firmware_profiles import load_printer
from hub.office.staff_access.service import Person
from hub.runtime.onboard import new_id
from hub.web.identity.logo_file import FILE_BYTES_MAX, logo_of
from hub.web.identity.slips_forms import LINE_NAMES, imprint_in, imprint_of, order_of, query_of, text_of
from hub.web.identity.slips_view import SlipPicture, SlipsView
from hub.web.site.access import may
from hub.web.site.frame import frame
from hub.web.site.pages import refused
from hub.web.site.parts import Asked, Given, Parts
from hub.web.site.snapshot import Snapshot
from shared.domain.identity.queries import SLIP_TEXT
from shared.domain.identity.state import RUNS_EVENTS, SlipTextCard
from shared.kernel.errors import InputRefused, Refusal
from shared.paper.document import Document
from shared.paper.imprint import Imprint
from shared.paper.picture import picture_png
from shared.paper.sample import SAMPLES, Whose

FORM_BYTES_MAX = FILE_BYTES_MAX + 64 * 1_024
SHOWN = (("ticket", "80", "Ticket"), ("ticket", "58", "Ticket"), ("receipt", "58", "Refund receipt"))
SET = "From the next sale on it stands on every ticket and receipt. A unit without a line learns it when it is back."
DRAFT = "Not in force yet. Look at the slips, then print it from now on."
PAPERS = ("58", "80")


class SlipsPages(Controller):
    """Logo, licence lines and responsible-gambling line."""

    path = "/slips"
    include_in_schema = False

    @get()
    async def page(self, request: Asked, parts: Given, done: str = "") -> Response[str]:
        """What is in force, as it comes out."""
        card = await slip_text(parts, request.user)
        return await _page(parts, request.user, imprint_of(card), flash=SET if done else "")

    @post(guards=[may(RUNS_EVENTS)], request_max_body_size=FORM_BYTES_MAX)
    async def take(self, request: Asked, parts: Given) -> Response[Any]:
        """Show it as pictures, or print it from now on."""
        me, fields = request.user, await request.form()
        try:
            imprint = imprint_in(fields, await _chosen_logo(fields))
        except InputRefused as refusal:
            return await _page(parts, me, await _without_file(parts, me, fields), refusal=refusal, draft=True)
        if fields.get("act") != "set":
            return await _page(parts, me, imprint, flash=DRAFT, draft=True)
        try:
            await parts.hub.bus.handle(me.org_id, order_of(imprint, _command_id(parts, fields), me.person_id))
        except Refusal as refusal:
            return await _page(parts, me, imprint, refusal=refusal, draft=True)
        parts.live.forget(me.org_id)
        return Redirect("/slips?done=1", status_code=303)

    @get("/picture/{kind:str}/{paper_mm:str}")
    async def picture(self, request: Asked, parts: Given, kind: str, paper_mm: str) -> Response[bytes]:
        """A slip with what the address says, as a picture."""
        if kind not in SAMPLES or paper_mm not in PAPERS:
            raise NotFoundException
        now = await parts.live.snapshot(request.user.org_id)
        document = sample(now, kind, imprint_in(request.query_params))
        png = await asyncio.to_thread(picture_png, document, load_printer(f"virtual-{paper_mm}"))
        return Response(png, media_type="image/png")


async def slip_text(parts: Parts, me: Person) -> SlipTextCard:
    """What is in force."""
    found = await parts.hub.many(me.org_id, SLIP_TEXT)
    return found[0] if found else SlipTextCard()


def sample(now: Snapshot, kind: str, imprint: Imprint) -> Document:
    """A slip that nobody bought, in the organisation's own name and, where there is one, of its present event."""
    house, event = now.organization, now.main
    venue = next((one for one in now.venues if event is None or one.venue_id == event.venue_id), None)
    whose = Whose(organisation=house.name, site=house.site, licence=house.licence, imprint=imprint)
    if venue is not None:
        place = ", ".join(filter(None, (venue.name, venue.place)))
        whose = msgspec.structs.replace(whose, place=place)
    if event is not None:
        whose = msgspec.structs.replace(whose, event_name=event.name, licence=event.licence)
    return SAMPLES[kind](whose)


async def _chosen_logo(fields: Mapping[str, Any]) -> bytes:
    """The logo made of the file that was chosen, empty without one."""
    sent = fields.get("logo_file")
    file = await sent.read(FILE_BYTES_MAX + 1) if isinstance(sent, UploadFile) and sent.filename else b""
    return await logo_of(file) if file else b""


async def _without_file(parts: Parts, me: Person, fields: Mapping[str, Any]) -> Imprint:
    """What was typed, with the logo that was shown; with the one in force where even that cannot be read."""
    try:
        return imprint_in(fields)
    except InputRefused:
        typed = imprint_in({**fields, "logo": ""})
        return msgspec.structs.replace(typed, logo=(await slip_text(parts, me)).logo)


def _command_id(parts: Parts, fields: Any) -> UUID:
    try:
        return UUID(str(fields.get("command_id")))
    except ValueError:
        return new_id(parts.hub)


async def _page(
    parts: Parts,
    me: Person,
    imprint: Imprint,
    *,
    flash: str = "",
    refusal: Refusal | None = None,
    draft: bool = False,
) -> Response[str]:
    now = await parts.live.snapshot(me.org_id)
    base = frame(now, me, "events", flash="" if refusal else flash)
    page, status = refused(msgspec.structs.replace(base, title="Tickets and receipts"), refusal)
    query = query_of(imprint)
    view = SlipsView(
        page=page,
        lines=(*imprint.licence_lines, *("",) * (len(LINE_NAMES) - len(imprint.licence_lines))),
        responsible_line=imprint.responsible_line,
        logo=text_of(imprint.logo),
        pictures=tuple(SlipPicture(f"/slips/picture/{kind}/{mm}?{query}", label, mm) for kind, mm, label in SHOWN),
        command_id=str(new_id(parts.hub)),
        may_set=me.role in RUNS_EVENTS,
        draft=draft,
    )
    return parts.pages.show("identity/slips.html", view, status)
