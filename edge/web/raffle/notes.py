"""Which notes a buyer is likely to hand over: the next three sensible amounts above the price. Pure."""

from edge.web.raffle.view import NoteView
from shared.kernel.money import MINOR_DIGITS, Money

NOTES_SHOWN = 3
WHOLE_NOTES: dict[str, tuple[int, ...]] = {
    "BHD": (1, 5, 10, 20),
    "CHF": (10, 20, 50, 100, 200),
    "GBP": (5, 10, 20, 50),
    "ISK": (500, 1_000, 5_000, 10_000),
    "JPY": (1_000, 5_000, 10_000),
}
USUAL_NOTES = (5, 10, 20, 50, 100)
LARGE_NOTES = 3
"""Several of one note are handed over only of the largest."""


def next_notes(price: Money) -> tuple[NoteView, ...]:
    """For $10: $20, $50, $100; for $20: $40, $50, $100."""
    unit = 10 ** MINOR_DIGITS.get(price.currency, 2)
    notes = [note * unit for note in WHOLE_NOTES.get(price.currency, USUAL_NOTES)]
    single = {note for note in notes if note > price.minor}
    several = {(price.minor // note + 1) * note for note in notes[-LARGE_NOTES:]}
    largest = notes[-1]
    beyond = {(price.minor // largest + more) * largest for more in (1, 2, 3)}
    amounts = sorted(single | several) + sorted(beyond - single - several)
    return tuple(
        NoteView(Money(minor, price.currency), Money(minor, price.currency) - price) for minor in amounts[:NOTES_SHOWN]
    )
