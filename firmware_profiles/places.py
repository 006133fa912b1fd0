"""Where something stands in a TOML file: from the path of a wrong value to the line that a person has to mend."""

import re

TABLE = re.compile(r"^\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?$")
KEY = re.compile(r"^\s*([\w.-]+)\s*=")
SYNTAX_LINE = re.compile(r"at line (\d+)")
WRONG = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>[^`]*)`)?$", re.DOTALL)
FIELD = re.compile(r"(unknown|missing required) field `(.+)`", re.DOTALL)

Path = tuple[str, ...]


def line_of(text: str, path: Path) -> int:
    """The line of the key with this path; of the nearest table or key around it where it has no line of its own."""
    lines = _key_lines(text)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def line_of_syntax(message: str, text: str) -> int:
    """The line that tomllib names, or the last one (“at end of document”)."""
    found = SYNTAX_LINE.search(message)
    return int(found[1]) if found else max(len(text.splitlines()), 1)


def wrong_value(message: str) -> tuple[str, Path, bool]:
    """What msgspec finds wrong, the path of it, and whether it is a key that is missing there."""
    found = WRONG.match(message)
    assert found is not None
    path = tuple(part for part in re.sub(r"\[[^\]]*\]", "", found["path"] or "").split(".") if part)
    field = FIELD.search(found["what"])
    if field is None:
        return found["what"], path, False
    missing = field[1] != "unknown"
    what = f"expected the key {field[2]}" if missing else f"expected no key {field[2]}: profiles have none of this name"
    return what, path if missing else (*path, field[2]), missing


def _key_lines(text: str) -> dict[Path, int]:
    lines: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := TABLE.match(line):
            table = tuple(header[1].split("."))
            lines.setdefault(table, number)
        elif key := KEY.match(line):
            lines.setdefault((*table, *key[1].split(".")), number)
    return lines
