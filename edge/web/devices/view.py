"""What the pages of devices show; the controllers fill these, the templates beside them read them."""

from typing import Literal

import msgspec

from edge.web.site.view import PageView

Level = Literal["done", "calm", "wait", "attn", "stop"]


class PaperView(msgspec.Struct, frozen=True):
    """One picture of paper, newest first; `number` is the n of /virtual-printer/paper/<n>.png, sizes in dots."""

    number: int
    width: int
    height: int
    description: str


class VirtualPrinterView(msgspec.Struct, frozen=True):
    """`state` is a word for people; `trouble` the one in force ("" for none) out of `troubles` (value, sentence).

    `device_id` names one of several virtual printers; empty for the first. `drawer` is open or shut, where one hangs
    on it.
    """

    unit: str
    state: str
    is_out: bool
    trouble: str
    troubles: tuple[tuple[str, str], ...]
    papers: tuple[PaperView, ...]
    device_id: str = ""
    drawer: str = ""


class StateView(msgspec.Struct, frozen=True):
    """How a device is: a word, its form, its icon, and what to do where something is to be done."""

    word: str
    level: Level
    icon: str
    todo: str = ""


class ChangeView(msgspec.Struct, frozen=True):
    """One line of the history: when (clock text of the venue), what as a word, and beside it who, why, how long."""

    clock: str
    word: str
    level: Level
    beside: str = ""


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """One device; sentences where a value has none. `waiting` counts slips that are queued for it.

    `out_words` says who took it out of service and when; `is_open` is a drawer of which that is known.
    """

    device_id: str
    name: str
    kind: str
    model: str
    line: str
    roles: str
    state: StateView
    waiting: int = 0
    paper: str = ""
    firmware: str = ""
    firmware_level: Level = "calm"
    fallback: str = ""
    stands_in: str = ""
    in_use: bool = True
    out_words: str = ""
    is_open: bool = False
    virtual: bool = False
    swappable: bool = True
    prints: bool = True


class DevicesPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices. `gaps` are sentences on roles that no printer has; `asked` counts slips that wait for an answer."""

    page: PageView
    devices: tuple[DeviceView, ...]
    may_change: bool
    gaps: tuple[str, ...] = ()
    asked: int = 0


class DevicePage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/<id>. `tested` says how the last test print went: "", waiting, printed."""

    page: PageView
    device: DeviceView
    history: tuple[ChangeView, ...]
    may_change: bool
    may_open: bool = False
    warnings: tuple[str, ...] = ()
    tested: str = ""
    refused: str = ""
    refused_code: str = ""


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found; `taken_by` names the device of this unit that has this line already."""

    kind: str
    title: str
    line: str
    how: str
    profile: str = ""
    taken_by: str = ""
    usable: bool = True


class AddPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/add and GET /devices/<id>/swap; with `swap` what is tapped takes the place of that device."""

    page: PageView
    looking: bool
    found: tuple[FoundView, ...]
    swap: DeviceView | None = None
    refused: str = ""
    refused_code: str = ""


class ByHandPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/add/by-hand: the line as text and the model out of `profiles` (name, title)."""

    page: PageView
    profiles: tuple[tuple[str, str], ...]
    line: str = ""
    profile: str = ""
    swap: DeviceView | None = None
    refused: str = ""
    refused_code: str = ""


class RoleView(msgspec.Struct, frozen=True):
    """One role to tick: its key, what it is, what is said below it."""

    key: str
    label: str
    note: str
    on: bool


class MetPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/add/<key>: what a device answered before anything is stored. `warnings` are sentences.

    `facts` are (label, value) of what it said. With `swap` it takes that device's place, roles and name. `may_insist`
    offers to add it all the same, after a refusal that says why not.
    """

    page: PageView
    key: str
    kind: str
    line: str
    answered: bool
    facts: tuple[tuple[str, str], ...]
    profiles: tuple[tuple[str, str], ...]
    profile: str
    name: str
    roles: tuple[RoleView, ...]
    why: str = ""
    warnings: tuple[str, ...] = ()
    shared: bool = False
    may_insist: bool = False
    swap: DeviceView | None = None
    refused: str = ""
    refused_code: str = ""


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/<id>/change: name, roles, and which printer stands in for it."""

    page: PageView
    device: DeviceView
    name: str
    roles: tuple[RoleView, ...]
    fallbacks: tuple[tuple[str, str], ...]
    fallback_id: str
    refused: str = ""
    refused_code: str = ""


class AskedPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/asked: the oldest slip of which nobody knows whether it came out; `job_id` is empty without one.

    `slip` is a word (ticket, counterfoil), `what` the sale in a few words, `numbers` what stands on the slip.
    """

    page: PageView
    job_id: str = ""
    slip: str = "ticket"
    why: str = ""
    what: str = ""
    numbers: str = ""
    supervisor_only: bool = False
    may_void: bool = False
    refused: str = ""
    refused_code: str = ""


class OpenPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/<id>/open: why the drawer is opened without a sale. `by_key`: it is written down, and no more."""

    page: PageView
    device: DeviceView
    reasons: tuple[str, ...]
    command_id: str
    words: str = ""
    by_key: bool = False
    refused: str = ""
    refused_code: str = ""


class RemovePage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/<id>/remove: what follows, before it happens."""

    page: PageView
    device: DeviceView
    consequence: str
    refused: str = ""
    refused_code: str = ""


class SlipView(msgspec.Struct, frozen=True, kw_only=True):
    """A sample slip: its picture's address, and which printer it comes out of."""

    label: str
    href: str
    paper_mm: int
    printer: str
    printed: bool


class SlipsPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /devices/slips?paper_mm=. `paper_mm` 0: each on the paper of its own printer."""

    page: PageView
    paper_mm: int
    slips: tuple[SlipView, ...]
