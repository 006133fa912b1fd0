"""What a slice brings: its facts, rows, handlers, projections and feeds; and all slices together."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from shared.journal.entry import Entry, Fact, Owner
from shared.journal.upcast import FactTypes, Step
from shared.pipeline.changes import Adopt, Change, Put, Row
from shared.pipeline.command import Command, Given
from shared.pipeline.queries import Load

C = TypeVar("C", bound=Command)
S = TypeVar("S")


class Handler(Generic[C, S]):
    """How one kind of command is handled: load the state, then decide, both without side effects."""

    def __init__(
        self, command: type[C], load: Callable[[C, Given], Load[S]], decide: Callable[[C, S, Given], list[Fact]]
    ) -> None:
        self.command = command
        self.load = load
        self.decide = decide


Project = Callable[[Entry[Any]], Iterator[Change]]
Scope = Callable[[Any], tuple[str, ...]]


class Slice(msgspec.Struct, frozen=True):
    """One domain. `feeds` says of a hub row which scopes receive it; `vault` rows are written by effects alone.

    `carried` facts are shown again under a second history of the same journal, whose rows refer to theirs.
    `edge_facts` are those that an edge's journal may hold; what any other says there is stored and shows nowhere.
    `edge_rows` are made by edges' facts alone: a hub's journal owns none, so its next epoch has none to carry over.
    """

    name: str
    facts: tuple[type[Fact], ...]
    rows: tuple[type[Row], ...]
    handlers: tuple[Handler[Any, Any], ...]
    projections: Mapping[type[Fact], Project]
    feeds: Mapping[type[Row], Scope]
    vault: tuple[type[Row], ...] = ()
    edge_facts: tuple[type[Fact], ...] = ()
    edge_rows: tuple[type[Row], ...] = ()
    carried: tuple[type[Fact], ...] = ()
    steps: Mapping[tuple[str, int], Step] = {}
    depends_on: tuple[str, ...] = ()


class Slices:
    """All slices of a program: what the pipeline looks things up in."""

    def __init__(self, slices: tuple[Slice, ...]) -> None:
        self.slices = slices
        self.facts = FactTypes(
            [fact for part in slices for fact in part.facts],
            {place: step for part in slices for place, step in part.steps.items()},
        )
        self.office_types = {fact.TYPE for part in slices for fact in part.facts if fact not in part.edge_facts}
        self.carried_types = {fact.TYPE for part in slices for fact in part.carried}
        self.rows = tuple(row for part in slices for row in (*part.rows, *part.vault))
        self.adopted = tuple(kind for kind in self.rows if not any(kind in part.edge_rows for part in slices))
        self.row_kinds = {row.TABLE.full_name: row for row in self.rows}
        self.handlers = {handler.command: handler for part in slices for handler in part.handlers}
        self.projections = {fact.TYPE: way for part in slices for fact, way in part.projections.items()}
        self.feeds = {row: scope for part in slices for row, scope in part.feeds.items()}

    def project(self, entry: Entry[Fact]) -> list[Change]:
        """The changes of one entry; none for a fact that no row shows. Every change stays with the fact's owner.

        A journal's first fact may adopt what its node's journal before it owned, and nothing of anybody else's.
        """
        way = self.projections.get(entry.envelope.type)
        changes = list(way(entry)) if way else []
        for place, change in enumerate(changes):
            if isinstance(change, Adopt):
                assert entry.envelope.seq == 1, "only a new epoch adopts rows"
                assert change.follows, "and only those of its own node"
                changes[place] = msgspec.structs.replace(change, kinds=self.adopted)
            owner: Owner = change.row.owner if isinstance(change, Put) else change.owner
            assert owner is entry.owner or owner == entry.owner, "a projection writes its own journal's rows"
        return changes
