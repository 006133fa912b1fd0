"""Settings as one frozen value, read once: environment over TOML file over defaults, each fault named and explained."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from shared.kernel.errors import TillhouseError

T = TypeVar("T", bound=msgspec.Struct)
PREFIX = "TILLHOUSE_"
VALUE_LETTERS_SHOWN = 60


class SettingsFault(TillhouseError):
    """A setting that cannot be read; the sentence names it and says what is allowed."""

    code = "settings.invalid"
    sentence = "{problem}"


def read_settings(kind: type[T], environ: Mapping[str, str], toml_text: str | None, prefix: str = PREFIX) -> T:
    """A `kind` (a frozen msgspec struct with flat fields) from `TILLHOUSE_<FIELD>` variables and a TOML text.

    The environment wins over the file, the file over the struct's defaults. Tuples are written `a,b` in the
    environment. SettingsFault names the first setting that is missing, unknown to the file, or not allowed.
    """
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    from_file = _read_file(toml_text, known=list(fields))
    values: dict[str, Any] = {}
    for name, field in fields.items():
        variable = prefix + name.upper()
        if variable in environ:
            values[name] = _read(environ[variable], field.type, called=variable, strict=False)
        elif name in from_file:
            values[name] = _read(from_file[name], field.type, called=f"{name} in the settings file", strict=True)
        elif field.required:
            allowed = allowed_text(field.type)
            raise SettingsFault(
                problem=f"{variable} is not set. It must be {allowed}; "
                f"set it in the environment, or as {name} in the settings file."
            )
    return kind(**values)


def _read_file(toml_text: str | None, *, known: list[str]) -> dict[str, Any]:
    try:
        values = tomllib.loads(toml_text or "")
    except tomllib.TOMLDecodeError as fault:
        raise SettingsFault(problem=f"The settings file is not valid TOML: {fault}.") from fault
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}."
            raise SettingsFault(problem=f"The settings file has {name}, which nobody reads; {advice}")
    return values


def _read(value: Any, kind: Any, *, called: str, strict: bool) -> Any:
    if isinstance(value, str) and not strict and isinstance(inspect.type_info(kind), inspect.VarTupleType):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return msgspec.convert(value, kind, strict=strict, dec_hook=_path)
    except msgspec.ValidationError as fault:
        shown = str(value)[:VALUE_LETTERS_SHOWN]
        raise SettingsFault(problem=f"{called} is “{shown}”; it must be {allowed_text(kind)}.") from fault


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise msgspec.ValidationError(f"not a {kind.__name__}")


def allowed_text(kind: Any) -> str:
    """What a setting of this type may be, in words: `a whole number from 1 to 65535`."""
    return _allowed(inspect.type_info(kind))


def _allowed(info: inspect.Type) -> str:
    match info:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _bounds(info)
        case inspect.FloatType():
            return "a number" + _bounds(info)
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(map(str, values))
        case inspect.EnumType(cls=cls):
            return "one of " + ", ".join(str(member.value) for member in cls)
        case inspect.UUIDType():
            return "a UUID"
        case inspect.StrType(pattern=pattern):
            return f"text of the form {pattern}" if pattern else "text" + _lengths(info)
        case inspect.VarTupleType(item_type=item):
            return f"a list, each {_allowed(item)}"
        case inspect.UnionType(types=types):
            return " or ".join(_allowed(one) for one in types if not isinstance(one, inspect.NoneType))
        case inspect.CustomType(cls=cls) if cls is Path:
            return "a path"
    return "of another kind"


def _bounds(info: inspect.IntType | inspect.FloatType) -> str:
    if info.ge is not None and info.le is not None:
        return f" from {info.ge} to {info.le}"
    words = (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than"))
    return "".join(f", {word} {limit}" for name, word in words if (limit := getattr(info, name)) is not None)


def _lengths(info: inspect.StrType) -> str:
    least = f", at least {info.min_length} letters" if info.min_length else ""
    return least + (f", at most {info.max_length} letters" if info.max_length else "")
