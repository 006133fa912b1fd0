"""A device's firmware is held against the oldest that was approved, number by number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_profiles.firmware import firmware_standing, version_of

versions = st.lists(st.integers(0, 99), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("firmware", "minimum", "standing"),
    [
        ("30.21 ESC/POS", "30.21", "approved"),
        ("30.9", "30.21", "old"),
        ("2.0", "2", "approved"),
        ("2", "2.0.1", "old"),
        ("", "2.0", "untold"),
        ("newest", "2.0", "unclear"),
        ("30.21", None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_a_firmware_is_approved_from_its_minimum_on(firmware: str, minimum: str | None, standing: str) -> None:
    assert firmware_standing(firmware, minimum) == standing


@given(versions, versions)
def test_versions_are_compared_as_numbers_and_never_as_letters(one: list[int], other: list[int]) -> None:
    texts = [".".join(map(str, parts)) for parts in (one, other)]
    longer = max(len(one), len(other))
    filled = [parts + [0] * (longer - len(parts)) for parts in (one, other)]
    assert (version_of(f"FW {texts[0]} x") < version_of(texts[1])) == (filled[0] < filled[1])
