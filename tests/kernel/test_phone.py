"""A phone is read as people type it, and the same phone always gives the same text."""

from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.dialling import ZONES_OF_CODE, calling_code
from shared.kernel.errors import InputRefused
from shared.kernel.phone import parse_phone


@pytest.mark.parametrize(
    ("typed", "code", "read"),
    [
        ("07700 900123", "44", "+447700900123"),
        ("+44 (0)7700 900-123", "1", "+447700900123"),
        ("0044 7700/900.123", "", "+447700900123"),
        ("(416) 555-0142", "1", "+14165550142"),
        ("1 416 555 0142", "1", "+14165550142"),
        ("011 44 7700 900123", "1", "+447700900123"),
        ("06 1234 5678", "39", "+390612345678"),
        ("8 912 345-67-89", "7", "+79123456789"),
        ("912 345 67 89", "7", "+79123456789"),
        ("06 20 123 4567", "36", "+36201234567"),
        ("612 34 56 78", "34", "+34612345678"),
        ("  030 901820 ", "49", "+4930901820"),
        ("+49\u00a030\u201190 18 20", "", "+4930901820"),
    ],
)
def test_what_buyers_say_at_the_stand_is_read_as_one_number(typed: str, code: str, read: str) -> None:
    assert parse_phone(typed, code) == read


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("call me", "44"),
        ("12", "44"),
        ("+1234567", ""),
        ("+1234567890123456", ""),
        ("07700 900123", ""),
        ("+0 7700 900123", "44"),
        ("555-0142", "1"),
        ("+1 416 555 01422", ""),
        ("+()", "44"),
        ("4+4 7700 900123", "44"),
        ("٠٧٧٠٠ ٩٠٠١٢٣", "44"),
        ("1" * 60, "44"),
    ],
)
def test_what_is_no_number_is_refused_and_not_repeated_in_the_sentence(typed: str, code: str) -> None:
    with pytest.raises(InputRefused) as refused:
        parse_phone(typed, code)
    assert "leave it empty" in str(refused.value)
    assert typed not in str(refused.value)
    assert typed not in refused.value.values.values()


@given(st.integers(10**7, 10**9 - 1), st.sampled_from(["44", "49", "33", "61", "46"]), st.text(" -./()", max_size=3))
def test_the_same_number_with_and_without_its_country_is_the_same_phone(number: int, code: str, gap: str) -> None:
    national = f"{str(number)[:3]}{gap}{str(number)[3:]}"
    read = parse_phone("0" + national, code)
    assert read == f"+{code}{number}"
    assert {
        parse_phone(typed, other) for typed in (f"+{code} {national}", f"00{code}{national}") for other in ("", code)
    } == {read}


@given(st.text(max_size=50), st.sampled_from(["", "1", "7", "36", "39", "44"]))
def test_any_text_gives_a_number_or_a_sentence(typed: str, code: str) -> None:
    try:
        read = parse_phone(typed, code)
    except InputRefused:
        return
    assert read[0] == "+"
    assert read[1:].isdigit()
    assert parse_phone(read, code) == read


def test_every_zone_of_the_table_is_a_zone_and_implies_one_country() -> None:
    zones = [
        f"{area}/{place}"
        for areas in ZONES_OF_CODE.values()
        for part in areas.split("; ")
        for area, _, places in [part.partition("/")]
        for place in places.split()
    ]
    assert len(zones) == len(set(zones)) > 400
    assert set(zones) <= available_timezones()
    assert [
        calling_code(zone) for zone in ("Europe/London", "America/Toronto", "America/Argentina/Ushuaia", "UTC")
    ] == [
        "44",
        "1",
        "54",
        "",
    ]
