"""What the demo page shows: hub, lines, units and the paper of their printers; the demo process fills it."""

from typing import Literal

import msgspec

from shared.kernel.money import Money


class DemoPerson(msgspec.Struct, frozen=True):
    """Who logs in at a unit; `pin` of six digits."""

    name: str
    role: str
    pin: str


class DemoEdge(msgspec.Struct, frozen=True):
    """One edge. `key` is its place in /lines/<key> and /troubles/<key>; `url` opens its page.

    `printer` is a word, `paper_src` the newest picture ("" for none yet), `paper_width` and `_height` in dots.
    `troubles` are (value, words); `question` a sentence when paper ran out inside a ticket. `lead` marks the one
    unit to start with: the page's only yellow act.
    """

    key: str
    name: str
    kind: Literal["venue", "rsu"]
    url: str
    people: tuple[DemoPerson, ...]
    connected: bool
    waiting: int
    waiting_known: bool
    printer: str
    paper_out: bool
    paper_src: str
    paper_width: int
    paper_height: int
    trouble: str
    troubles: tuple[tuple[str, str], ...]
    question: str = ""
    lead: bool = False
    up: bool = True


class DemoView(msgspec.Struct, frozen=True):
    """GET / of the demo. `static` is the hub's asset folder, such as `/static/3f2a91c07d55`, proxied by the demo.

    Sold at the hub plus `waiting` equals sold at the edges, to the cent; `balanced` says whether it does now.
    """

    static: str
    hub_url: str
    hub_up: bool
    admin_login: str
    admin_password: str
    sold_hub: Money
    sold_edges: Money
    waiting: Money
    balanced: bool
    edges: tuple[DemoEdge, ...]
