"""Numbers as people and paper read them."""

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.digits import in_fours, in_threes, range_text


@given(number=st.integers(min_value=0, max_value=2**35))
def test_a_number_in_threes_reads_back_and_lines_up(number: int) -> None:
    text = in_threes(number)
    assert int(text.replace(" ", "")) == number
    assert len(text) >= len("000 000")
    assert all(len(group) == 3 for group in text.split(" ")[1:])


def test_a_range_says_both_ends_and_one_number_stands_alone() -> None:
    assert range_text(104_231, 104_240) == "104 231 – 104 240"
    assert range_text(104_231, 104_240, dash="-") == "104 231 - 104 240"
    assert range_text(7, 7) == "000 007"


@given(text=st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", max_size=24))
def test_a_validation_number_in_fours_loses_no_letter(text: str) -> None:
    assert in_fours(text).replace("-", "") == text


def test_a_validation_number_is_read_in_fours() -> None:
    assert in_fours("7KQ4M2XT9") == "7KQ4-M2XT-9"
