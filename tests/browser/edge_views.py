"""Example views of the edge's pages, as on the pictures of the handbook: (name, template, view, is counter)."""

from typing import Any

import msgspec

from edge.web.devices.scanner_view import ScanView, VirtualScannerView
from edge.web.devices.view import AskedPage, PaperView, VirtualPrinterView
from edge.web.identity.clock_view import ClockView
from edge.web.identity.view import LoginView, StaffChoice
from edge.web.raffle.view import (
    ChangePage,
    ChangeView,
    ClosedView,
    FactView,
    FoundTicket,
    JackpotView,
    LookupView,
    MoreView,
    NoteView,
    PackageView,
    PayPage,
    PayView,
    SaleView,
    SellView,
    TillView,
    UndoView,
)
from edge.web.site import lines
from edge.web.site.view import LineView, NodeKind, PageView, ProblemView, StripView, Tab
from shared.kernel.money import Money
from tests.browser.enrol_views import enrol_pages

EVENT = "Home Opener 50/50"


def usd(whole: int) -> Money:
    """Whole dollars."""
    return Money(whole * 100, "USD")


RSU = StripView(event=EVENT, clock="20:14", connection="hub", waiting=0, printer="ready", battery=82)
OFFLINE = StripView(
    event=EVENT,
    clock="20:14",
    connection="offline",
    waiting=12,
    printer="ready",
    battery=82,
    offline_since="20:03",
    sales_waiting=12,
)
COUNTER = StripView(
    event=EVENT, clock="20:14", connection="hub", waiting=0, printer="ready", place="Harbour Stand counter"
)
COUNTER_OFFLINE = StripView(
    event=EVENT,
    clock="20:14",
    connection="offline",
    waiting=12,
    printer="ready",
    offline_since="20:03",
    place="Harbour Stand counter",
    sales_waiting=12,
)


def page(
    strip: StripView = RSU,
    tab: Tab | None = "sell",
    *,
    line: LineView | None = None,
    kind: NodeKind = "rsu",
    training: bool = False,
) -> PageView:
    """A frame with the defaults of a calm RSU."""
    person = "Ines" if kind == "counter" else "Mara"
    return PageView(title="Sell", kind=kind, strip=strip, line=line, tab=tab, person=person, training=training)


def sale(
    tickets: int, price: int, first: int, *, clock: str = "20:14:07", seller: str = "RSU 07", prefix: str = ""
) -> SaleView:
    """A printed and sent cash sale of one range."""
    return SaleView(
        sale_id=f"s{first}",
        clock=clock,
        tickets=tickets,
        price=usd(price),
        tender="cash",
        ranges=((first, first + tickets - 1),),
        seller=seller,
        prefix=prefix,
        validation="7KQ4-M2XT-9BVD-0HZC-S",
    )


def altered(base: SaleView, **values: Any) -> SaleView:
    """The same sale with other values."""
    return msgspec.structs.replace(base, **values)


PACKAGES = (
    PackageView("p3", 3, usd(5)),
    PackageView("p10", 10, usd(10)),
    PackageView("p40", 40, usd(20)),
)
LOW = (*PACKAGES[:2], PackageView("p40", 40, usd(20), refused="28 numbers left"))
MANY = (PackageView("p1", 1, usd(2)), *PACKAGES, PackageView("p100", 100, Money(42_50, "USD")))
NOW = JackpotView("Jackpot now", usd(18_420), 31 * 60 + 20)
LAST = sale(10, 10, 104_231)
LATEST = (
    LAST,
    sale(40, 20, 110_081, clock="20:13:52", seller="Counter"),
    altered(sale(3, 5, 106_015, clock="20:13:40", seller="RSU 12"), sent=False),
    sale(10, 10, 110_071, clock="20:13:31", seller="Counter"),
)
UNDO = UndoView(sale_id="s104231", command_id="c1", seconds=8)


def order(times: int = 1, **values: Any) -> PayView:
    """Ten tickets for $10, `times` over, with the next three notes."""
    due = 10 * times
    notes = tuple(NoteView(usd(n), usd(n - due)) for n in (20, 40, 50, 100) if n > due)
    plain = PayView(
        command_id="c2",
        event_id="e1",
        package_id="p10",
        tickets=10,
        price=usd(10),
        times=times,
        times_max=10,
        to_pay=usd(due),
        notes=tuple(note for note in notes if times > 1 or note.received != usd(40)),
    )
    return msgspec.structs.replace(plain, **values)


def sell(frame: PageView, **values: Any) -> SellView:
    """The sell page, ready."""
    plain = SellView(page=frame, event_id="e1", jackpot=NOW, packages=PACKAGES)
    return msgspec.structs.replace(plain, **values)


