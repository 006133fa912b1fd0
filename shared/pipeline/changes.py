"""What projecting a fact returns: changes to rows, as values; nothing here touches a database (design §3)."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, ClassVar

import msgspec

from shared.journal.entry import Owner


class Link(msgspec.Struct, frozen=True):
    """A foreign key between rows of one owner; the owner columns are added on both sides."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


class TableSpec(msgspec.Struct, frozen=True):
    """How a row is stored, on both sides: `slice_name` is the Postgres schema and the prefix of the table's name.

    `key` comes behind the owner's columns. `changes` says that facts may replace or patch a row; rows that only
    ever come into being are inserted plainly, so a second one is refused by the database.
    """

    slice_name: str
    name: str
    key: tuple[str, ...]
    changes: bool = False
    checks: Mapping[str, str] = {}
    links: tuple[Link, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def full_name(self) -> str:
        """`raffle_sale`: the table on the edge, and inside its schema at the hub."""
        return f"{self.slice_name}_{self.name}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A projection of facts, or what head office decided; only its owner's facts change it."""

    TABLE: ClassVar[TableSpec]
    owner: Owner


class Put(msgspec.Struct, frozen=True):
    """The row comes into being, or (where its table changes) takes the place of the one with its key."""

    row: Row


class Patch(msgspec.Struct, frozen=True):
    """Some fields of one row change; nothing happens when it is not there."""

    kind: type[Row]
    owner: Owner
    key: tuple[Any, ...]
    fields: dict[str, Any]


class Delete(msgspec.Struct, frozen=True):
    """The row goes away."""

    kind: type[Row]
    owner: Owner
    key: tuple[Any, ...]


class Adopt(msgspec.Struct, frozen=True):
    """Every row of one journal becomes a row of the node's next one: what outlives an epoch (design §1).

    A projection leaves `kinds` empty; `Slices.project` fills in all that a hub's journal may own.
    """

    source: Owner
    owner: Owner
    kinds: tuple[type[Row], ...] = ()

    @property
    def follows(self) -> bool:
        """Whether the new journal is a later epoch of the same node."""
        same = (self.source.org_id, self.source.node_id) == (self.owner.org_id, self.owner.node_id)
        return same and self.source.epoch < self.owner.epoch


Keyed = Put | Patch | Delete
Change = Keyed | Adopt
_keys: "dict[type[Row], attrgetter[Any]]" = {}


def row_key(row: Row) -> tuple[Any, ...]:
    """The row's key behind its owner."""
    getter = _keys.get(type(row))
    if getter is None:
        names = type(row).TABLE.key
        getter = _keys[type(row)] = attrgetter("owner", *names)
    found = getter(row)
    return tuple(found[1:]) if type(row).TABLE.key else ()


def changed_kinds(change: Change) -> tuple[type[Row], ...]:
    """Which kinds of rows a change is about."""
    if isinstance(change, Adopt):
        return change.kinds
    return (type(change.row) if isinstance(change, Put) else change.kind,)


class Folded(msgspec.Struct):
    """A batch of changes with at most one change a key: what a set-wise applier executes, `adopts` first."""

    puts: dict[type[Row], list[Row]]
    patches: list[Patch]
    deletes: list[Delete]
    adopts: list[Adopt] = []


def fold(changes: Iterable[Change]) -> Folded:
    """Fold a batch per key in memory; order within a key is kept, so the result equals applying one by one."""
    state: dict[tuple[type[Row], Owner, tuple[Any, ...]], Keyed] = {}
    plain: dict[type[Row], list[Row]] = {}
    adopts: list[Adopt] = []
    for change in changes:
        if isinstance(change, Adopt):
            began = bool(state or plain)
            assert not began, "a journal adopts rows before it does anything else"
            adopts.append(change)
            continue
        if isinstance(change, Put) and not type(change.row).TABLE.changes:
            plain.setdefault(type(change.row), []).append(change.row)
            continue
        kind, owner, key = _address(change)
        assert kind.TABLE.changes, "a row that only comes into being is never patched or deleted"
        state[kind, owner, key] = _merge(state.get((kind, owner, key)), change)
    folded = Folded(plain, [], [], adopts)
    for change in state.values():
        if isinstance(change, Put):
            folded.puts.setdefault(type(change.row), []).append(change.row)
        elif isinstance(change, Patch):
            folded.patches.append(change)
        else:
            folded.deletes.append(change)
    return folded


def _address(change: Keyed) -> tuple[type[Row], Owner, tuple[Any, ...]]:
    if isinstance(change, Put):
        return type(change.row), change.row.owner, row_key(change.row)
    return change.kind, change.owner, change.key


def _merge(before: Keyed | None, change: Keyed) -> Keyed:
    if not isinstance(change, Patch) or before is None:
        return change
    if isinstance(before, Put):
        return Put(msgspec.structs.replace(before.row, **change.fields))
    if isinstance(before, Patch):
        return Patch(change.kind, change.owner, change.key, before.fields | change.fields)
    return before
