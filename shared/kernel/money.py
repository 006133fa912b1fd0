"""Money: integer minor units and an ISO 4217 code in one value; no floats anywhere (design §6)."""

import re

import msgspec

from shared.kernel.errors import InputRefused

MINOR_DIGITS: dict[str, int] = {"BHD": 3, "CAD": 2, "CHF": 2, "EUR": 2, "GBP": 2, "ISK": 0, "JPY": 0, "USD": 2}
SIGNS: dict[str, str] = {"CAD": "$", "CHF": "CHF ", "EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
AMOUNT_MINOR_MAX = 10**13
GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
"""A comma groups thousands and nothing else: `12,50` is no amount, lest it be read as 1250."""


class CurrencyMismatch(AssertionError):
    """Two currencies met in one sum: our bug, never the user's."""


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in minor units of `currency` (ISO 4217)."""

    minor: int
    currency: str

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def share(self, *, percent: int) -> "Money":
        """The percentage of this amount, rounded down to the minor unit."""
        return Money(self.minor * percent // 100, self.currency)

    def exact(self) -> str:
        """As in books and on paper: `$10.00`; the minus is a real one."""
        return _write(self.minor, self.currency, MINOR_DIGITS.get(self.currency, 2))

    def short(self) -> str:
        """As on buttons: `$10`, and `$10.50` when there are cents."""
        digits = MINOR_DIGITS.get(self.currency, 2)
        if digits and self.minor % 10**digits == 0:
            return _write(self.minor // 10**digits, self.currency, 0)
        return _write(self.minor, self.currency, digits)


def _write(amount: int, currency: str, digits: int) -> str:
    sign = "−" if amount < 0 else ""
    whole, cents = divmod(abs(amount), 10**digits)
    fraction = f".{cents:0{digits}d}" if digits else ""
    return f"{sign}{SIGNS.get(currency, currency + ' ')}{whole:,}{fraction}"


def parse_amount(text: str, currency: str) -> Money:
    """Read `12`, `12.5` or `12.50` as money of `currency`; InputRefused when it is not an amount."""
    digits = MINOR_DIGITS.get(currency, 2)
    whole, _, cents = text.strip().partition(".")
    if GROUPED.fullmatch(whole):
        whole = whole.replace(",", "")
    readable = f"{whole}{cents}".isascii() and whole.isdigit() and (cents.isdigit() or not cents)
    if not readable or len(cents) > digits:
        raise InputRefused(field="Amount", problem=f"“{text[:20]}” is not an amount; write it like 12.50")
    if len(whole) > len(str(AMOUNT_MINOR_MAX)):
        raise InputRefused(field="Amount", problem="it is larger than any till holds")
    minor = int(whole) * 10**digits + (int(cents.ljust(digits, "0")) if digits and cents else 0)
    if minor > AMOUNT_MINOR_MAX:
        raise InputRefused(field="Amount", problem="it is larger than any till holds")
    return Money(minor, currency)
