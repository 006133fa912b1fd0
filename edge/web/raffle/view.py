"""What the raffle pages of an edge show: sell, pay, change, look up, till. Controllers fill these and know no HTML.

Ranges are `(first, last)` draw numbers; `prefix` is "T" for training numbers and else empty. Ids are texts.
"""

from typing import Literal

import msgspec

from edge.web.site.view import PageView
from shared.kernel.money import Money

Tender = Literal["cash", "card"]
Paper = Literal["printing", "printed", "waiting", "asked"]
Ranges = tuple[tuple[int, int], ...]


class PackageView(msgspec.Struct, frozen=True):
    """A slab. `refused` says in a few words why it cannot be sold now; `flash` marks the package just sold exactly."""

    package_id: str
    tickets: int
    price: Money
    refused: str = ""
    flash: bool = False


class JackpotView(msgspec.Struct, frozen=True):
    """`label` is "Jackpot now", "Jackpot at 20:03" or "Practice jackpot"; `closes_s` seconds to close or None."""

    label: str
    amount: Money
    closes_s: int | None = None
    closes_note: str = "no close time"


class SaleView(msgspec.Struct, frozen=True):
    """One sale in a card or list. `sent` None where the upload is of no interest (training)."""

    sale_id: str
    clock: str
    tickets: int
    price: Money
    tender: Tender
    ranges: Ranges
    seller: str = ""
    prefix: str = ""
    paper: Paper = "printed"
    sent: bool | None = True
    voided: bool = False
    validation: str = ""


class UndoView(msgspec.Struct, frozen=True):
    """The own last sale while it may be undone; `seconds` left, `command_id` made by the server."""

    sale_id: str
    command_id: str
    seconds: int


class NoteView(msgspec.Struct, frozen=True):
    """A note the buyer may hand over, with the change it means."""

    received: Money
    change: Money


class PayView(msgspec.Struct, frozen=True):
    """One order before the sale. `step` is the block shown; `refused` the sentence of the last try, input kept.

    Links carry `package_id` and `times`; forms carry `command_id` and `event_id` besides. `takes_phone`: the buyer
    may leave a phone, `phone` is what was typed, `phone_refused`: that is what `refused` is about.
    """

    command_id: str
    event_id: str
    package_id: str
    tickets: int
    price: Money
    times: int
    times_max: int
    to_pay: Money
    notes: tuple[NoteView, ...]
    step: Literal["cash", "other", "card"] = "cash"
    minor_digits: int = 2
    sign: str = "$"
    received_text: str = ""
    reference: str = ""
    takes_phone: bool = False
    phone: str = ""
    phone_refused: bool = False
    refused: str = ""
    refused_code: str = ""


class ChangeView(msgspec.Struct, frozen=True):
    """After a sale that gives change: `received` of the buyer, `printed_percent` 0 to 100."""

    sale: SaleView
    received: Money
    change: Money
    undo: UndoView | None
    printed_percent: int = 0


class ClosedView(msgspec.Struct, frozen=True):
    """Sales are over. `uploaded` only when the owner's receipt covers the last entry, `confirmed_seq`."""

    closed_at: str
    sales: int
    uploaded: bool
    waiting: int
    confirmed_seq: int | None
    owner: Literal["counter", "hub"] = "hub"
    figure: Money | None = None


class SellView(msgspec.Struct, frozen=True):
    """The sell page. Exactly one of: `closed`, `empty` (one sentence and what to do), or packages to sell.

    `latest` and `buyer` are shown by a counter only. `sound` (sold, undone, refused, stop) plays once per `sound_id`.
    """

    page: PageView
    event_id: str = ""
    jackpot: JackpotView | None = None
    packages: tuple[PackageView, ...] = ()
    last: SaleView | None = None
    undo: UndoView | None = None
    latest: tuple[SaleView, ...] = ()
    buyer: PayView | ChangeView | None = None
    closed: ClosedView | None = None
    empty: str = ""
    refused: str = ""
    refused_code: str = ""
    sound: str = ""
    sound_id: str = ""


class PayPage(msgspec.Struct, frozen=True):
    """RSU: the order takes the whole page, in the step that `pay` names."""

    page: PageView
    pay: PayView


class ChangePage(msgspec.Struct, frozen=True):
    """RSU: what to give back takes the whole page."""

    page: PageView
    done: ChangeView


class FoundTicket(msgspec.Struct, frozen=True):
    """A ticket found by look-up. `state` ticket is sold here, known from the feed, void, or of another event."""

    sale: SaleView
    state: Literal["valid", "void", "unknown_here", "other_event"]
    event: str
    unit: str
    issued: str
    position: str
    chain: str
    note: str = ""


class LookupView(msgspec.Struct, frozen=True):
    """`q` as typed; `sentence` says what the number is or what to do when nothing is found."""

    page: PageView
    q: str = ""
    found: FoundTicket | None = None
    sentence: str = ""


class TillView(msgspec.Struct, frozen=True):
    """My sales today: sums by tender, voids, and the list, newest first."""

    page: PageView
    total: Money
    cash: Money
    card: Money
    voided: Money
    sales_count: int
    voids_count: int
    sales: tuple[SaleView, ...] = ()


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """GET /till/report?everybody=; POST /till/report {command_id, everybody}. `printer`: which one prints it, or ""."""

    page: PageView
    everybody: bool
    may_all: bool
    printer: str
    command_id: str
    sent: bool = False
    sales: int = 0


class FactView(msgspec.Struct, frozen=True):
    """One line of the More page's state list."""

    label: str
    value: str
    level: Literal["", "done", "attn", "stop", "wait"] = ""


class MoreView(msgspec.Struct, frozen=True):
    """`why_not_training` is a sentence where the venue has no training event or an undo is still open, else empty.

    `drawer_id` is the cash drawer that opens with sales, where there is one.
    """

    page: PageView
    person: str
    role: str
    training_on: bool
    why_not_training: str
    states: tuple[FactView, ...]
    versions: tuple[FactView, ...]
    virtual_printer: bool = False
    virtual_scanner: bool = False
    drawer_id: str = ""
    clock_jumped: bool = False
    may_enrol: bool = False
