"""Everything the slices may write into a journal or answer, as lines of text: what freezes at the first release."""

from typing import Any, get_args, get_type_hints

import msgspec

from shared.domain.cases import errors as cases_errors
from shared.domain.devices import errors as devices_errors
from shared.domain.identity import errors as identity_errors
from shared.domain.persons import errors as persons_errors
from shared.domain.raffle import errors as raffle_errors
from shared.domain.slices import ALL
from shared.journal.entry import Fact
from shared.kernel.errors import InputRefused, Refusal
from shared.pipeline.decision import CommandReused


def refusals() -> list[type[Refusal]]:
    """Every refusal of the slices, and the two of the house itself."""
    found = [
        one
        for module in (cases_errors, devices_errors, identity_errors, persons_errors, raffle_errors)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Refusal) and one is not Refusal
    ]
    return [*found, CommandReused, InputRefused]


def facts() -> list[type[Fact]]:
    """Every fact of the slices."""
    return list(ALL.facts.kinds.values())


def _name(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint)) if not get_args(hint) else str(hint).replace("uuid.", "")


def _short(hint: Any) -> str:
    text = _name(hint)
    for kind in _structs(hint):
        text = text.replace(f"{kind.__module__}.{kind.__name__}", kind.__name__)
    return text


def _structs(hint: Any) -> list[Any]:
    parts = [hint, *(part for part in get_args(hint) if part is not Ellipsis)]
    return [part for part in parts if isinstance(part, type) and issubclass(part, msgspec.Struct)]


def _fields(kind: Any) -> str:
    hints = get_type_hints(kind)
    return ", ".join(f"{name}: {_short(hints[name])}" for name in kind.__struct_fields__)


def _parts_of(kind: Any) -> set[Any]:
    found: set[Any] = set()
    for name, hint in get_type_hints(kind).items():
        for part in _structs(hint) if name in kind.__struct_fields__ else []:
            found |= {part} | _parts_of(part)
    return found


def fact_lines() -> list[str]:
    """A line for each fact (type, version, entity, fields) and for each struct inside one."""
    parts = {part for kind in facts() for part in _parts_of(kind)}
    lines = [f"{kind.TYPE} v{kind.VERSION} of {kind.ENTITY} ({_fields(kind)})" for kind in facts()]
    return sorted(lines) + sorted(f"{part.__name__} ({_fields(part)})" for part in parts)


def refusal_lines() -> list[str]:
    """The code of every refusal."""
    return sorted(kind.code for kind in refusals())
