"""Head office says what every slip carries: a logo that fits, a few lines that can be read, and nothing else."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity.commands import SetSlipText
from shared.domain.identity.decide import decide_set_slip_text
from shared.domain.identity.errors import LogoUnfit, NotFounded, TextUnreadable, TooManyLines
from shared.domain.identity.facts import SlipTextSet
from shared.domain.identity.manifest import SLICE, everyone
from shared.domain.identity.project import project_slip_text_set
from shared.domain.identity.rows import SlipTextRow
from shared.domain.identity.state import SlipTextCard
from shared.kernel.logo import LOGO_BYTES_MAX, LOGO_HEIGHT_MAX, LOGO_WIDTH_MAX, logo_size
from shared.pipeline.changes import Put
from tests.slices.identity.test_house import EMPTY, GIVEN, HOUSE, OWNER
from tests.slices.identity.test_units import written
from tests.support.logos import drawn_logo, one_bit_logo, picture_file

LOGO = one_bit_logo()
ORDER = SetSlipText(
    command_id=UUID(int=9), logo=LOGO, licence_lines=(" Charity no. 1182204 ", "", "Licence RR-1"),
    responsible_line="Help: 0808 8020 133",
)  # fmt: skip
TOO_WIDE = SetSlipText(command_id=UUID(int=9), logo=one_bit_logo(LOGO_WIDTH_MAX + 1, 40))
FIVE_LINES = SetSlipText(command_id=UUID(int=9), licence_lines=("1", "2", "3", "4", "5"))


def _but(**other: Any) -> SetSlipText:
    return msgspec.structs.replace(ORDER, **other)


def _set(order: SetSlipText) -> SlipTextSet:
    (fact,) = decide_set_slip_text(order, HOUSE, GIVEN)
    assert isinstance(fact, SlipTextSet)
    return fact


def test_what_is_set_stands_in_the_row_that_every_unit_gets() -> None:
    fact = _set(ORDER)
    assert (fact.organization_id, fact.logo, fact.responsible_line) == (OWNER.org_id, LOGO, "Help: 0808 8020 133")
    (change,) = project_slip_text_set(written(fact))
    assert isinstance(change, Put)
    assert isinstance(change.row, SlipTextRow)
    row = change.row
    card = SlipTextCard(row.logo, row.licence_lines, row.responsible_line)
    assert card.licence_lines == ("Charity no. 1182204", "Licence RR-1")
    assert SLICE.feeds[SlipTextRow] is everyone
    assert everyone(row) == ("org",)


def test_everything_may_be_taken_away_again() -> None:
    fact = _set(SetSlipText(command_id=UUID(int=9)))
    assert (fact.logo, fact.licence_lines, fact.responsible_line) == (b"", (), "")
    assert SlipTextCard().licence_lines == ()


@pytest.mark.parametrize(
    "logo",
    [
        b"GIF89a", b"\x89PNG\r\n\x1a\n", LOGO[:20], picture_file(drawn_logo()), TOO_WIDE.logo,
        one_bit_logo(80, LOGO_HEIGHT_MAX + 1), LOGO + bytes(LOGO_BYTES_MAX),
    ],
)  # fmt: skip
def test_a_logo_that_paper_cannot_show_is_refused(logo: bytes) -> None:
    with pytest.raises(LogoUnfit):
        decide_set_slip_text(_but(logo=logo), HOUSE, GIVEN)


@pytest.mark.parametrize("wrong", [{"licence_lines": ("a\nb",)}, {"licence_lines": ("x" * 81,)}])
def test_a_line_that_nobody_could_read_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TextUnreadable):
        decide_set_slip_text(_but(**wrong), HOUSE, GIVEN)
    with pytest.raises(TextUnreadable):
        decide_set_slip_text(_but(responsible_line="x" * 201), HOUSE, GIVEN)


def test_more_lines_than_a_slip_has_room_for_are_refused_and_empty_ones_do_not_count() -> None:
    with pytest.raises(TooManyLines):
        decide_set_slip_text(FIVE_LINES, HOUSE, GIVEN)
    assert _set(_but(licence_lines=("", "1", "", "2", "3", " ", "4"))).licence_lines == ("1", "2", "3", "4")


def test_nothing_is_printed_for_an_organisation_that_does_not_exist() -> None:
    with pytest.raises(NotFounded):
        decide_set_slip_text(ORDER, EMPTY, GIVEN)


@given(st.binary(max_size=200), st.integers(0, 40))
def test_no_bytes_at_all_are_taken_for_a_logo_beyond_the_limits(noise: bytes, kept: int) -> None:
    width, height = logo_size(LOGO[:kept] + noise)
    assert 0 <= width <= LOGO_WIDTH_MAX
    assert 0 <= height <= LOGO_HEIGHT_MAX
    assert bool(width) == bool(height)
