"""The reference of the protocol is true: what it names exists, and each of its lines has a test."""

import ast
import re
from functools import cache

import pytest

from tests.architecture.tree import ROOT, read

PAGE = "docs/reference/sync.md"
NAMED = re.compile(r"`([^`]+)`")
PLACE = re.compile(r"(?:shared|edge|hub|packaging|tests|docs)/[\w./-]+")
LIMIT = re.compile(r"[A-Z][A-Z_]+")
ROUTE = re.compile(r"(GET|POST) (/\S*)")
HELLO = (
    *("equal", "edge ahead", "edge behind", "same seq, other head", "hub behind"),
    *("unknown node", "revoked node", "disabled", "superseded", "forked"),
)
WAYS = (
    *("a cloned card", "a restored backup that sold on", "a restored backup that sold nothing yet"),
    *("an older database beside a newer witness", "an older copy that went its own way beside its witness"),
    *("a second clone", "a clone of a clone", "a clone's journal on a stick"),
    *("more copies than the hub keeps histories of", "other bytes that the unit never signed"),
)
INPUTS = ("bundle", "hello", "feed page", "pairing code", "file on a stick")
DAMAGES = (
    *("truncated", "replayed", "reordered", "re-signed", "oversized", "zip-bombed"),
    *("future version", "wrong organisation", "wrong node", "random bytes"),
)
TABLES = {
    "The hard core": (*map(str, range(1, 12)), "encoding", "trust"),
    "Twenty properties": tuple(f"P{number}" for number in range(1, 21)),
    "The table of a hello": HELLO,
    "Each way of forking": WAYS,
}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of a chapter's table, without its head."""
    chapter = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in chapter.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named_tests(text: str) -> list[str]:
    """The tests that a text names."""
    return [name for name in NAMED.findall(text) if "::" in name]


@cache
def functions_of(path: str) -> frozenset[str]:
    """The tests of a file; none where there is no such file."""
    if not (ROOT / path).is_file():
        return frozenset()
    nodes = ast.walk(read(path).tree)
    found = (node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


@cache
def names_of(path: str) -> frozenset[str]:
    """What a file gives a value to."""
    found: set[str] = set()
    for node in ast.walk(read(path).tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            found |= {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}
    return frozenset(found)


def missing_tests(page: str) -> list[str]:
    """Tests that a page names and nobody wrote."""
    named = [name.partition("::") for name in named_tests(page)]
    return [f"{path}::{test}" for path, _, test in named if test not in functions_of(path)]


def test_every_test_that_the_reference_names_exists() -> None:
    page = read(PAGE).text
    assert len(named_tests(page)) > 100
    assert not missing_tests(page)


def test_every_place_that_the_reference_names_exists() -> None:
    named = [name for name in NAMED.findall(read(PAGE).text) if "::" not in name and PLACE.fullmatch(name)]
    assert len(named) > 50
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("heading", list(TABLES))
def test_every_line_of_a_table_is_there_and_has_a_test(heading: str) -> None:
    found = {row[0]: row for row in rows(read(PAGE).text, heading)}
    assert tuple(found) == TABLES[heading]
    assert not [first for first, row in found.items() if not named_tests(row[-1])]


@pytest.mark.parametrize("heading", ["Receipts", "Bad input", "Other bad input"])
def test_each_promise_of_a_receipt_and_each_bad_input_has_a_test(heading: str) -> None:
    found = rows(read(PAGE).text, heading)
    assert found
    assert not [row[0] for row in found if not named_tests(row[-1])]


def untested(page: str) -> list[tuple[str, str]]:
    """Every damage of every input that no line of the page names a test for."""
    held = {
        (row[0], damage.strip())
        for row in rows(page, "Bad input")
        if len(row) == 4 and named_tests(row[-1])
        for damage in row[1].split(",")
    }
    return [(what, damage) for what in INPUTS for damage in DAMAGES if (what, damage) not in held]


def test_every_damage_of_every_input_has_a_test() -> None:
    assert not untested(read(PAGE).text)


def test_every_limit_stands_in_the_file_that_is_named() -> None:
    limits = rows(read(PAGE).text, "Limits")
    for _, figure, place in limits:
        names = [name for name in NAMED.findall(figure) if LIMIT.fullmatch(name)]
        assert names, figure
        assert set(names) <= names_of(place.strip("`")), place


def test_the_reference_names_every_route_of_the_protocol_and_no_other() -> None:
    told = {
        (found[1].lower(), found[2].partition("?")[0].partition("{")[0])
        for row in rows(read(PAGE).text, "Routes and messages")
        if (found := ROUTE.fullmatch(row[0].strip("`")))
    }
    source = read("hub/sync/controller.py").text
    served = re.findall(r'@(get|post)\(\s*"(/[a-z-]*/?)', source)
    assert told == set(served)


def test_a_planted_fault_of_a_reference_is_found() -> None:
    assert not missing_tests(
        "`tests/architecture/test_sync_reference.py::test_a_planted_fault_of_a_reference_is_found`"
    )
    assert missing_tests("`tests/architecture/test_sync_reference.py::test_nobody_wrote`")
    assert missing_tests("`tests/architecture/test_sync_reference.py::named_tests`"), "no test, only a function"
    assert untested("## Bad input\n\n| a | b | c | d |\n|---|---|---|---|\n| bundle | truncated | x | y |\n")
    assert missing_tests("`tests/architecture/no_such_file.py::test_nobody_wrote`")
    assert rows("x\n## A\n\n| a | b |\n|---|---|\n| 1 | `t` |\n\n## B\n| 2 | |\n", "A") == [["1", "`t`"]]