OFF_LINE = lines.offline(OFFLINE)
SINCE = JackpotView("Jackpot at 20:03", usd(18_420), 31 * 60 + 20)
OFF_LAST = altered(sale(40, 20, 104_311), sent=False)
LOW_STRIP = StripView(
    event=EVENT, clock="20:27", connection="offline", waiting=41, printer="ready", battery=46, sales_waiting=41
)
CLOSING = StripView(event=EVENT, clock="20:40", connection="counter", waiting=3, printer="ready", battery=82)
OUT = StripView(event=EVENT, clock="20:14", connection="hub", waiting=0, printer="out", battery=17)
TRAIN = StripView(event="Training", clock="20:14", connection="hub", waiting=0, printer="ready", battery=82)
LOGIN = StripView(
    event="RSU 07 · Harbour Stand", clock="18:52", connection="hub", waiting=0, printer="ready", battery=97
)
SHUT = StripView(event=EVENT, clock="20:51", connection="counter", waiting=0, printer="ready", battery=82)
DONE = ChangeView(
    sale=altered(LAST, paper="printing"),
    received=usd(20),
    change=usd(10),
    undo=UndoView("s104231", "c3", 9),
    printed_percent=62,
)
STAFF = (StaffChoice("m", "Mara Kovač", "Seller"), StaffChoice("i", "Ines Duarte", "Supervisor"))
FOUND = FoundTicket(
    sale=LAST,
    state="valid",
    event=EVENT,
    unit="RSU 07",
    issued="2026-11-21 20:14",
    position="R07-3-001482",
    chain="9F3A C41E",
)
STATES = (
    FactView("Hub", "Reached 2 s ago", "done"),
    FactView("Waiting to go up", "0"),
    FactView("Numbers left", "1,204"),
    FactView("Printer", "Ready", "done"),
)
MORE = MoreView(
    page=page(tab="more"),
    person="Mara Kovač",
    role="Seller",
    training_on=False,
    why_not_training="",
    states=STATES,
    versions=(FactView("Tillhouse", "0.1.0"), FactView("Unit", "R07-3")),
    virtual_printer=True,
)
CLOCK = ClockView(
    page=page(tab="more", line=lines.clock_jumped()),
    clock="20:14",
    day="Saturday 21 November 2026",
    device_clock="20:14",
    device_day="2027-11-21",
    typed_date="2026-11-21",
    typed_clock="",
    people=(("1", "Ines Duarte"), ("2", "Jonas Weber")),
)
TILL = TillView(
    page=page(tab="till"),
    total=usd(1_915),
    cash=usd(1_640),
    card=usd(275),
    voided=usd(10),
    sales_count=148,
    voids_count=1,
    sales=(LAST, altered(LATEST[2], seller=""), altered(sale(10, 10, 104_221), voided=True)),
)
LOGIN_ASK = LoginView(page=page(LOGIN, None), people=STAFF, chosen=STAFF[0], first_name="Mara")
PRINTER = VirtualPrinterView(
    unit="RSU 07",
    state="Paper",
    is_out=False,
    trouble="",
    troubles=(("paper_out", "Paper out"), ("stall", "Stalls"), ("unplug", "Unplugged")),
    papers=(PaperView(1, 384, 700, "Ticket 104 231 - 104 240"),),
)
SCANNER = VirtualScannerView(
    unit="RSU 07",
    device="",
    state="Ready",
    is_well=True,
    problem="",
    text="7K3M9QWXC2V8N4PRTB6HD",
    refused="",
    scans=(
        ScanView("", "The scan was cut short. Scan again.", "attn"),
        ScanView("7K3M9QWXC2V8N4PRTB6HD", "The page in front has it.", "done"),
    ),
    trouble="",
    troubles=(("half", "Sends half of each scan"), ("unplug", "Unplugged")),
)

