"""A batch of changes folded per key is the same as its changes one by one."""

import sqlite3
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import MetaData
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.schema import CreateTable

from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.pipeline.changes import Delete, Folded, Keyed, Patch, Put, Row, TableSpec, fold, row_key
from shared.pipeline.sqlite_applier import apply
from shared.pipeline.tables import OWNER_COLUMNS, add_table, column_names, row_values


class PotRow(Row, frozen=True, kw_only=True):
    """Coins in a pot, counted again and again."""

    TABLE = TableSpec("test", "pot", ("pot_id",), changes=True)
    pot_id: UUID
    coins: int
    label: str
    counted_by: UUID | None


class HouseRow(Row, frozen=True, kw_only=True):
    """One row a journal."""

    TABLE = TableSpec("test", "house", (), changes=True)
    name: str


class SlipRow(Row, frozen=True, kw_only=True):
    """Paper: it only comes into being."""

    TABLE = TableSpec("test", "slip", ("slip_no",))
    slip_no: int


KINDS: tuple[type[Row], ...] = (PotRow, HouseRow, SlipRow)
Model = dict[tuple[Any, ...], Row]

owners = st.sampled_from([Owner(UUID(int=1), UUID(int=node), 1) for node in (2, 3)])
pots = st.builds(UUID, int=st.integers(1, 3))
coins = st.integers(0, 9)
people = st.none() | st.builds(UUID, int=st.integers(1, 2))
pot_rows = st.builds(PotRow, owner=owners, pot_id=pots, coins=coins, label=st.sampled_from("ab"), counted_by=people)
patches = st.builds(
    lambda owner, pot, fields: Patch(PotRow, owner, (pot,), fields),
    owners,
    pots,
    st.fixed_dictionaries({}, optional={"coins": coins, "counted_by": people}).filter(bool),
)
deletes = st.builds(lambda owner, pot: Delete(PotRow, owner, (pot,)), owners, pots)
houses = st.builds(Put, st.builds(HouseRow, owner=owners, name=st.sampled_from("xy")))
some_changes = st.lists(st.builds(Put, pot_rows) | patches | deletes | houses, max_size=30)
slips = st.lists(st.integers(1, 99), unique=True, max_size=5).map(
    lambda numbers: [Put(SlipRow(owner=Owner(UUID(int=1), UUID(int=2), 1), slip_no=number)) for number in numbers]
)
histories = st.tuples(some_changes, slips).map(lambda both: [*both[0], *both[1]]).flatmap(st.permutations)


def _in_a_dict(changes: Iterable[Keyed]) -> Model:
    model: Model = {}
    for change in changes:
        if isinstance(change, Put):
            model[type(change.row), change.row.owner, row_key(change.row)] = change.row
            continue
        address = (change.kind, change.owner, change.key)
        if isinstance(change, Delete):
            model.pop(address, None)
        elif address in model:
            model[address] = msgspec.structs.replace(model[address], **change.fields)
    return model


def _unrolled(folded: Folded) -> list[Keyed]:
    return [*(Put(row) for rows in folded.puts.values() for row in rows), *folded.patches, *folded.deletes]


def _in_sqlite(batches: Iterable[Iterable[Keyed]]) -> dict[str, list[tuple[Any, ...]]]:
    db = sqlite3.connect(":memory:")
    for kind in KINDS:
        db.execute(str(CreateTable(add_table(kind, MetaData(), schemas=False)).compile(dialect=SQLiteDialect())))
    for batch in batches:
        apply(db, batch)
    found = {kind.TABLE.full_name: db.execute(f"SELECT * FROM {kind.TABLE.full_name}").fetchall() for kind in KINDS}
    db.close()
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


@given(histories)
def test_a_folded_batch_leaves_the_rows_of_its_changes_one_by_one(changes: list[Keyed]) -> None:
    model = _in_a_dict(changes)
    assert _in_a_dict(_unrolled(fold(changes))) == model
    stored = _in_sqlite([changes])
    assert _in_sqlite([_unrolled(fold(changes))]) == stored
    assert sum(map(len, stored.values())) == len(model)


