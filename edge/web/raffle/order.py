"""One order before its sale: what is to pay, the notes, how often; filled anew with what was typed after a refusal."""

from uuid import UUID

from edge.runtime.unit import Unit
from edge.web.raffle.forms import SaleForm
from edge.web.raffle.notes import next_notes
from edge.web.raffle.stage import Stage
from edge.web.raffle.view import PackageView, PayView
from shared.domain.raffle.errors import UnknownEvent, UnknownPackage
from shared.domain.raffle.facts import Package
from shared.domain.raffle.state import TICKETS_PER_SALE_MAX, TIMES_MAX
from shared.kernel.errors import InputRefused, TillhouseError
from shared.kernel.money import MINOR_DIGITS, SIGNS, Money

STEPS = ("cash", "other", "card")
PHONE_FIELD = "Phone"


def package_views(stage: Stage, now_ms: int, *, sold: UUID | None) -> tuple[PackageView, ...]:
    """The slabs; what cannot be sold stays in its place and says why. `sold` flashes."""
    if stage.event is None:
        return ()
    currency = stage.event.currency
    stopped = "unit stopped" if stage.stops.stopped(now_ms) else ""
    return tuple(
        PackageView(
            package_id=str(package.package_id),
            tickets=package.ticket_count,
            price=Money(package.price_minor, currency),
            refused=stopped or (_too_few(stage.left) if package.ticket_count > stage.left else ""),
            flash=package.package_id == sold,
        )
        for package in stage.packages
    )


def _too_few(left: int) -> str:
    return {0: "no numbers left", 1: "1 number left"}.get(left, f"{left} numbers left")


def chosen_package(stage: Stage, package_id: UUID) -> Package:
    """The package of an order; UnknownEvent or UnknownPackage."""
    if stage.event is None:
        raise UnknownEvent
    package = stage.package(package_id)
    if package is None:
        raise UnknownPackage(event=stage.event.name)
    return package


def times_max(package: Package, left: int) -> int:
    """How often the package fits into one sale and into the numbers left."""
    return max(1, min(TIMES_MAX, TICKETS_PER_SALE_MAX // package.ticket_count, left // package.ticket_count))


def pay_view(unit: Unit, stage: Stage, package: Package, times: int, step: str = "cash") -> PayView:
    """The order as the buyer pays it."""
    assert stage.event is not None
    currency = stage.event.currency
    price = Money(package.price_minor, currency)
    return PayView(
        command_id=str(unit.new_id()),
        event_id=str(stage.event.event_id),
        package_id=str(package.package_id),
        tickets=package.ticket_count,
        price=price,
        times=times,
        times_max=times_max(package, stage.left),
        to_pay=price * times,
        notes=next_notes(price * times),
        step="other" if step == "other" else "card" if step == "card" else "cash",
        minor_digits=MINOR_DIGITS.get(currency, 2),
        sign=SIGNS.get(currency, currency + " "),
        takes_phone=not stage.event.training and not unit.contacts.why_not,
    )


def step_of(form: SaleForm) -> str:
    """The block of the order that the form came from."""
    return "card" if form.tender == "card" else "other" if form.received else "cash"


def refused_pay_view(
    unit: Unit, stage: Stage, package: Package, times: int, *, form: SaleForm, error: TillhouseError
) -> PayView:
    """The same order with the sentence at its control and what was typed still there."""
    view = pay_view(unit, stage, package, times, step_of(form))
    fields = {name: getattr(view, name) for name in view.__struct_fields__}
    kept = {"received_text": form.received[:20], "reference": form.reference[:32], "phone": form.phone[:40]}
    about_phone = isinstance(error, InputRefused) and error.values["field"] == PHONE_FIELD
    said = {"refused": str(error), "refused_code": error.code, "phone_refused": about_phone}
    return PayView(**{**fields, **kept, **said})
