"""The devices of a unit for scripts: the same orders and refusals as the pages."""

from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.status_codes import HTTP_200_OK

from edge.runtime.meeting import Meeting
from edge.runtime.unit import Unit
from edge.web.devices import orders
from edge.web.devices.forms import ChangeForm, TakeForm, parse_kind
from edge.web.devices.nearby import shown_around
from edge.web.devices.show import cards, device_view, find_card, state_code
from edge.web.site.door import Person
from shared.domain.devices.state import ROLES, DeviceCard


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A device: what it is set up as, how it is (`state` as in /api/devices/printer), what waits for it.

    Out of service, `out_since_ms` (ms UTC) says since when, `out_by` by whom. `is_open` is a drawer's, where it tells.
    """

    device_id: UUID
    kind: str
    name: str
    profile: str
    line: str
    roles: tuple[str, ...]
    fallback_id: UUID | None
    firmware: str
    state: str
    todo: str
    waiting: int
    prints_now: tuple[str, ...]
    in_service: bool
    virtual: bool
    out_since_ms: int | None = None
    out_by: UUID | None = None
    is_open: bool | None = None


class AroundAnswer(msgspec.Struct, frozen=True):
    """What was found nearby; `looking` while the look goes on: ask again then."""

    looking: bool
    found: tuple["FoundAnswer", ...]


class FoundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that was found: nothing is trusted because it was."""

    kind: str
    title: str
    line: str
    profile: str
    how: str
    taken_by: str


class AskOrder(msgspec.Struct, frozen=True):
    """A device to ask: its line and the model it is asked by."""

    line: str
    profile: str = ""
    kind: str = "printer"


class AskAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What it answered; `key` is for adding or swapping it, while it is kept."""

    key: UUID
    answered: bool
    kind: str
    line: str
    profile: str
    model: str
    firmware: str
    problems: tuple[str, ...]


class AddOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Store a device that was asked (`key`); `anyway` also where it did not answer. Roles move here from others."""

    key: UUID
    name: str
    profile: str = ""
    roles: tuple[str, ...] = ()
    anyway: bool = False


class SwapOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked (`key`) takes the place of a device."""

    key: UUID
    profile: str = ""
    anyway: bool = False


class ChangeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Name, roles, who stands in, in service or not; what is left out stays."""

    name: str | None = None
    roles: tuple[str, ...] | None = None
    fallback_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    in_service: bool | None = None


