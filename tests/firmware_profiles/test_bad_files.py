"""A file with errors is refused with its name, the line to mend, and what is expected there."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_profiles import PRINTERS, SCANNERS, ProfileInvalid, ProfileUnknown, facts, load_printer
from firmware_profiles.places import line_of, line_of_syntax, wrong_value
from firmware_profiles.shelf import Shelf, over

GOOD = """title = "A printer"
supported = true
paper_mm = 58
print_dots = 384
dpi = 203
code_page = { name = "CP437", number = 0, codec = "cp437" }

[fonts]
a = { width_dots = 12 }
b = { width_dots = 9 }

[sources]
paper = ["a manual"]
"""

BAD = {
    "no TOML": ("supported = true\n", "supported = = true\n", 2, "expected TOML"),
    "cut off": ('paper = ["a manual"]\n', 'paper = ["a man', 13, "expected TOML"),
    "text for a number": ("dpi = 203", 'dpi = "203"', 5, "expected `int"),
    "nothing wide": ("print_dots = 384", "print_dots = 0", 4, "expected `int` >= 1"),
    "a word that nobody knows": ("dpi = 203", 'dpi = 203\nstatus = "maybe"', 6, "'maybe'"),
    "a key that nobody knows": ("dpi = 203", "dpi = 203\ncolour = 3", 6, "expected no key colour"),
    "a key inside a table": ("a = { width_dots = 12 }", "a = { width = 12 }", 9, "expected no key width"),
    "a key that is missing": ("supported = true\n", "", 1, "expected the key supported"),
    "a key missing in a table": (
        "a = { width_dots = 12 }",
        "a = { height_dots = 24 }",
        9,
        "expected the key width_dots",
    ),
    "a page of a number too high": ("number = 0", "number = 300", 6, "expected `int` <= 255"),
    "a source without list": ('paper = ["a manual"]', 'paper = "a manual"', 13, "expected `array`"),
    "supported, and unknown is how": (
        "print_dots = 384\n",
        "",
        2,
        "expected supported = false, while unknown are: print_dots",
    ),
    "not supported for no reason": ("supported = true", "supported = false", 2, "expected supported = true"),
    "a name": ("dpi = 203", 'dpi = 203\nname = "other"', 6, "called as its file"),
    "a number to inherit from": ("dpi = 203", "dpi = 203\ninherits = 5", 6, "as text"),
    "nobody to inherit from": ("dpi = 203", 'dpi = 203\ninherits = "base"', 6, "no printer profile “base”"),
}


def shelf(folder: Path, **texts: str) -> Shelf:
    """A shelf with these printer files."""
    (folder / "printers").mkdir()
    for name, text in texts.items():
        (folder / "printers" / f"{name}.toml").write_text(text, encoding="utf-8")
    return Shelf(folder)


def test_the_good_file_is_good(tmp_path: Path) -> None:
    assert shelf(tmp_path, good=GOOD).facts(PRINTERS, "good").print_dots == 384


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_named_with_its_line_and_what_is_expected(case: str, tmp_path: Path) -> None:
    before, after, line, expected = BAD[case]
    assert before in GOOD
    with pytest.raises(ProfileInvalid) as refused:
        shelf(tmp_path, bad=GOOD.replace(before, after)).facts(PRINTERS, "bad")
    assert (refused.value.file, refused.value.line) == ("printers/bad.toml", line)
    assert expected in refused.value.expected
    assert str(refused.value).startswith(f"printers/bad.toml, line {line}: ")


@given(place=st.integers(0, len(GOOD) - 1), stroke=st.sampled_from([*'"=[]{}.#-\n 0aé\0', ""]))
def test_one_wrong_stroke_anywhere_is_a_profile_or_a_sentence_with_a_line(place: int, stroke: str) -> None:
    text = GOOD[:place] + stroke + GOOD[place + 1 :]
    with TemporaryDirectory() as folder:
        refused = complaint(shelf(Path(folder), struck=text))
    if refused is not None:
        assert 1 <= refused.line <= len(text.splitlines())
        assert refused.expected.startswith("expected")


def complaint(bad: Shelf) -> ProfileInvalid | None:
    """What is wrong with the file `struck`."""
    try:
        bad.facts(PRINTERS, "struck")
    except ProfileInvalid as refused:
        return refused
    return None


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path: Path) -> None:
    torn = shelf(tmp_path)
    (tmp_path / "printers" / "torn.toml").write_bytes(b'title = "x"\nsupported = \xff\n')
    with pytest.raises(ProfileInvalid, match="line 2: expected text in UTF-8"):
        torn.facts(PRINTERS, "torn")


def test_the_fault_of_an_ancestor_is_named_in_the_ancestor(tmp_path: Path) -> None:
    child = 'inherits = "base"\ntitle = "A child"\n'
    with pytest.raises(ProfileInvalid) as refused:
        shelf(tmp_path, base=GOOD.replace("dpi = 203", "dpi = -1"), child=child).facts(PRINTERS, "child")
    assert (refused.value.file, refused.value.line) == ("printers/base.toml", 5)


def test_a_child_that_spoils_a_good_value_is_named_itself(tmp_path: Path) -> None:
    child = 'inherits = "base"\n\n[fonts]\nb = { width_dots = 0 }\n'
    with pytest.raises(ProfileInvalid) as refused:
        shelf(tmp_path, base=GOOD, child=child).facts(PRINTERS, "child")
    assert (refused.value.file, refused.value.line) == ("printers/child.toml", 4)


@pytest.mark.parametrize(
    "texts",
    [
        {"a": 'inherits = "a"\n'},
        {"a": '# one\ninherits = "b"\n', "b": 'inherits = "c"\n', "c": 'inherits = "a"\n'},
    ],
    ids=["of itself", "of three"],
)
def test_profiles_that_inherit_in_a_circle_are_refused(texts: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid, match="in a circle") as refused:
        shelf(tmp_path, **texts).facts(PRINTERS, "a")
    assert refused.value.line == len(texts["a"].splitlines())


def test_a_model_without_profile_is_answered_with_the_nearest_and_the_generic_ones() -> None:
    with pytest.raises(ProfileUnknown, match="nearest: epson-tm-t88v"):
        load_printer("epson-tm-t88")
    with pytest.raises(ProfileUnknown, match="generic-58, generic-80, virtual-58"):
        load_printer("qqqqqq")
    with pytest.raises(ProfileUnknown, match="no scanner profile “honeywel”; nearest: honeywell"):
        facts(SCANNERS, "honeywel")


def test_no_name_leads_out_of_the_folder() -> None:
    with pytest.raises(ProfileUnknown):
        load_printer("../scanners/honeywell")


def test_tables_are_laid_over_each_other_key_by_key() -> None:
    assert over({"a": {"b": 1, "c": 2}, "d": 1}, {"a": {"b": 3}, "d": {}}) == {"a": {"b": 3, "c": 2}, "d": {}}


def test_a_child_may_say_that_what_holds_for_its_parent_is_unknown_of_itself(tmp_path: Path) -> None:
    child = 'inherits = "base"\ntear_lines = "unknown"\n\n[fonts]\na = { height_dots = "unknown" }\n'
    base = GOOD.replace("dpi = 203", "dpi = 203\ntear_lines = 3").replace("12 }", "12, height_dots = 24 }")
    of_child = shelf(tmp_path, base=base, child=child).facts(PRINTERS, "child")
    assert {"tear_lines", "fonts.a.height_dots"} <= set(of_child.unknown())
    assert of_child.fact("fonts.a.width_dots") == 12


def test_a_line_is_found_by_the_nearest_key_that_has_one() -> None:
    text = "a = 1\n[b.c]\nd = [\n    [0, 1],\n]\n[[e]]\nf.g = 2\n"
    assert line_of(text, ("a",)) == 1
    assert line_of(text, ("b", "c", "d", "x")) == 3
    assert line_of(text, ("e", "f", "g")) == 7
    assert line_of(text, ("nowhere",)) == 1
    assert line_of_syntax("Unclosed array (at end of document)", text) == 7


def test_the_words_of_the_checker_become_a_path() -> None:
    assert wrong_value("Expected `int`, got `str` - at `$.found.usb[0].vendor`") == (
        "Expected `int`, got `str`",
        ("found", "usb", "vendor"),
        False,
    )
    assert wrong_value("Object missing required field `pin` - at `$.kick`") == ("expected the key pin", ("kick",), True)
