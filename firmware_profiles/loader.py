"""Reads profiles from the TOML files beside this module; `inherits` lets a model say only what is its own."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from firmware_profiles.schema import PrinterProfile

INHERIT_STEPS_MAX = 8


class ProfileUnknown(LookupError):
    """No profile file has this name."""


class ProfileInvalid(ValueError):
    """A profile file cannot be read as a profile; the text says where."""


def printer_names() -> tuple[str, ...]:
    """Names of all printer profiles, sorted."""
    folder = files("firmware_profiles").joinpath("printers")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def load_printer(name: str) -> PrinterProfile:
    """The profile `printers/<name>.toml`; ProfileUnknown, or ProfileInvalid with the reason."""
    try:
        return msgspec.convert({**_merged(name, INHERIT_STEPS_MAX), "name": name}, PrinterProfile)
    except msgspec.ValidationError as fault:
        raise ProfileInvalid(f"printers/{name}.toml: {fault}") from fault


def _merged(name: str, steps_left: int) -> dict[str, Any]:
    own = _table(name)
    parent = own.pop("inherits", None)
    if parent is None:
        return own
    if steps_left == 0:
        raise ProfileInvalid(f"printers/{name}.toml: profiles inherit in a circle")
    return _over(_merged(str(parent), steps_left - 1), own)


def _table(name: str) -> dict[str, Any]:
    if name not in printer_names():
        raise ProfileUnknown(f"no printer profile “{name}”; there are: {', '.join(printer_names())}")
    text = files("firmware_profiles").joinpath("printers", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ProfileInvalid(f"printers/{name}.toml: {fault}") from fault


def _over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
