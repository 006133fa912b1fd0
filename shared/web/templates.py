"""The Jinja environment that both sides' pages are rendered with: one set of macros, filters and asset addresses."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2

from shared.kernel.digits import in_fours, in_threes, range_text
from shared.kernel.money import Money

HERE = Path(__file__).resolve().parent
BUILT = HERE / "built"
STATIC_PATH = "/static"


def environment(folders: Iterable[Path], *, built: Path = BUILT) -> jinja2.Environment:
    """An environment over `folders` and the shared macros (`macros.html`); asset addresses carry the built version.

    Unknown names in a template are errors, not silence; all output is escaped.
    """
    loader = jinja2.FileSystemLoader([*map(str, folders), str(HERE / "jinja")])
    env = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    version = _version(built)

    def asset(name: str) -> str:
        """The address of a built file, for example `/static/3f2a91c07d55/app.css`."""
        return f"{STATIC_PATH}/{version}/{name}"

    names: dict[str, Any] = {"asset": asset}
    env.globals.update(names)
    env.filters.update(
        short=Money.short,
        exact=Money.exact,
        threes=in_threes,
        fours=in_fours,
        count=count,
        waiting=waiting,
        span=span,
        ago=ago,
        drawn=drawn,
    )
    return env


def count(number: int, word: str) -> str:
    """`1 ticket`, `12 tickets`, `1,204 sales`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def waiting(number: int, known: bool) -> str:
    """A count that cannot be known exactly gets a plus: `12+`."""
    return f"{number}" if known else f"{number}+"


def span(seconds: int) -> str:
    """Under five minutes `4:32`, under two hours `31 min`, then `3 h`."""
    if seconds < 300:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds // 60} min" if seconds < 7_200 else f"{seconds // 3_600} h"


def ago(seconds: int | None) -> str:
    """When a unit was last seen: `now`, `4 s`, `47 min`, `3 h`; unknown is a dash."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return "now"
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7_200 else f"{seconds // 3_600} h"


def drawn(ranges: Iterable[tuple[int, int]], prefix: str = "") -> str:
    """Draw numbers as ranges in threes; `prefix` is the training event's letter."""
    lead = f"{prefix} " if prefix else ""
    texts = (range_text(first, last).replace("– ", f"– {lead}") for first, last in ranges)
    return ", ".join(lead + text for text in texts)


def _version(built: Path) -> str:
    manifest = built / "manifest.json"
    if not manifest.exists():
        return "unbuilt"
    found: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return str(found["version"])
