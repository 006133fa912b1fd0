"""The shelf of profile files: one folder per kind of device, `inherits` between files, and errors with their line."""

import tomllib
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from firmware_profiles.facts import Facts
from firmware_profiles.places import Path, line_of, line_of_syntax, wrong_value

INHERIT_STEPS_MAX = 8
NEAREST = 3
UNKNOWN = "unknown"

F = TypeVar("F", bound=Facts)


class ProfileUnknown(LookupError):
    """No profile file has this name, or none that a device could be driven by."""


class ProfileUnsupported(ProfileUnknown):
    """There is a file, but what is essential for driving the device is unknown."""


class ProfileInvalid(ValueError):
    """A profile file cannot be read as a profile: the file, the line (from 1), and what is expected there."""

    def __init__(self, file: str, line: int, expected: str) -> None:
        super().__init__(f"{file}, line {line}: {expected}")
        self.file = file
        self.line = line
        self.expected = expected


class Kind(msgspec.Struct, Generic[F], frozen=True):
    """A kind of device: the folder of its files, its name in sentences, what its files must say.

    `fallbacks` are profiles to name beside the nearest ones when somebody asks for a model that has none.
    """

    folder: str
    word: str
    struct: type[F]
    fallbacks: tuple[str, ...]


class _File(NamedTuple):
    path: str
    text: str
    table: dict[str, Any]

    def invalid(self, path: Path, expected: str) -> ProfileInvalid:
        return ProfileInvalid(self.path, line_of(self.text, path), expected)


class Shelf:
    """All profile files below one folder."""

    def __init__(self, root: Traversable) -> None:
        self._root = root

    def models(self, kind: Kind[F]) -> tuple[str, ...]:
        """Names of all files of this kind, supported or not, sorted."""
        entries = self._root.joinpath(kind.folder).iterdir()
        return tuple(sorted(entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml")))

    def facts(self, kind: Kind[F], name: str) -> F:
        """What the file and those it inherits from say; ProfileUnknown, or ProfileInvalid with file and line."""
        if name not in self.models(kind):
            raise ProfileUnknown(self._no_profile(kind, name))
        files = self._files(kind, name)
        merged: dict[str, Any] = {}
        for file in reversed(files):
            merged = over(merged, file.table)
        try:
            facts = msgspec.convert({**merged, "name": name}, kind.struct)
        except msgspec.ValidationError as fault:
            raise _blamed(files, str(fault)) from fault
        _tells_support(files[0], facts)
        return facts

    def own_facts(self, kind: Kind[F], name: str) -> dict[str, Any]:
        """What this one file says itself."""
        return self._files(kind, name)[0].table

    def _files(self, kind: Kind[F], name: str) -> list[_File]:
        """The file and its ancestors, itself first."""
        files: list[_File] = []
        while True:
            file, parent = self._file(kind, name)
            files.append(file)
            if parent is None:
                return files
            if len(files) > INHERIT_STEPS_MAX:
                raise files[0].invalid(("inherits",), "expected a profile that ends: these inherit in a circle")
            if parent not in self.models(kind):
                raise file.invalid(("inherits",), f"expected a name: {self._no_profile(kind, parent)}")
            name = parent

    def _file(self, kind: Kind[F], name: str) -> tuple[_File, str | None]:
        path = f"{kind.folder}/{name}.toml"
        octets = self._root.joinpath(kind.folder, f"{name}.toml").read_bytes()
        try:
            text = octets.decode("utf-8")
        except UnicodeDecodeError as fault:
            line = octets[: fault.start].count(b"\n") + 1
            raise ProfileInvalid(path, line, "expected text in UTF-8") from fault
        try:
            file = _File(path, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            raise ProfileInvalid(path, line_of_syntax(str(fault), text), f"expected TOML: {fault}") from fault
        if "name" in file.table:
            raise file.invalid(("name",), "expected no name: a profile is called as its file")
        parent = file.table.pop("inherits", None)
        if parent is not None and not isinstance(parent, str):
            raise file.invalid(("inherits",), "expected the name of a profile as text")
        return file, parent

    def _no_profile(self, kind: Kind[F], name: str) -> str:
        nearest = get_close_matches(name, self.models(kind), n=NEAREST, cutoff=0.4)
        names = [*nearest, *(fallback for fallback in kind.fallbacks if fallback not in nearest)]
        return f"no {kind.word} profile “{name}”; nearest: {', '.join(names)}"


def over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """`own` laid over `base`, table by table; what is `"unknown"` in `own` is nobody's word any more."""
    merged = dict(base)
    for key, value in own.items():
        below = merged.pop(key, None)
        if isinstance(value, dict):
            merged[key] = over(below if isinstance(below, dict) else {}, value)
        elif value != UNKNOWN:
            merged[key] = value
    return merged


def _blamed(files: list[_File], message: str) -> ProfileInvalid:
    """The nearest file that states the wrong value, and its line there."""
    what, path, missing = wrong_value(message)
    stated = path if missing else path or ("",)
    guilty = next((file for file in files if _states(file.table, stated)), files[0])
    return guilty.invalid(path, what[0].lower() + what[1:])


def _states(table: dict[str, Any], path: Path) -> bool:
    value: Any = table
    for part in path:
        if not isinstance(value, dict):
            return True
        if part not in value:
            return False
        value = value[part]
    return True


def _tells_support(file: _File, facts: Facts) -> None:
    unknown = facts.unknown_essentials()
    if facts.supported and unknown:
        raise file.invalid(("supported",), f"expected supported = false, while unknown are: {', '.join(unknown)}")
    if not facts.supported and not unknown:
        raise file.invalid(("supported",), "expected supported = true: everything that is essential is known")
