"""Example views of the hub's pages, as on the pictures of the handbook."""

from hub.web.identity.view import FreshPin, PeopleView, PersonView
from hub.web.raffle.view import (
    EventsView,
    EventView,
    FiguresView,
    HomeView,
    LiveSaleView,
    SalesView,
    UnitsView,
)
from hub.web.site.unit_view import TroubleView, UnitView
from hub.web.site.view import Area, HubLogin, HubPage
from shared.kernel.money import Money
from tests.browser.case_views import case_pages
from tests.browser.device_views import device_pages
from tests.browser.unit_views import unit_pages


def usd(whole: int) -> Money:
    """Whole dollars."""
    return Money(whole * 100, "USD")


def page(area: Area, title: str) -> HubPage:
    """The frame with Ada in it."""
    return HubPage(title, area, "Ada Lindqvist", "Manager", "Rivermouth Rovers Foundation", "20:14:09", 4, cases=3)


TROUBLES = (
    TroubleView(
        "stop",
        "git-fork",
        "Two histories of RSU 11",
        "4 sales dispute numbers. None is in the pool.",
        "Two people decide",
        "6 min",
        "Open case",
        "/cases/c",
    ),
    TroubleView(
        "attn",
        "clock-alert",
        "Sale after the close, Home Opener 50/50",
        "Sold 38 s after the close.",
        "Manager decides",
        "22 min",
        "Open case",
        "/cases/s",
    ),
    TroubleView(
        "stop",
        "printer-x",
        "Paper is out, RSU 11",
        "4 tickets wait for paper.",
        "Put in a roll",
        "6 min",
        "Show unit",
        "/units",
    ),
    TroubleView(
        "attn",
        "ticket",
        "28 numbers left, RSU 16",
        "It stops by itself when they are gone.",
        "Walk near the counter",
        "22 min",
        "Show unit",
        "/units",
    ),
    TroubleView(
        "wait",
        "smartphone",
        "RSU 09 not seen for 47 min",
        "At least 31 sales waiting. Seller Jonas Weber, section D.",
        "Call Jonas",
        "47 min",
        "Show unit",
        "/units",
    ),
)
RECOVERING = (
    TroubleView(
        "stop",
        "history",
        "The hub was restored from a backup",
        "It waits for evidence from 2 units.",
        "Two people decide",
        "6 min",
        "Open case",
        "/cases/r",
    ),
    TroubleView(
        "stop",
        "clock-alert",
        "Clock jumped, RSU 14",
        "The clock of this unit jumped. It sells nothing.",
        "A supervisor confirms",
        "now",
        "Show unit",
        "/units",
    ),
)
UNITS = (
    UnitView("RSU 11", "/units", "Sam Okoro", 4, True, 5, usd(1_120), 60, 600, "out", None),
    UnitView("RSU 09", "/units", "Jonas Weber", 31, False, 47 * 60, usd(890), 22, 220, "unknown", None),
    UnitView("RSU 04", "/units", "Priya Nair", 12, False, 11 * 60, usd(1_205), 38, 380, "ready", 64),
    UnitView("RSU 16", "/units", "Lena Fuchs", 0, True, 1, usd(1_480), 9, 28, "low", 17),
    UnitView("RSU 12", "/units", "Tomás Rey", 3, True, 4, usd(1_640), 44, 440, "ready", 58),
    UnitView("Harbour Stand counter", "/units", "Ines Duarte", 0, True, 0, usd(8_240), 62, 620, "ready", None),
    UnitView("RSU 07", "/units", "Mara Kovač", 0, True, 2, usd(1_915), 71, 710, "ready", 82),
)
_LIVE = (("07", "RSU 07", 10, 10), ("05", "Counter", 40, 20), ("01", "RSU 16", 40, 20), ("00", "RSU 12", 3, 5))
SALES = tuple(
    LiveSaleView(
        sale_id=f"s{n}",
        clock=f"20:{14 - n // 4}:{second}",
        unit=unit,
        tickets=tickets,
        price=usd(price),
        ranges=((104_231 + n * 40, 104_230 + n * 40 + tickets),),
        seller="Mara Kovač",
        validation="7KQ4-M2XT-9BVD-0HZC-S",
        position=f"R07-3-00148{n}",
        voided=n == 2,
    )
    for n, (second, unit, tickets, price) in enumerate(_LIVE * 2)
)
FIGURES = FiguresView(
    event="Home Opener 50/50",
    sold=usd(36_840),
    orders=2_914,
    waiting_at_least=46,
    bars=(14, 18, 17, 26, 24, 33, 30, 38, 42, 36, 46, 53, 50, 60, 56, 64),
    bars_from="18:30",
    bars_step="7 min",
    jackpot=usd(18_420),
    closes_s=31 * 60,
)
EVENTS = (
    EventView(
        "e1",
        "Home Opener 50/50",
        "Harbour Stand",
        "active",
        False,
        usd(36_840),
        48_210,
        "Closes at 20:45.",
        "3 for $5, 10 for $10, 40 for $20",
        "c1",
        ("close",),
    ),
    EventView(
        "e2",
        "Spring Gala",
        "Kingsway Hall",
        "created",
        False,
        usd(0),
        0,
        "Closes 2026-12-05 21:00.",
        "3 for $5, 10 for $10",
        "c2",
        ("activate",),
    ),
    EventView("e3", "Training", "Harbour Stand", "active", True, usd(1_250), 600, "Never closes.", "3 for $5", "c3"),
)
VENUES = (("v1", "Harbour Stand"), ("v2", "Kingsway Hall"))
PEOPLE = (
    PersonView("m", "Mara Kovač", "Seller", "Harbour Stand", True, "c1"),
    PersonView("i", "Ines Duarte", "Supervisor", "Harbour Stand", True, "c2"),
    PersonView("b", "Ben Osei", "Seller", "Harbour Stand", False, "c3"),
)

HUB_VIEWS: dict[str, tuple[str, object]] = {
    "hub-home": (
        "raffle/home.html",
        HomeView(
            page("now", "Now"),
            TROUBLES,
            UNITS,
            14,
            "21 at Harbour Stand. Trouble first, then by waiting.",
            FIGURES,
            SALES,
        ),
    ),
    "hub-home-recovering": (
        "raffle/home.html",
        HomeView(page("now", "Now"), RECOVERING, UNITS[:2], 5, "7 at Harbour Stand.", FIGURES, SALES),
    ),
    "hub-home-empty": ("raffle/home.html", HomeView(page("now", "Now"), (), (), 3, "3 at Harbour Stand.", None, ())),
    "hub-events": ("raffle/events.html", EventsView(page("events", "Events"), EVENTS, VENUES, "c9")),
    "hub-sales": ("raffle/sales.html", SalesView(page("sales", "Sales"), SALES)),
    "hub-units": ("raffle/units.html", UnitsView(page("units", "Units"), UNITS)),
    "hub-people": (
        "identity/people.html",
        PeopleView(
            page("people", "People"),
            PEOPLE,
            (("seller", "Seller"), ("supervisor", "Supervisor")),
            VENUES,
            "c9",
            FreshPin("Ben Osei", "518260"),
        ),
    ),
    "hub-login": (
        "site/login.html",
        HubLogin("Rivermouth Rovers Foundation", "ada", "Wrong login or password."),
    ),
}
HUB_VIEWS |= unit_pages(page("units", "Units"))
HUB_VIEWS |= case_pages(page("cases", "Cases"))
HUB_VIEWS |= device_pages(page("units", "Devices"))
