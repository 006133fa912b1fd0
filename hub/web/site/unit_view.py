"""A unit, and a line of what needs a human, as every screen of head office shows them."""

from typing import Literal

import msgspec

from hub.web.site.standing import StateTag
from shared.kernel.money import Money


class TroubleView(msgspec.Struct, frozen=True):
    """One line of "What needs you now": what, why it matters, who acts, how old, one act (a link)."""

    level: Literal["wait", "attn", "stop"]
    icon: str
    what: str
    why: str
    who: str
    age: str
    act: str
    href: str


class UnitView(msgspec.Struct, frozen=True):
    """One unit, an edge of either kind. A count out of reach is not exact: `waiting_known` False shows `31+`.

    `waiting` None: never heard of it. `seen_s` seconds since last contact. `numbers_percent` of the lease left.
    `printer`: ready, low, out, unknown; `battery` per cent or None. `clock` says how far its clock is off;
    `tags` what its state is, where it is not simply enabled. `lag` says how many bytes wait and how old the oldest is,
    `hours` how long the numbers last, `asides` what of it waits for a human here.
    """

    name: str
    href: str
    seller: str
    waiting: int | None
    waiting_known: bool
    seen_s: int | None
    sold: Money
    numbers_percent: int | None
    numbers_left: int | None
    printer: Literal["ready", "low", "out", "unknown"]
    battery: int | None
    kind: str = "RSU"
    venue: str = ""
    clock: str = ""
    clock_off: bool = False
    tags: tuple[StateTag, ...] = ()
    lag: str = ""
    hours: str = ""
    asides: tuple[StateTag, ...] = ()
