"""Old bytes to today's facts: one step a version, kept for ever (design §5.11)."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shared.journal.entry import Fact
from shared.kernel.codec import Raw, decode

Body = dict[str, Any]
Step = Callable[[Body], Body]


class FactTypes:
    """The facts this program knows, by the type written in the journal."""

    def __init__(self, facts: list[type[Fact]], steps: Mapping[tuple[str, int], Step] | None = None) -> None:
        self._kinds = {kind.TYPE: kind for kind in facts}
        self._steps = dict(steps or {})
        assert len(self._kinds) == len(facts), "two facts share a type"
        needed = {(kind.TYPE, version) for kind in facts for version in range(1, kind.VERSION)}
        assert needed == self._steps.keys(), "one step a version, from the first to today's"

    @property
    def kinds(self) -> Mapping[str, type[Fact]]:
        """Fact class by type."""
        return self._kinds

    def read(self, type_name: str, version: int, body: Raw | bytes) -> Fact | None:
        """The fact in `body`, upcast to today's version; None when its type or version is not known here."""
        kind = self._kinds.get(type_name)
        if kind is None or not 1 <= version <= kind.VERSION:
            return None
        if version == kind.VERSION:
            return decode(body, kind)
        names: Body = decode(body, dict)
        for step in range(version, kind.VERSION):
            names = self._steps[type_name, step](names)
        return msgspec.convert(names, kind)