class SetUpApi(Controller):
    """Which devices this unit has. Everybody who is logged in looks and swaps; a supervisor adds and removes."""

    path = "/api/devices"
    tags = ("devices",)

    @get(summary="The devices of this unit")
    async def devices(self, unit: Unit, person: Person) -> list[DeviceAnswer]:  # noqa: ARG002 - must be logged in
        """By name."""
        all_cards = await cards(unit)
        return [await _answer(unit, card, all_cards) for card in all_cards]

    @get("/{device_id:uuid}", summary="One device")
    async def device(self, unit: Unit, person: Person, device_id: UUID) -> DeviceAnswer:  # noqa: ARG002
        """409 where it is not in use any more."""
        return await _one(unit, device_id)

    @post("/around", status_code=HTTP_200_OK, summary="Look around")
    async def around(self, unit: Unit, person: Person, again: bool = False) -> AroundAnswer:  # noqa: ARG002
        """Begins a look on USB, serial ports and the network where none was made, or `again`."""
        unit.meetings.begin_look(again=again)
        seen = await shown_around(unit, None)
        found = tuple(
            FoundAnswer(
                kind=one.kind, title=one.title, line=one.line, profile=one.profile, how=one.how, taken_by=one.taken_by
            )
            for one in seen
        )
        return AroundAnswer(unit.meetings.is_looking, found)

    @post("/ask", status_code=HTTP_200_OK, summary="Ask a device, storing nothing")
    async def ask(self, unit: Unit, person: Person, data: AskOrder) -> AskAnswer:
        """Takes some seconds where nobody answers."""
        meeting = await orders.meet(unit, person, parse_kind(data.kind), data.line, profile=data.profile)
        return _asked(meeting)

    @post(summary="Add a device that was asked")
    async def add(self, unit: Unit, person: Person, data: AddOrder) -> DeviceAnswer:
        """A supervisor's act. A printer prints a test."""
        device_id = await orders.add(unit, person, orders.known(unit, data.key), _take_form(data))
        return await _one(unit, device_id)

    @post("/{device_id:uuid}/swap", status_code=HTTP_200_OK, summary="Put a device that was asked in another's place")
    async def swap(self, unit: Unit, person: Person, device_id: UUID, data: SwapOrder) -> DeviceAnswer:
        """Name, roles, who stands in and what waits stay."""
        form = TakeForm(profile=data.profile, anyway="true" if data.anyway else "")
        await orders.swap(unit, person, device_id, orders.known(unit, data.key), form)
        return await _one(unit, device_id)

    @patch("/{device_id:uuid}", summary="Change a device")
    async def change(self, unit: Unit, person: Person, device_id: UUID, data: ChangeOrder) -> DeviceAnswer:
        """A supervisor's act."""
        orders.require_supervisor(person)
        card = await find_card(unit, device_id)
        fallback = card.fallback_id if data.fallback_id is msgspec.UNSET else data.fallback_id
        roles = card.roles if data.roles is None else orders.parse_roles(data.roles)
        name = card.name if data.name is None else data.name
        await orders.change(
            unit, person, device_id, ChangeForm(name, str(fallback or ""), **dict.fromkeys(roles, "true"))
        )
        if data.in_service is not None:
            await orders.serve(unit, person, device_id, on=data.in_service)
        return await _one(unit, device_id)

    @post("/{device_id:uuid}/test", status_code=HTTP_200_OK, summary="A test print")
    async def test(self, unit: Unit, person: Person, device_id: UUID) -> DeviceAnswer:  # noqa: ARG002
        """On this printer and no other."""
        await orders.print_test(unit, device_id)
        return await _one(unit, device_id)

    @delete("/{device_id:uuid}", summary="Remove a device")
    async def remove(self, unit: Unit, person: Person, device_id: UUID) -> None:
        """A supervisor's act. Who stood in for it has its roles then."""
        await orders.remove(unit, person, device_id)


async def _one(unit: Unit, device_id: UUID) -> DeviceAnswer:
    return await _answer(unit, await find_card(unit, device_id), await cards(unit))


async def _answer(unit: Unit, card: DeviceCard, all_cards: list[DeviceCard]) -> DeviceAnswer:
    view = await device_view(unit, card, all_cards)
    served = unit.desk.roles(card.device_id)
    return DeviceAnswer(
        device_id=card.device_id,
        kind=card.kind,
        name=card.name,
        profile=card.profile,
        line=card.line,
        roles=card.roles,
        fallback_id=card.fallback_id,
        firmware=card.firmware,
        state=state_code(unit, card),
        todo=view.state.todo,
        waiting=view.waiting,
        prints_now=tuple(role for role in ROLES if role in served),
        in_service=view.in_use,
        out_since_ms=card.out_since_ms,
        out_by=card.out_by,
        is_open=unit.drawers.look(card).is_open if card.kind == "drawer" else None,
        virtual=view.virtual,
    )


def _asked(meeting: Meeting) -> AskAnswer:
    probed = meeting.probed
    return AskAnswer(
        key=meeting.key,
        answered=meeting.answered,
        kind=meeting.kind,
        line=meeting.line,
        profile=meeting.profile,
        model=probed.model if probed else "",
        firmware=probed.firmware if probed else "",
        problems=probed.problems if probed else ((meeting.why_not,) if meeting.why_not else ()),
    )


def _take_form(data: AddOrder) -> TakeForm:
    ticked = dict.fromkeys(orders.parse_roles(data.roles), "true")
    return TakeForm(name=data.name, profile=data.profile, anyway="true" if data.anyway else "", **ticked)
