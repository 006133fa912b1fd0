"""Orders of the raffle from outside: one type for page form and JSON."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec

from hub.web.site.forms import instant_ms, known_zone
from shared.domain.raffle.commands import PackagePlan, PlanEvent
from shared.kernel.clock import DAY_MS, at
from shared.kernel.money import parse_amount

CLAIM_MS = 30 * DAY_MS
PAGE_PACKAGES = 3
Text = Annotated[str, msgspec.Meta(max_length=200)]
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class PackageForm(msgspec.Struct):
    """So many tickets for a price in the organisation's currency, as people write it: `10` or `12.50`."""

    ticket_count: Whole
    price: Text


class PlanForm(msgspec.Struct, kw_only=True):
    """Plan an event. Instants are ISO 8601; without offset they are wall time of `zone`, or else of the venue.

    Left out, sales open now, winners claim within 30 days of the draw, and the code comes from name and date.
    """

    name: Text
    venue_id: UUID
    sales_close: Text
    draw: Text
    packages: Annotated[list[PackageForm], msgspec.Meta(max_length=100)]
    code: Text | None = None
    sales_open: Text | None = None
    claim_by: Text | None = None
    zone: Text | None = None
    first_number: Whole = 100_001
    last_number: Whole = 999_999
    prize_percent: Whole = 50
    lease_count: Whole = 2_000
    command_id: UUID | None = None

    def order(self, command_id: UUID, actor: UUID, *, zone: str, currency: str, now_ms: int) -> PlanEvent:
        """The order of a person, with the venue's zone and the organisation's currency."""
        zone = known_zone(self.zone or zone)
        close_ms = instant_ms(self.sales_close, zone, "Sales close")
        draw_ms = instant_ms(self.draw, zone, "Draw")
        return PlanEvent(
            command_id=command_id,
            actor=actor,
            venue_id=self.venue_id,
            name=self.name,
            code=self.code or code_from(self.name, close_ms, zone),
            sales_open_ms=instant_ms(self.sales_open, zone, "Sales open") if self.sales_open else now_ms,
            sales_close_ms=close_ms,
            draw_ms=draw_ms,
            claim_by_ms=instant_ms(self.claim_by, zone, "Claim by") if self.claim_by else draw_ms + CLAIM_MS,
            packages=tuple(
                PackagePlan(one.ticket_count, parse_amount(one.price, currency).minor) for one in self.packages
            ),
            first_number=self.first_number,
            last_number=self.last_number,
            prize_percent=self.prize_percent,
            lease_count=self.lease_count,
        )


class ActForm(msgspec.Struct, kw_only=True):
    """An act on a thing that the address names."""

    command_id: UUID | None = None


def code_from(name: str, close_ms: int, zone: str) -> str:
    """`HO-20261121` for a Home Opener that closes on that day."""
    initials = "".join(word[0] for word in name.split() if word[0].isalpha())[:6].upper() or "E"
    return f"{initials}-{at(close_ms, zone):%Y%m%d}"


def page_plan(form: Mapping[str, Any]) -> dict[str, Any]:
    """A page's flat fields (`tickets_1`, `price_1`, …) in the shape of the JSON body; empty packages are left out."""
    packages = [
        {"ticket_count": form.get(f"tickets_{n}", ""), "price": form.get(f"price_{n}", "")}
        for n in range(1, PAGE_PACKAGES + 1)
        if str(form.get(f"tickets_{n}", "")).strip()
    ]
    return {**form, "packages": packages}
