"""What the hub's raffle pages show: what needs a human, units, live figures, events, sales."""

from typing import Literal

import msgspec

from hub.web.site.unit_view import TroubleView, UnitView
from hub.web.site.view import HubPage
from shared.kernel.money import Money

Ranges = tuple[tuple[int, int], ...]


class LiveSaleView(msgspec.Struct, frozen=True):
    """A sale in the live column and in the sales list. `clock` with seconds; `unit_word` where there is little room."""

    sale_id: str
    clock: str
    unit: str
    tickets: int
    price: Money
    tender: str = "cash"
    ranges: Ranges = ()
    seller: str = ""
    validation: str = ""
    position: str = ""
    voided: bool = False
    event: str = ""
    unit_word: str = ""


class FiguresView(msgspec.Struct, frozen=True):
    """The right column. `bars` are counts for equal steps of time, oldest first, the last one still running."""

    event: str
    sold: Money
    orders: int
    waiting_at_least: int
    bars: tuple[int, ...]
    bars_from: str
    bars_step: str
    jackpot: Money
    closes_s: int | None


class HomeView(msgspec.Struct, frozen=True):
    """GET /. `level_units` need nothing and are a sentence; `figures` None when no event is active."""

    page: HubPage
    troubles: tuple[TroubleView, ...]
    units: tuple[UnitView, ...]
    level_units: int
    units_sentence: str
    figures: FiguresView | None
    sales: tuple[LiveSaleView, ...]


class EventView(msgspec.Struct, frozen=True):
    """An event in the list. `acts` are those allowed now; each posts to /events/<event_id>/<act>."""

    event_id: str
    name: str
    venue: str
    state: Literal["created", "active", "closed"]
    training: bool
    sold: Money
    tickets: int
    closes: str
    packages: str
    command_id: str
    acts: tuple[Literal["activate", "close"], ...] = ()


class EventsView(msgspec.Struct, frozen=True):
    """GET /events, with the form POST /events to plan one; `form` keeps what was typed."""

    page: HubPage
    events: tuple[EventView, ...]
    venues: tuple[tuple[str, str], ...]
    command_id: str
    currency: str = "USD"
    form: dict[str, str] = {}


class SalesView(msgspec.Struct, frozen=True):
    """GET /sales?q=: the newest sales, or those that a typed number finds; `sentence` when none is found."""

    page: HubPage
    sales: tuple[LiveSaleView, ...]
    q: str = ""
    sentence: str = ""


class ClockLineView(msgspec.Struct, frozen=True):
    """What a unit told about its clock: when, which unit, a sentence."""

    when: str
    unit: str
    sentence: str


class RoomView(msgspec.Struct, frozen=True):
    """Room for a unit that has not shown its code yet; `minutes` it still holds."""

    name: str
    kind: str
    venue: str
    minutes: int
    again: bool
    href: str


class UnitsView(msgspec.Struct, frozen=True):
    """GET /units: who is waited for, every unit, trouble first; below, what units told about their clocks."""

    page: HubPage
    units: tuple[UnitView, ...]
    clocks: tuple[ClockLineView, ...] = ()
    rooms: tuple[RoomView, ...] = ()
    may_add: bool = True
