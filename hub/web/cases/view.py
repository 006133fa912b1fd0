"""What the hub's pages of cases show; nothing here knows where it came from."""

from typing import Literal

import msgspec

from hub.web.site.standing import StateTag
from hub.web.site.view import HubPage


class CaseLine(msgspec.Struct, frozen=True):
    """One case in the list."""

    reference: str
    href: str
    level: Literal["calm", "attn", "stop"]
    icon: str
    what: str
    why: str
    who: str
    age: str


class CasesView(msgspec.Struct, frozen=True):
    """GET /cases?show=open|closed."""

    page: HubPage
    cases: tuple[CaseLine, ...]
    shown: Literal["open", "closed"]
    open_count: int


class KeyLine(msgspec.Struct, frozen=True):
    """A label with its value: a word that weighs, a piece in mono, the rest, in this order."""

    label: str
    strong: str = ""
    mono: str = ""
    text: str = ""
    tag: StateTag | None = None


class EntryView(msgspec.Struct, frozen=True):
    """One entry of a history: its seq, what it says, its draw numbers; `level` colours the row."""

    seq: int
    what: str
    numbers: str = ""
    tag: StateTag | None = None
    marked: bool = False


class SideView(msgspec.Struct, frozen=True):
    """One history, or what one unit did; `letter` is how people call it, empty where there is but one."""

    letter: str
    title: str
    arrived: str
    facts: tuple[KeyLine, ...]
    entries: tuple[EntryView, ...]
    more: str = ""
    paper: tuple[str, ...] = ()
    shows_paper: bool = True


class Words(msgspec.Struct, frozen=True):
    """A sentence that weighs and what follows it."""

    lead: str
    rest: str = ""


class ActView(msgspec.Struct, frozen=True):
    """One act: what it is called, what it means, why not yet. `href` is a page of its own, `to` where its form goes."""

    name: str
    label: str
    means: str
    why_not: str = ""
    main: bool = False
    href: str = ""
    downloads: tuple[tuple[str, str], ...] = ()
    refused: str = ""
    refused_code: str = ""
    typed: str = ""
    to: str = ""


class SignedView(msgspec.Struct, frozen=True):
    """Somebody who did something, and when."""

    what: str
    who: str


class WaitedView(msgspec.Struct, frozen=True):
    """A unit that a restored hub waits for, or no longer does; `said` is how it stands."""

    unit_id: str
    name: str
    said: StateTag
    open: bool


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """GET /cases/<case_id>; POST /cases/<case_id>/<act> does one of `acts`; without the right to any it is empty."""

    page: HubPage
    case_id: str
    reference: str
    opened: str
    title: str
    tag: StateTag
    told: tuple[str, ...]
    common: Words | None = None
    sides: tuple[SideView, ...] = ()
    summary: Words | None = None
    summary_level: Literal["attn", "stop", "done", "calm"] = "stop"
    known: tuple[KeyLine, ...] = ()
    waited: tuple[WaitedView, ...] = ()
    acts: tuple[ActView, ...] = ()
    signed: tuple[SignedView, ...] = ()
    command_id: str = ""


class ChoiceView(msgspec.Struct, frozen=True):
    """A sale to decide: `field` names its answer in the form, `chosen` is what it is now."""

    field: str
    side: str
    seq: str
    what: str
    numbers: str
    paper: str
    chosen: str


class GroupView(msgspec.Struct, frozen=True):
    """Sales that claim the same numbers, or one sale alone."""

    title: str
    choices: tuple[ChoiceView, ...]


class DecideView(msgspec.Struct, frozen=True, kw_only=True):
    """GET /cases/<case_id>/decide?fill=; POST the same with `keep` or `refund` for each sale."""

    page: HubPage
    case_id: str
    reference: str
    title: str
    groups: tuple[GroupView, ...]
    fills: tuple[tuple[str, str], ...]
    two: bool
    signed: tuple[str, ...]
    button: str
    sum: str
    command_id: str
