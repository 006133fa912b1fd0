"""What every edge page shows around its own content; controllers fill these, `layout.html` reads them."""

from typing import Literal

import msgspec

NodeKind = Literal["rsu", "counter"]
Connection = Literal["hub", "counter", "offline"]
PrinterState = Literal["ready", "shared", "unknown", "low", "out", "cover", "error"]
Level = Literal["wait", "attn", "stop", "train", "closing"]
Tab = Literal["sell", "lookup", "till", "more"]


class StripView(msgspec.Struct, frozen=True):
    """The status strip. `battery` is per cent, None where the unit cannot know it (the cell is then absent).

    `waiting` counts entries, `sales_waiting` the sales among them.
    """

    event: str
    clock: str
    connection: Connection
    waiting: int
    printer: PrinterState
    battery: int | None = None
    offline_since: str | None = None
    place: str = ""
    sales_waiting: int = 0


class LineView(msgspec.Struct, frozen=True):
    """One message line: what is, what to do. `seconds` runs down in a closing line; `act` leads to `href`."""

    level: Level
    lead: str
    rest: str
    icon: str
    seconds: int | None = None
    act: str = ""
    href: str = ""


class PageView(msgspec.Struct, frozen=True):
    """The frame of one page. `kind` is rsu on a handheld and counter on a venue edge; `person` is who is logged in."""

    title: str
    kind: NodeKind
    strip: StripView
    line: LineView | None = None
    tab: Tab | None = None
    person: str = ""
    training: bool = False


class ProblemView(msgspec.Struct, frozen=True):
    """A refusal, fault or missing page that has no form of its own; `code` stands small below the sentence."""

    page: PageView
    headline: str
    sentence: str
    code: str = ""
    back: str = "/sell"
    back_label: str = "Back to Sell"