@given(st.lists(pot_rows, max_size=6), histories)
def test_a_folded_batch_over_pots_that_are_there_leaves_the_same_rows(there: list[Row], changes: list[Keyed]) -> None:
    before = [Put(row) for row in there]
    assert _in_sqlite([before, _unrolled(fold(changes))]) == _in_sqlite([before, changes])


def test_two_patches_of_one_pot_keep_the_fields_of_both() -> None:
    owner, pot = Owner(UUID(int=1), UUID(int=2), 1), UUID(int=1)
    patches = [Patch(PotRow, owner, (pot,), {"coins": 5}), Patch(PotRow, owner, (pot,), {"counted_by": pot})]
    assert fold(patches).patches == [Patch(PotRow, owner, (pot,), {"coins": 5, "counted_by": pot})]


@given(histories, st.integers(0, 35), st.integers(0, 35))
def test_a_history_cut_into_batches_anywhere_leaves_the_same_rows(changes: list[Keyed], one: int, two: int) -> None:
    cuts = sorted((one, two))
    batches = [changes[: cuts[0]], changes[cuts[0] : cuts[1]], changes[cuts[1] :]]
    assert _in_sqlite(_unrolled(fold(batch)) for batch in batches) == _in_sqlite([changes])


@given(histories)
def test_a_folded_batch_touches_each_key_once(changes: list[Keyed]) -> None:
    folded = _unrolled(fold(changes))
    addresses = [
        (type(change.row), change.row.owner, row_key(change.row))
        if isinstance(change, Put)
        else (change.kind, change.owner, change.key)
        for change in folded
    ]
    assert len(set(addresses)) == len(addresses)


def test_paper_that_exists_is_never_patched_or_deleted() -> None:
    owner = Owner(UUID(int=1), UUID(int=2), 1)
    for change in (Patch(SlipRow, owner, (1,), {"slip_no": 2}), Delete(SlipRow, owner, (1,))):
        with pytest.raises(AssertionError):
            fold([change])


def test_the_second_slip_with_one_number_is_refused_by_the_database() -> None:
    slip = Put(SlipRow(owner=Owner(UUID(int=1), UUID(int=2), 1), slip_no=7))
    for changes in ([slip, slip], _unrolled(fold([slip, slip]))):
        with pytest.raises(sqlite3.IntegrityError):
            _in_sqlite([changes])


@pytest.mark.parametrize("kind", ALL.rows, ids=lambda kind: kind.TABLE.full_name)
@pytest.mark.parametrize("schemas", [True, False])
def test_every_row_stands_under_its_owner_with_the_organisation_first(kind: type[Row], schemas: bool) -> None:
    table = add_table(kind, MetaData(), schemas=schemas)
    assert tuple(column.name for column in table.columns) == column_names(kind)
    assert tuple(column.name for column in table.primary_key.columns) == (*OWNER_COLUMNS, *kind.TABLE.key)
    assert OWNER_COLUMNS[0] == "org_id"
    assert table.schema == (kind.TABLE.slice_name if schemas else None)
    for index in table.indexes:
        assert next(iter(index.columns)).name == "org_id"
    for link in table.foreign_key_constraints:
        assert link.column_keys[:4] == list(OWNER_COLUMNS)


@given(pot_rows)
def test_a_row_is_written_in_the_order_of_its_columns(row: PotRow) -> None:
    named = dict(zip(column_names(PotRow), row_values(PotRow, id_bytes=False)(row), strict=True))
    owner = {f"{name}": getattr(row.owner, name) for name in OWNER_COLUMNS}
    assert named == owner | {
        "pot_id": row.pot_id,
        "coins": row.coins,
        "label": row.label,
        "counted_by": row.counted_by,
    }
    for value in row_values(PotRow, id_bytes=True)(row):
        assert not isinstance(value, UUID)
