"""A validation number proves a ticket: mistyped it is found, guessed it is not, and it names its draw number."""

import itertools
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.digits import in_fours
from shared.kernel.validation import ALPHABET, DRAW_NUMBER_MAX, draw_number_in, lease_key, tidy, validation_number

EVENT, LEASE = UUID(int=1), UUID(int=2)
KEY = lease_key(b"event key", LEASE)
draw_numbers = st.integers(0, DRAW_NUMBER_MAX)


def _number(first: int) -> str:
    return validation_number(KEY, event_id=EVENT, lease_id=LEASE, first=first)


@given(draw_numbers)
def test_a_validation_number_names_its_draw_number_and_has_21_letters(first: int) -> None:
    number = _number(first)
    assert draw_number_in(number) == first
    assert len(number) == 21
    assert set(number) <= set(ALPHABET)


@given(draw_numbers)
def test_every_single_wrong_letter_is_found(first: int) -> None:
    number = _number(first)
    for place, letter in itertools.product(range(21), ALPHABET):
        typed = number[:place] + letter + number[place + 1 :]
        assert (draw_number_in(typed) is None) == (letter != number[place])


@given(draw_numbers)
def test_every_two_letters_that_changed_places_are_found(first: int) -> None:
    number = _number(first)
    for one, two in itertools.combinations(range(21), 2):
        letters = list(number)
        letters[one], letters[two] = letters[two], letters[one]
        assert (draw_number_in("".join(letters)) is None) == (number[one] != number[two])


@given(draw_numbers)
def test_a_letter_left_out_or_typed_twice_is_found(first: int) -> None:
    number = _number(first)
    for place in range(21):
        assert draw_number_in(number[:place] + number[place + 1 :]) is None
        assert draw_number_in(number[:place] + number[place] + number[place:]) is None


@given(draw_numbers, draw_numbers)
def test_two_draw_numbers_never_share_a_validation_number(one: int, two: int) -> None:
    assert (_number(one) == _number(two)) == (one == two)


@given(draw_numbers)
def test_another_key_event_or_lease_proves_something_else(first: int) -> None:
    other = UUID(int=3)
    numbers = {
        _number(first),
        validation_number(lease_key(b"other key", LEASE), event_id=EVENT, lease_id=LEASE, first=first),
        validation_number(KEY, event_id=other, lease_id=LEASE, first=first),
        validation_number(KEY, event_id=EVENT, lease_id=other, first=first),
    }
    assert len(numbers) == 4
    assert {draw_number_in(number) for number in numbers} == {first}


def test_each_lease_has_a_key_of_its_own() -> None:
    keys = {lease_key(secret, lease) for secret in (b"a", b"b") for lease in (LEASE, UUID(int=3))}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


@given(draw_numbers)
def test_what_people_type_is_read_as_it_stands_on_paper(first: int) -> None:
    number = _number(first)
    typed = in_fours(number).lower().replace("0", "o").replace("1", "l")
    assert tidy(typed) == tidy(typed.replace("l", "i")) == tidy(f"  {typed} ") == number
    assert draw_number_in(typed) == first


@pytest.mark.parametrize("typed", ["", "0", "U" * 21, "é" * 21, "0" * 20, "0" * 22, "-" * 21, "🎟" * 21])
def test_what_is_no_validation_number_names_no_draw_number(typed: str) -> None:
    assert draw_number_in(typed) is None


@given(st.text(max_size=40))
def test_any_text_is_answered_with_a_number_in_range_or_none(typed: str) -> None:
    found = draw_number_in(typed)
    assert found is None or 0 <= found <= DRAW_NUMBER_MAX


@pytest.mark.parametrize("first", [-1, DRAW_NUMBER_MAX + 1])
def test_a_draw_number_that_does_not_fit_is_a_bug(first: int) -> None:
    with pytest.raises(AssertionError):
        _number(first)
