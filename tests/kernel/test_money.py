"""Money: whole minor units, never a cent gained or lost on the way through text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import InputRefused
from shared.kernel.money import AMOUNT_MINOR_MAX, MINOR_DIGITS, CurrencyMismatch, Money, parse_amount

currencies = st.sampled_from(sorted(MINOR_DIGITS))
minors = st.integers(min_value=0, max_value=AMOUNT_MINOR_MAX)
any_minors = st.integers(min_value=-AMOUNT_MINOR_MAX, max_value=AMOUNT_MINOR_MAX)


def _digits_of(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit() or letter in ".,")


@given(minor=minors, currency=currencies)
def test_what_is_written_exactly_reads_back_as_the_same_money(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_amount(_digits_of(money.exact()), currency) == money
    assert parse_amount(_digits_of(money.short()), currency) == money


@given(a=any_minors, b=any_minors, currency=currencies)
def test_adding_and_taking_away_gives_the_same_money_back(a: int, b: int, currency: str) -> None:
    assert Money(a, currency) + Money(b, currency) - Money(b, currency) == Money(a, currency)


@given(minor=minors, percent=st.integers(min_value=0, max_value=100), currency=currencies)
def test_a_share_and_the_rest_make_the_whole_and_the_share_is_never_rounded_up(
    minor: int, percent: int, currency: str
) -> None:
    whole = Money(minor, currency)
    share = whole.share(percent=percent)
    assert share + (whole - share) == whole
    assert share.minor * 100 <= minor * percent < (share.minor + 1) * 100


def test_two_currencies_never_meet_in_one_sum() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("money", "exact", "short"),
    [
        (Money(1000, "USD"), "$10.00", "$10"),
        (Money(1050, "USD"), "$10.50", "$10.50"),
        (Money(-1050, "EUR"), "−€10.50", "−€10.50"),
        (Money(1_234_500, "GBP"), "£12,345.00", "£12,345"),
        (Money(500, "JPY"), "¥500", "¥500"),
        (Money(1500, "BHD"), "BHD 1.500", "BHD 1.500"),
        (Money(0, "CHF"), "CHF 0.00", "CHF 0"),
    ],
)
def test_money_is_written_as_people_write_it(money: Money, exact: str, short: str) -> None:
    assert (money.exact(), money.short()) == (exact, short)


@pytest.mark.parametrize(
    "text", ["", "abc", "-5", "1.234", "1e3", "NaN", "١٢", "12.x", "1.2.3", ".", "1.²", "1.٢", "1" * 40, "1" * 5000]
)
def test_what_is_no_amount_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InputRefused, match="Amount: "):
        parse_amount(text, "USD")


@given(text=st.text(max_size=30), currency=currencies)
def test_any_text_is_an_amount_or_is_refused_and_nothing_else(text: str, currency: str) -> None:
    try:
        money = parse_amount(text, currency)
    except InputRefused:
        return
    assert 0 <= money.minor <= AMOUNT_MINOR_MAX
