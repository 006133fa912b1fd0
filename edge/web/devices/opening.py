"""Opening a cash drawer without a sale: a person says why, it is written down, then it opens."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.devices.drawers.address import AtPrinter
from edge.devices.virtual.printer import VirtualPrinter
from edge.runtime.drawer_look import plan_of
from edge.runtime.unit import Unit
from edge.web.devices.forms import OpenForm
from edge.web.devices.history import Happening, happened
from edge.web.devices.show import device_view, devices_page, find_card
from edge.web.devices.view import OpenPage
from edge.web.site.answers import go, show
from edge.web.site.door import Person
from edge.web.site.fields import parse_id
from shared.domain.devices.commands import OpenDrawer
from shared.domain.devices.errors import NotADrawer
from shared.domain.devices.state import DeviceCard
from shared.domain.identity import SELLS
from shared.kernel.errors import TillhouseError
from shared.web.problems import status_of

REASONS = ("Give change", "Count the cash", "Bring or take cash", "Pay a refund", "Try the drawer")
SentOpen = Annotated[OpenForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class OpenOrder(msgspec.Struct, frozen=True):
    """Why the drawer is opened. A `command_id` that is sent again opens nothing a second time."""

    reason: str = ""
    command_id: UUID | None = None


class HappeningAnswer(msgspec.Struct, frozen=True):
    """One thing that happened to a device: when (ms UTC), what, and beside it who, why or how long it had lasted."""

    at_ms: int
    what: str
    beside: str


def may_open(person: Person) -> bool:
    """Whether this person handles cash."""
    return person.session.role in SELLS


async def open_drawer(unit: Unit, person: Person, device_id: UUID, *, reason: str, command_id: UUID) -> None:
    """The one way from a person to an open drawer."""
    order = OpenDrawer(command_id=command_id, actor=person.session.staff_id, device_id=device_id, reason=reason)
    await unit.drawers.open(order)


async def shut_drawer(unit: Unit, device_id: UUID) -> None:
    """Push a virtual drawer in; 404 for a real one, which a hand shuts."""
    virtual = _virtual(unit, await find_drawer(unit, device_id))
    if virtual is None:
        raise NotFoundException("Only a virtual drawer is shut here. Push the real one in.")
    virtual.shut_drawer()


async def find_drawer(unit: Unit, device_id: UUID) -> DeviceCard:
    """A drawer in use; UnknownDevice or NotADrawer otherwise."""
    card = await find_card(unit, device_id)
    if card.kind != "drawer":
        raise NotADrawer(name=card.name)
    return card


class OpeningPages(Controller):
    """One question, one tap for each usual answer."""

    path = "/devices/{device_id:uuid}"
    include_in_schema = False

    @get("/open")
    async def ask(self, unit: Unit, person: Person, device_id: UUID) -> Template:
        """Why?"""
        return show("devices/open.html", await _view(unit, person, device_id, OpenForm()))

    @post("/open", status_code=303)
    async def open(self, unit: Unit, person: Person, device_id: UUID, data: SentOpen) -> Template | Redirect:
        """It opens."""
        try:
            command_id = parse_id(data.command_id, "Order") if data.command_id else unit.new_id()
            reason = data.reason or data.words
            await open_drawer(unit, person, device_id, reason=reason, command_id=command_id)
        except TillhouseError as error:
            view = await _view(unit, person, device_id, data, error)
            headers = {"hx-push-url": f"/devices/{device_id}/open"}
            return show("devices/open.html", view, status=status_of(error), headers=headers)
        return go(f"/devices/{device_id}")

    @post("/shut")
    async def shut(self, unit: Unit, person: Person, device_id: UUID) -> Redirect:  # noqa: ARG002 - must be logged in
        """Push a virtual drawer in."""
        await shut_drawer(unit, device_id)
        return go(f"/devices/{device_id}")


class OpeningApi(Controller):
    """The same for scripts, and what happened to any device."""

    path = "/api/devices/{device_id:uuid}"
    tags = ("devices",)

    @post("/open", status_code=200, summary="Open a cash drawer without a sale")
    async def open(self, unit: Unit, person: Person, device_id: UUID, data: OpenOrder) -> list[HappeningAnswer]:
        """With a reason, which is written down; what happened to the drawer, the newest first."""
        command_id = data.command_id or unit.new_id()
        await open_drawer(unit, person, device_id, reason=data.reason, command_id=command_id)
        return [_answer(one) for one in await happened(unit, device_id)]

    @post("/shut", status_code=200, summary="Push a virtual drawer in")
    async def shut(self, unit: Unit, person: Person, device_id: UUID) -> None:  # noqa: ARG002 - must be logged in
        """404 for a real one, which a hand shuts."""
        await shut_drawer(unit, device_id)

    @get("/history", summary="What happened to a device")
    async def history(self, unit: Unit, person: Person, device_id: UUID) -> list[HappeningAnswer]:  # noqa: ARG002
        """The newest first: troubles, slips printed again, given up or confirmed, openings of a drawer."""
        await find_card(unit, device_id)
        return [_answer(one) for one in await happened(unit, device_id)]


def _answer(one: Happening) -> HappeningAnswer:
    return HappeningAnswer(one.at_ms, one.word, one.beside)


def _virtual(unit: Unit, card: DeviceCard) -> VirtualPrinter | None:
    """The virtual printer that it hangs on."""
    if not unit.drawers.look(card).virtual:
        return None
    line, _ = plan_of(card)
    return unit.desk.virtual(line.printer_id) if isinstance(line, AtPrinter) else None


async def _view(
    unit: Unit, person: Person, device_id: UUID, form: OpenForm, error: TillhouseError | None = None
) -> OpenPage:
    card = await find_drawer(unit, device_id)
    device = await device_view(unit, card, ())
    by_key = not unit.drawers.look(card).opens
    return OpenPage(
        page=await devices_page(unit, person, "Write an opening down" if by_key else f"Open {card.name}"),
        device=device,
        reasons=REASONS,
        command_id=str(unit.new_id()),
        words=form.words,
        by_key=by_key,
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
    )
