"""What a sale and an undo send, from the page or a script: read once, into an order or a sentence."""

from uuid import UUID

import msgspec

from edge.web.raffle.view import Tender
from edge.web.site.fields import parse_id
from shared.domain.raffle.commands import SellTickets, UndoSale
from shared.domain.raffle.state import TIMES_MAX
from shared.kernel.dialling import calling_code
from shared.kernel.errors import InputRefused
from shared.kernel.money import AMOUNT_MINOR_MAX, parse_amount
from shared.kernel.phone import parse_phone

TEXT_LETTERS_MAX = 200
TICKETS_DIGITS_MAX = 15


class SaleForm(msgspec.Struct, frozen=True, kw_only=True):
    """A sale. `command_id` makes it happen once. For cash either `received_minor` (minor units) or `received`
    (an amount as typed, `12.50`); neither means exactly the price. For card the terminal's `reference`. `phone` is
    the buyer's, as typed, where they want to leave it.
    """

    command_id: str = ""
    event_id: str = ""
    package_id: str = ""
    times: int | str = 1
    tender: str = "cash"
    received_minor: int | str = ""
    received: str = ""
    reference: str = ""
    phone: str = ""


class UndoForm(msgspec.Struct, frozen=True):
    """An undo of one's own last sale. Pages name the sale in the form, scripts in the address."""

    command_id: str = ""
    sale_id: str = ""


def parse_times(times: int | str) -> int:
    """How many times the package; InputRefused for anything but a small whole number."""
    number = parse_whole(times, "Times")
    if not 1 <= number <= TIMES_MAX:
        raise InputRefused(field="Times", problem=f"sell the package 1 to {TIMES_MAX} times")
    return number


def parse_whole(value: int | str, field: str) -> int:
    """A whole number from 0 up that fits a till."""
    text = str(value).strip()
    if not text.isascii() or not text.isdigit() or len(text) > TICKETS_DIGITS_MAX or int(text) > AMOUNT_MINOR_MAX:
        raise InputRefused(field=field, problem=f"“{text[:20]}” is no such number; use the keys of the page")
    return int(text)


def parse_tender(text: str) -> Tender:
    """Cash or card; InputRefused otherwise."""
    if text == "cash":
        return "cash"
    if text == "card":
        return "card"
    raise InputRefused(field="Tender", problem="choose cash or card")


def parse_received(form: SaleForm, *, price_minor: int, currency: str) -> int:
    """What the buyer gave, in minor units; the price where the form does not say."""
    if form.received.strip():
        return parse_amount(form.received, currency).minor
    if form.received_minor == "":
        return price_minor
    return parse_whole(form.received_minor, "Cash received")


def parse_contact(form: SaleForm, *, zone: str, training: bool) -> str:
    """The buyer's phone in E.164, empty where none was left; a number without `+` is one of the venue's country."""
    if not form.phone.strip():
        return ""
    if training:
        raise InputRefused(field="Phone", problem="training notes nobody; leave it empty")
    return parse_phone(form.phone, calling_code(zone))


def parse_sale(form: SaleForm, *, seller: UUID, price_minor: int, currency: str) -> SellTickets:
    """The order of a form; `price_minor` is of one package."""
    times = parse_times(form.times)
    tender = parse_tender(form.tender)
    price = price_minor * times
    return SellTickets(
        command_id=parse_id(form.command_id, "Order"),
        actor=seller,
        event_id=parse_id(form.event_id, "Event"),
        package_id=parse_id(form.package_id, "Package"),
        times=times,
        tender=tender,
        received_minor=parse_received(form, price_minor=price, currency=currency) if tender == "cash" else price,
        reference=form.reference[:TEXT_LETTERS_MAX].strip(),
    )


def parse_undo(form: UndoForm, *, seller: UUID) -> UndoSale:
    """The order of an undo."""
    return UndoSale(command_id=parse_id(form.command_id, "Order"), actor=seller, sale_id=parse_id(form.sale_id, "Sale"))
