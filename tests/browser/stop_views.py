"""Example views of an edge that is stopped or warned, of the buyer's phone, and of the clock, by name."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from edge.web.raffle.view import PayPage, SellView
from edge.web.site import lines
from edge.web.site.view import LineView, NodeKind, PageView
from tests.browser.edge_views import CLOCK, COUNTER, LAST, LATEST, PACKAGES, RSU, order, page, sell

Example = tuple[str, tuple[str, object]]
STOPPED = tuple(msgspec.structs.replace(one, refused="unit stopped") for one in PACKAGES)
HOLDS = ("hub:disabled", "hub:forked", "hub:revoked", "witness:behind", "certificate", "clock", "storage")
ENDED = {"hub:forked", "hub:revoked", "witness:behind"}
WARNINGS = {
    "certificate-ends": lines.certificate_ends(2 * 86_400_000),
    "paused": lines.paused(RSU, paused=True),
    "witness-fault": lines.witness("No space left on device"),
}
STEPS: tuple[Literal["cash", "other", "card"], ...] = ("cash", "other", "card")
NO_PHONE = "Phone: it has 8 to 15 digits with its country code; ask again, or leave it empty."


def frame(kind: NodeKind, line: LineView | None = None) -> PageView:
    """A handheld or a counter with one message line."""
    return page(RSU if kind == "rsu" else COUNTER, line=line, kind=kind)


def selling(kind: NodeKind, line: LineView | None, *, stopped: bool) -> SellView:
    """The sell page under a line."""
    rest = {"last": LAST} if kind == "rsu" else {"latest": LATEST}
    return sell(frame(kind, line), packages=STOPPED if stopped else PACKAGES, **rest)


def with_phone(kind: NodeKind, step: str, typed: str, refused: str) -> object:
    """An order in which the buyer may leave a phone."""
    said: dict[str, Any] = {"refused": refused, "refused_code": "input.invalid", "phone_refused": bool(refused)}
    buyer = order(step=step, takes_phone=True, phone=typed, received_text="40" if refused else "", **said)
    if kind == "rsu":
        return PayPage(page(tab=None), buyer)
    return sell(frame(kind), latest=LATEST, buyer=buyer)


def stop_pages(kind: NodeKind) -> Iterator[Example]:
    """The views by name, for one size of unit."""
    size = "rsu" if kind == "rsu" else "counter"
    for hold in HOLDS:
        line = lines.held(hold, ended=hold in ENDED)
        yield (
            f"{size}-stopped-{hold.partition(':')[2] or hold}",
            ("raffle/sell.html", selling(kind, line, stopped=True)),
        )
    for name, warning in WARNINGS.items():
        yield f"{size}-{name}", ("raffle/sell.html", selling(kind, warning, stopped=False))
    template = "raffle/pay.html" if kind == "rsu" else "raffle/sell.html"
    for step in STEPS:
        yield f"{size}-{step}-phone", (template, with_phone(kind, step, "", ""))
        yield f"{size}-{step}-phone-refused", (template, with_phone(kind, step, "0770 12", NO_PHONE))
    there = msgspec.structs.replace(frame(kind, lines.clock_jumped()), tab="more")
    yield f"{size}-clock", ("identity/clock.html", msgspec.structs.replace(CLOCK, page=there))
    confirmed = msgspec.structs.replace(CLOCK, page=there, in_doubt=False)
    yield f"{size}-clock-confirmed", ("identity/clock.html", confirmed)