RSU_VIEWS: dict[str, tuple[str, object]] = {
    "rsu-sale": ("raffle/sell.html", sell(page(), last=LAST, undo=UNDO)),
    "rsu-empty-last": ("raffle/sell.html", sell(page())),
    "rsu-offline": (
        "raffle/sell.html",
        sell(page(OFFLINE, line=OFF_LINE), jackpot=SINCE, last=OFF_LAST, undo=UndoView("s", "c", 6)),
    ),
    "rsu-lease-low": (
        "raffle/sell.html",
        sell(
            page(LOW_STRIP, line=lines.numbers_low(28)),
            jackpot=JackpotView("Jackpot at 20:03", usd(18_420), 18 * 60 + 9),
            packages=LOW,
            last=altered(sale(40, 20, 104_433), sent=False),
            undo=UndoView("s", "c", 7),
        ),
    ),
    "rsu-closing": (
        "raffle/sell.html",
        sell(
            page(CLOSING, line=lines.closing(272)),
            jackpot=JackpotView("Jackpot now", usd(23_115), 272),
            last=sale(3, 5, 104_468),
            undo=UndoView("s", "c", 4),
        ),
    ),
    "rsu-training": (
        "raffle/sell.html",
        sell(
            page(TRAIN, training=True),
            jackpot=JackpotView("Practice jackpot", usd(1_250)),
            last=altered(sale(10, 10, 21, prefix="T"), sent=None),
            undo=UNDO,
        ),
    ),
    "rsu-many": ("raffle/sell.html", sell(page(), packages=MANY, last=LAST)),
    "rsu-refused": (
        "raffle/sell.html",
        sell(
            page(),
            refused="Only 28 numbers left. Sell 3 or 10, or walk near the counter.",
            refused_code="raffle.lease_low",
            sound="refused",
        ),
    ),
    "rsu-printer-out": (
        "raffle/sell.html",
        sell(page(OUT, line=lines.printer(OUT)), last=altered(LAST, paper="waiting"), undo=UNDO),
    ),
    "rsu-queue": (
        "raffle/sell.html",
        sell(page(line=lines.queued(1_412)), last=altered(LAST, paper="waiting"), undo=UNDO),
    ),
    "rsu-paper": (
        "devices/asked.html",
        AskedPage(
            page=page(OUT),
            job_id="j1",
            why="It was cut short at 20:14, inside this sale:",
            what="10 tickets · $10",
            numbers="104 231 – 104 240",
        ),
    ),
    "rsu-none": (
        "raffle/sell.html",
        sell(
            page(StripView("RSU 07", "20:14", "hub", 0, "ready", 82)),
            empty="No event sells now. Head office starts one at the hub; it appears here by itself.",
        ),
    ),
    "rsu-uploaded": (
        "raffle/sell.html",
        sell(page(SHUT, None), closed=ClosedView("20:45", 148, True, 0, 1630, "counter")),
    ),
    "rsu-closed": ("raffle/sell.html", sell(page(SHUT), closed=ClosedView("20:45", 148, False, 12, None))),
    "rsu-cash": ("raffle/pay.html", PayPage(page(tab=None), order())),
    "rsu-cash-refused": (
        "raffle/pay.html",
        PayPage(page(tab=None), order(10, refused="Sales closed at 20:45. Show the buyer the board.")),
    ),
    "rsu-other": ("raffle/pay.html", PayPage(page(tab=None), order(step="other"))),
    "rsu-card": ("raffle/pay.html", PayPage(page(tab=None), order(step="card"))),
    "rsu-change": ("raffle/change.html", ChangePage(page(tab=None), DONE)),
    "rsu-lookup": ("raffle/lookup.html", LookupView(page(tab="lookup"))),
    "rsu-found": ("raffle/lookup.html", LookupView(page(tab="lookup"), "104 235", FOUND)),
    "rsu-till": ("raffle/till.html", TILL),
    "rsu-more": ("raffle/more.html", MORE),
    "rsu-clock": ("identity/clock.html", CLOCK),
    "rsu-clock-more": (
        "raffle/more.html",
        msgspec.structs.replace(MORE, page=page(tab="more", line=lines.clock_jumped()), clock_jumped=True),
    ),
    "rsu-clock-refused": (
        "identity/clock.html",
        msgspec.structs.replace(
            CLOCK,
            page=page(tab="more", line=lines.clock_jumped()),
            refused="Wrong PIN. 3 tries left.",
            refused_code="identity.wrong_pin",
        ),
    ),
    "rsu-login": ("identity/login.html", LOGIN_ASK),
    "rsu-people": ("identity/login.html", LoginView(page(LOGIN, None), STAFF)),
    "rsu-problem": (
        "site/problem.html",
        ProblemView(page(), "Not now", "The printer does not answer. The sale is kept.", "device.fault"),
    ),
    "rsu-printer": ("devices/virtual_printer.html", PRINTER),
    "rsu-scanner": ("devices/virtual_scanner.html", SCANNER),
}

COUNTER_PAGE = page(COUNTER, kind="counter")
COUNTER_VIEWS: dict[str, tuple[str, object]] = {
    "counter-raffle": ("raffle/sell.html", sell(COUNTER_PAGE, latest=LATEST, buyer=order(2))),
    "counter-ready": ("raffle/sell.html", sell(COUNTER_PAGE, latest=LATEST)),
    "counter-sold": ("raffle/sell.html", sell(COUNTER_PAGE, latest=LATEST, last=LAST, undo=UNDO)),
    "counter-offline": (
        "raffle/sell.html",
        sell(page(COUNTER_OFFLINE, line=OFF_LINE, kind="counter"), jackpot=SINCE, latest=LATEST, buyer=order(2)),
    ),
    "counter-change": ("raffle/sell.html", sell(COUNTER_PAGE, latest=LATEST, buyer=DONE)),
    "counter-card": ("raffle/sell.html", sell(COUNTER_PAGE, latest=LATEST, buyer=order(step="card"))),
    "counter-other": ("raffle/sell.html", sell(COUNTER_PAGE, latest=LATEST, buyer=order(step="other"))),
    "counter-training": (
        "raffle/sell.html",
        sell(page(COUNTER, kind="counter", training=True), latest=LATEST, buyer=order(2)),
    ),
    "counter-till": (
        "raffle/till.html",
        TillView(page(COUNTER, "till", kind="counter"), usd(1_915), usd(1_640), usd(275), usd(0), 0, 0),
    ),
    "counter-login": (
        "identity/login.html",
        LoginView(page(COUNTER, None, kind="counter"), STAFF, STAFF[1], "Ines", "Wrong PIN. 3 tries left."),
    ),
}
RSU_VIEWS |= enrol_pages(RSU, "rsu")
COUNTER_VIEWS |= enrol_pages(COUNTER, "counter")
