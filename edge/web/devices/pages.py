"""The devices of this unit as pages: the list, each one with its state and acts, its roles, its removal."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.runtime.unit import Unit
from edge.web.devices import orders
from edge.web.devices.forms import ChangeForm, ServiceForm, roles_in
from edge.web.devices.history import history
from edge.web.devices.opening import may_open
from edge.web.devices.show import (
    cards,
    device_view,
    devices_page,
    find_card,
    gaps,
    holders,
    may_change,
    role_views,
    width_warnings,
)
from edge.web.devices.view import ChangePage, DevicePage, DevicesPage, RemovePage
from edge.web.site.answers import go, show
from edge.web.site.door import Person
from shared.domain.devices.state import SLIPS, DeviceCard, left_unserved
from shared.kernel.errors import TillhouseError
from shared.web.problems import status_of

SentChange = Annotated[ChangeForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
SentService = Annotated[ServiceForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
ORDER = ("stop", "attn", "wait", "calm", "done")
TESTED = {"waiting": "waiting", "begun": "waiting", "issued": "printed", "voided": "torn", "held": "torn"}


class DevicePages(Controller):
    """Under More. Everybody looks and swaps; only a supervisor changes what there is."""

    path = "/devices"
    include_in_schema = False

    @get()
    async def devices(self, unit: Unit, person: Person) -> Template:
        """Trouble first."""
        all_cards = await cards(unit)
        views = [await device_view(unit, card, all_cards) for card in all_cards]
        view = DevicesPage(
            page=await devices_page(unit, person, "Devices"),
            devices=tuple(sorted(views, key=lambda one: ORDER.index(one.state.level))),
            may_change=may_change(person),
            gaps=await gaps(unit, all_cards),
            asked=unit.desk.asked,
        )
        return show("devices/devices.html", view)

    @get("/{device_id:uuid}")
    async def device(self, unit: Unit, person: Person, device_id: UUID) -> Template:
        """One device."""
        return show("devices/device.html", await _device(unit, person, device_id))

    @post("/{device_id:uuid}/test")
    async def test(self, unit: Unit, person: Person, device_id: UUID) -> Redirect:  # noqa: ARG002 - must be logged in
        """A test print on this printer."""
        await orders.print_test(unit, device_id)
        return go(f"/devices/{device_id}")

    @post("/{device_id:uuid}/service")
    async def service(self, unit: Unit, person: Person, device_id: UUID, data: SentService) -> Redirect:
        """Take it out of service, or put it back."""
        await orders.serve(unit, person, device_id, on=data.on == "true")
        return go(f"/devices/{device_id}")

    @get("/{device_id:uuid}/change")
    async def ask_change(self, unit: Unit, person: Person, device_id: UUID) -> Template:
        """Name, roles, who stands in."""
        orders.require_supervisor(person)
        card = await find_card(unit, device_id)
        fallback = str(card.fallback_id or "")
        form = ChangeForm(card.name, fallback, **dict.fromkeys(card.roles, "true"))
        return show("devices/change.html", await _change(unit, person, card, form))

    @post("/{device_id:uuid}/change", status_code=303)
    async def change(self, unit: Unit, person: Person, device_id: UUID, data: SentChange) -> Template | Redirect:
        """Make it so."""
        try:
            await orders.change(unit, person, device_id, data)
        except TillhouseError as error:
            view = await _change(unit, person, await find_card(unit, device_id), data, error)
            address = f"/devices/{device_id}/change"
            return show("devices/change.html", view, status=status_of(error), headers={"hx-push-url": address})
        return go(f"/devices/{device_id}")

    @get("/{device_id:uuid}/remove")
    async def ask_remove(self, unit: Unit, person: Person, device_id: UUID) -> Template:
        """What follows, before it happens."""
        orders.require_supervisor(person)
        all_cards = await cards(unit)
        card = await find_card(unit, device_id)
        heir = next((one for one in all_cards if one.device_id == card.fallback_id), None)
        view = RemovePage(
            page=await devices_page(unit, person, "Remove a device"),
            device=await device_view(unit, card, all_cards),
            consequence=_consequence(card, heir, left_unserved(all_cards, device_id)) + _drawers_left(card, all_cards),
        )
        return show("devices/remove.html", view)

    @post("/{device_id:uuid}/remove")
    async def remove(self, unit: Unit, person: Person, device_id: UUID) -> Redirect:
        """It is out of use."""
        await orders.remove(unit, person, device_id)
        return go("/devices")


def _consequence(card: DeviceCard, heir: DeviceCard | None, unserved: tuple[str, ...]) -> str:
    taken = orders.inherited(heir, card) if heir is not None else ()
    left = tuple(role for role in unserved if role not in taken)
    if heir is not None and unserved and not left:
        return f"{heir.name} prints what {card.name} printed, from now on. What waits comes out there."
    if left:
        slips = " and ".join(SLIPS[role] for role in left)
        return f"Then no printer prints {slips}." + (" Sales go on; their tickets wait." if "ticket" in left else "")
    return "What it did stays in the books. It can be added again at any time."


def _drawers_left(card: DeviceCard, all_cards: list[DeviceCard]) -> str:
    """Drawers that hang on a printer stay shut without it."""
    names = [
        one.name for one in all_cards if one.kind == "drawer" and one.line.startswith(f"printer:{card.device_id}:")
    ]
    return f" {' and '.join(names)} cannot be opened from here then." if names else ""


async def _device(unit: Unit, person: Person, device_id: UUID) -> DevicePage:
    all_cards, card = await cards(unit), await find_card(unit, device_id)
    station = unit.desk.stations.get(device_id)
    tested = (await unit.spool.states([device_id])).get(device_id, "")
    return DevicePage(
        page=await devices_page(unit, person, card.name),
        device=await device_view(unit, card, all_cards),
        history=await history(unit, device_id),
        may_change=may_change(person),
        may_open=card.kind == "drawer" and may_open(person),
        warnings=width_warnings(station.profile) if station and station.profile else (),
        tested=TESTED.get(tested, ""),
    )


async def _change(
    unit: Unit, person: Person, card: DeviceCard, form: ChangeForm, error: TillhouseError | None = None
) -> ChangePage:
    """The form, with what was typed."""
    all_cards = await cards(unit)
    roles = roles_in(form)
    printers = [one for one in all_cards if one.kind == "printer" and one.device_id != card.device_id]
    others = [
        one
        for one in printers
        if one.device_id == card.fallback_id or (orders.gives_paper_for(one, card) and orders.may_print(one, roles))
    ]
    held = holders(all_cards, but=card.device_id)
    return ChangePage(
        page=await devices_page(unit, person, f"Change {card.name}"),
        device=await device_view(unit, card, all_cards),
        name=form.name,
        roles=role_views(roles, held, proves=True) if card.kind == "printer" else (),
        fallbacks=tuple((str(one.device_id), one.name) for one in others) if card.kind == "printer" else (),
        fallback_id=form.fallback_id,
        refused=str(error) if error else "",
        refused_code=error.code if error else "",
    )
