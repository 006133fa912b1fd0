"""Rows are disposable: the journal's bytes alone bring them back, in any batches, in any order of journals."""

import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.slices import ALL
from shared.journal.chain import empty_tip, follow
from shared.kernel.errors import ChainBroken
from shared.pipeline.changes import Change, Put, fold
from shared.pipeline.replay import changes_of, replay, replay_journal
from shared.pipeline.sqlite_applier import apply
from tests.pipeline.nights import A_NIGHT, Night, Step, a_night, nights
from tests.support.evening import Node, fresh_memory, rows_of

VIEWS = ("raffle_sale_state", "raffle_unit_total", "raffle_event_total")


def _changes(node: Node) -> list[Change]:
    return list(changes_of(ALL, node.owner, follow(node.owner, empty_tip(node.owner), node.entries())))


def _views(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {view: sorted(db.execute(f"SELECT * FROM {view}").fetchall()) for view in VIEWS}


def _together(night: Night, order: list[int]) -> sqlite3.Connection:
    """A database that hears of the journals in this order."""
    db = fresh_memory()
    for place in order:
        replay_journal(night.nodes[place].db, db, ALL, night.nodes[place].owner)
    return db


@settings(max_examples=30, deadline=None)
@given(nights)
def test_the_journal_brings_back_exactly_the_rows_that_are_live(steps: list[Step]) -> None:
    with a_night(steps) as night:
        for node in night.nodes:
            again = fresh_memory()
            assert replay_journal(node.db, again, ALL, node.owner) == node.writer.tip
            assert rows_of(again, node.owner) == rows_of(node.db, node.owner)


@settings(max_examples=30, deadline=None)
@given(nights, st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_any_batches_bring_back_the_same_rows(steps: list[Step], sizes: list[int]) -> None:
    with a_night(steps) as night:
        for node in night.nodes:
            left, again, turn = _changes(node), fresh_memory(), 0
            while left:
                batch, left = left[: sizes[turn % len(sizes)]], left[sizes[turn % len(sizes)] :]
                folded = fold(batch)
                puts = sorted(folded.puts, key=lambda kind: len(kind.TABLE.links))
                apply(again, [Put(row) for kind in puts for row in folded.puts[kind]])
                apply(again, [*folded.patches, *folded.deletes])
                turn += 1
            assert rows_of(again, node.owner) == rows_of(node.db, node.owner)


@settings(max_examples=15, deadline=None)
@given(nights, st.permutations([0, 1, 2]))
def test_any_order_of_arrival_leaves_the_same_rows_and_totals(steps: list[Step], order: list[int]) -> None:
    with a_night(steps) as night:
        first, second = _together(night, [0, 1, 2]), _together(night, order)
        owners = [node.owner for node in night.nodes]
        assert rows_of(first, *owners) == rows_of(second, *owners)
        assert _views(first) == _views(second)


def test_a_whole_night_is_replayed_with_something_in_every_table_of_a_unit() -> None:
    with a_night(A_NIGHT) as night:
        rows = rows_of(_together(night, [2, 0, 1]), *(node.owner for node in night.nodes))
        empty = [name for name, found in rows.items() if not found]
        assert empty == []


def test_a_journal_with_a_changed_byte_is_not_replayed() -> None:
    with a_night(A_NIGHT[:6]) as night:
        unit = night.units[0]
        entries = unit.entries()
        place = next(place for place, data in enumerate(entries) if b"cash" in data)
        entries[place] = entries[place].replace(b"cash", b"card")
        with pytest.raises(ChainBroken):
            replay(fresh_memory(), ALL, unit.owner, empty_tip(unit.owner), entries)


def test_a_replay_goes_on_where_an_earlier_one_ended() -> None:
    with a_night(A_NIGHT) as night:
        unit, again = night.units[0], fresh_memory()
        entries = unit.entries()
        tip = replay(again, ALL, unit.owner, empty_tip(unit.owner), entries[:5])
        assert replay(again, ALL, unit.owner, tip, []) == tip
        assert replay(again, ALL, unit.owner, tip, entries[5:]) == unit.writer.tip
        assert rows_of(again, unit.owner) == rows_of(unit.db, unit.owner)
