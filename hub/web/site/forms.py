"""Untrusted input into a form's type, the same for a page's form and a JSON body; InputRefused names the field."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from shared.kernel.errors import InputRefused

T = TypeVar("T", bound=msgspec.Struct)
PATH = re.compile(r" - at `\$\.?([^`]*)`$")


def parse(kind: type[T], given: Mapping[str, Any]) -> T:
    """`given` as a `kind`; texts stand for numbers and ids, an empty text for a field left out."""
    filled = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
    filled = {name: value for name, value in filled.items() if value != ""}
    try:
        return msgspec.convert(filled, kind, strict=False)
    except msgspec.ValidationError as problem:
        raise refused_input(str(problem)) from problem


def refused_input(problem: str) -> InputRefused:
    """What is wrong with which field, from a decoder's words."""
    if missing := re.search(r"required field `([^`]+)`", problem):
        return InputRefused(field=in_words(missing.group(1)), problem="fill it in")
    place = PATH.search(problem)
    words = PATH.sub("", problem)
    return InputRefused(field=in_words(place.group(1)) if place and place.group(1) else "Input", problem=_lower(words))


def in_words(name: str) -> str:
    """`sales_open` as `Sales open`."""
    text = name.rsplit(".", maxsplit=1)[-1].replace("_", " ").strip() or name
    return text[:1].upper() + text[1:]


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:].rstrip(".")


def known_zone(zone: str) -> str:
    """An IANA zone's name; InputRefused for any other text."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        said = f"“{zone[:40]}” is no time zone; write it like Europe/London"
        raise InputRefused(field="Zone", problem=said) from problem
    return zone


YEAR_MIN, YEAR_MAX = 1970, 2999
"""Beyond them a zone's offset, or thirty days to claim, lead out of what calendars can say."""


def instant_ms(text: str, zone: str, field: str) -> int:
    """ISO 8601 as ms UTC; a time without offset is wall time of the IANA `zone`."""
    try:
        when = datetime.fromisoformat(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=ZoneInfo(zone))
        found_ms = round(when.timestamp() * 1_000)
    except (ValueError, OverflowError, OSError):
        found_ms, when = 0, None
    if when is None or not YEAR_MIN <= when.year <= YEAR_MAX:
        raise InputRefused(field=field, problem=f"“{text[:40]}” is no time; write it like 2026-11-21T20:45")
    return found_ms
