"""House rules a machine can hold: each takes one source and yields what it finds, naming what to do instead."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.tree import Offence, Source

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 40
TEST_FUNCTION_LINES_MAX = 60
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "data", "info"}

_MOMENT = "take a Moment, or a Clock whose now() gives one; only a clock module reads the machine's clock"
_CHANCE = "take chance as bytes or a random.Random; only a chance module draws it"
CLOCK_CALLS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow"),
    *("date.today", "datetime.date.today", "time.time", "time.time_ns"),
}
CHANCE_CALLS = {"uuid.uuid4", "uuid4", "uuid.uuid1", "uuid1"}
RANDOM_ALLOWED = {"random.Random"}
SKIPS = {
    "pytest.skip",
    "pytest.xfail",
    "pytest.importorskip",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
}
COMMENT_BANS = {
    r"\b(TODO|FIXME|XXX)\b": "do it now, or write an issue",
    r"#\s*type:\s*ignore": "give the type; a stub or a cast says more than silence",
}


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of names, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def _calls(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            yield node.lineno, name


def file_is_short(source: Source) -> Iterator[Offence]:
    count = source.text.count("\n")
    if count > FILE_LINES_MAX:
        yield Offence(source.path, count, f"a file of {count} lines is two things; {FILE_LINES_MAX} is the limit")


def functions_are_short(source: Source) -> Iterator[Offence]:
    limit = FUNCTION_LINES_MAX if source.is_strict else TEST_FUNCTION_LINES_MAX
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > limit:
                yield Offence(
                    source.path, node.lineno, f"{node.name} has {length} lines; {limit} is the limit: split it"
                )


def names_say_something(source: Source) -> Iterator[Offence]:
    for part in (*source.parts[:-1], source.stem):
        if part in BANNED_NAMES:
            yield Offence(source.path, 1, f"“{part}” says nothing; name the module for what it knows")


def module_says_why(source: Source) -> Iterator[Offence]:
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield Offence(source.path, 1, "the module says why it exists, in a docstring at its top")


def time_is_handed_in(source: Source) -> Iterator[Offence]:
    if not source.is_product or source.parts[0] == "packaging" or source.stem == "clock":
        return
    for line, name in _calls(source):
        if name in CLOCK_CALLS:
            yield Offence(source.path, line, f"{name}(): {_MOMENT}")


def chance_is_handed_in(source: Source) -> Iterator[Offence]:
    if not source.is_product or source.stem == "chance":
        return
    for line, name in _calls(source):
        if name in CHANCE_CALLS or (name.startswith("random.") and name not in RANDOM_ALLOWED):
            yield Offence(source.path, line, f"{name}(): {_CHANCE}")
    for line, name in source.imports():
        if name.startswith("random.") and name not in RANDOM_ALLOWED:
            yield Offence(source.path, line, f"{name}: {_CHANCE}")


def nothing_prints(source: Source) -> Iterator[Offence]:
    if not source.is_product or source.stem.startswith("console") or source.path.startswith("shared/console/"):
        return
    for line, name in _calls(source):
        if name == "print":
            yield Offence(source.path, line, "print(): log an event with structlog; a command speaks by click.echo")


def nothing_is_patched(source: Source) -> Iterator[Offence]:
    instead = "hand in a virtual device, a clock or a fake through the constructor"
    for line, name in source.imports():
        if name.split(".")[0] in {"mock", "pytest_mock"} or name.startswith("unittest.mock"):
            yield Offence(source.path, line, f"{name}: {instead}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg) and node.arg in {"monkeypatch", "mocker"}:
            yield Offence(source.path, node.lineno, f"{node.arg}: {instead}")
        if isinstance(node, ast.Attribute) and dotted(node) == "pytest.MonkeyPatch":
            yield Offence(source.path, node.lineno, f"pytest.MonkeyPatch: {instead}")


def nothing_is_skipped(source: Source) -> Iterator[Offence]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in SKIPS:
            yield Offence(source.path, node.lineno, f"{dotted(node)}: a test runs, or fails with one clear sentence")


def no_promises_in_comments(source: Source) -> Iterator[Offence]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            for pattern, instead in COMMENT_BANS.items():
                if re.search(pattern, token.string):
                    yield Offence(source.path, token.start[0], f"{token.string}: {instead}")


RULES = (
    file_is_short,
    functions_are_short,
    names_say_something,
    module_says_why,
    time_is_handed_in,
    chance_is_handed_in,
    nothing_prints,
    nothing_is_patched,
    nothing_is_skipped,
    no_promises_in_comments,
)
