"""What the hub's pages about one unit show: the unit itself, the form for a new one, its code, an imported file."""

from typing import Literal

import msgspec

from hub.web.site.standing import StateTag
from hub.web.site.view import HubPage

ActName = Literal["enable", "disable", "revoke", "pause", "resume", "enrol-anew"]


class ActView(msgspec.Struct, frozen=True):
    """One act on a unit. `why_not` is the sentence that keeps it from being done now.

    `asks` names what the form asks for: a `reason`, or whether it may `enable`. `main` is the one that goes on.
    """

    act: ActName
    label: str
    means: str
    why_not: str = ""
    asks: Literal["", "reason", "enable"] = ""
    main: bool = False
    refused: str = ""
    refused_code: str = ""
    typed: str = ""


class UnitFact(msgspec.Struct, frozen=True):
    """One line about a unit; `mono` for what stands on paper or is read aloud."""

    label: str
    value: str
    tag: StateTag | None = None
    mono: bool = False


class StoryLine(msgspec.Struct, frozen=True):
    """Something that happened to a unit: when, what, who."""

    when: str
    what: str
    who: str


class UnitPageView(msgspec.Struct, frozen=True):
    """GET /units/<unit_id>; POST /units/<unit_id>/<act> {command_id, reason, enable} does one of `acts`.

    Without the right to do any, `acts` is empty; so it is where the unit is `revoked`, for good.
    """

    page: HubPage
    unit_id: str
    name: str
    sentence: str
    tags: tuple[StateTag, ...]
    facts: tuple[UnitFact, ...]
    story: tuple[StoryLine, ...]
    acts: tuple[ActView, ...]
    command_id: str
    revoked: bool = False


class AddUnitView(msgspec.Struct, frozen=True):
    """GET /units/add; POST /units/add {venue_id, kind, code, name, enable} makes room; `form` keeps what was typed."""

    page: HubPage
    venues: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    form: dict[str, str] = {}


class QrView(msgspec.Struct, frozen=True):
    """A QR code with its quiet zone: so many modules on a side, and the dark ones as one path."""

    size: int
    path: str


class FreshCode(msgspec.Struct, frozen=True):
    """A pairing code just made; shown on this one page and nowhere again. `fours` are the groups of its secret."""

    text: str
    fours: tuple[str, ...]
    hub: str
    qr: QrView


class CodeView(msgspec.Struct, frozen=True):
    """GET /units/codes/<pairing_id>, and the answer to making one, which alone has `code`.

    `state`: waits, enrolled (it must still be enabled), sells, over. The acts post to /units/<unit_id>/….
    """

    page: HubPage
    name: str
    what: str
    state: Literal["waits", "enrolled", "sells", "over"]
    minutes: int
    until: str
    unit_id: str = ""
    href: str = "/units"
    code: FreshCode | None = None


class ImportLine(msgspec.Struct, frozen=True):
    """What became of one bundle of a file, as a sentence in the form of its level."""

    place: int
    unit: str
    entries: str
    tag: StateTag
    sentence: str
    code: str = ""


class ImportView(msgspec.Struct, frozen=True):
    """GET /units/import; POST /units/import takes a `file` and shows what became of it."""

    page: HubPage
    name: str = ""
    summary: str = ""
    lines: tuple[ImportLine, ...] = ()
    parcels: str = ""
