"""A new epoch of the hub's journal: whatever was decided before and after, both journals bring back what is live."""

import sqlite3
from collections.abc import Callable
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.identity.commands import DismissStaff, HireStaff, OpenHubEpoch, OpenVenue
from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.pipeline.replay import replay_journal
from shared.pipeline.sqlite_journal import read_tip
from tests.support.evening import HUB, ORG, Evening, Node, evening, fresh_memory, open_node, rows_of

NEXT = Owner(ORG, HUB.node_id, 2)
Act = Callable[[Node, Evening, int], None]


def hire(office: Node, _night: Evening, place: int) -> None:
    """Somebody begins to work here."""
    office.do(HireStaff(command_id=office.dice.id(), name=f"Somebody {place}", role="seller", pin_hash="none"))


def dismiss(office: Node, _night: Evening, _place: int) -> None:
    """Whoever works here longest leaves; nobody does twice."""
    found = office.db.execute("SELECT staff_id FROM identity_staff WHERE active ORDER BY staff_id LIMIT 1").fetchone()
    if found is not None:
        office.do(DismissStaff(command_id=office.dice.id(), staff_id=UUID(bytes=found[0])))


def open_venue(office: Node, _night: Evening, place: int) -> None:
    """One venue more."""
    order = OpenVenue(command_id=office.dice.id(), name=f"Stand {place}", place="", zone="Europe/London")
    office.do(order)


acts = st.lists(st.sampled_from([hire, dismiss, open_venue]), max_size=6)


def open_epoch(office: Node, before: Owner) -> None:
    """The first order of the new journal."""
    tip = read_tip(office.db, before)
    order = OpenHubEpoch(
        command_id=office.dice.id(), previous_epoch=before.epoch, previous_seq=tip.seq, previous_hash=tip.hash,
        generation=office.owner.epoch, reason="restored",
    )  # fmt: skip
    office.do(order)


def replayed(source: sqlite3.Connection, *owners: Owner) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that these journals alone bring back, one after the other."""
    again = fresh_memory()
    for owner in owners:
        replay_journal(source, again, ALL, owner)
    return rows_of(again, *owners)


@settings(max_examples=25, deadline=None)
@given(acts, acts)
def test_the_journals_of_both_epochs_bring_back_exactly_the_rows_that_are_live(
    first: list[Act], then: list[Act]
) -> None:
    with evening() as night:
        for place, act in enumerate(first):
            act(night.office, night, place)
        with open_node(NEXT, night.clock, night.office.db) as office:
            open_epoch(office, HUB)
            for place, act in enumerate(then):
                act(office, night, 10 + place)
            live = rows_of(office.db, NEXT)
            assert live == replayed(office.db, HUB, NEXT)
            assert all(row[2] == NEXT.epoch for rows in live.values() for row in rows)


def test_a_person_hired_in_the_old_epoch_is_dismissed_in_the_new_one() -> None:
    with evening() as night, open_node(NEXT, night.clock, night.office.db) as office:
        open_epoch(office, HUB)
        dismiss(office, night, 0)
        [row] = office.db.execute("SELECT epoch, active FROM identity_staff").fetchall()
        assert tuple(row) == (2, 0)


def test_the_vaults_rows_are_adopted_too() -> None:
    with evening() as night, open_node(NEXT, night.clock, night.office.db) as office:
        badge = (*(one.bytes for one in (ORG, HUB.node_id)), 1, 0, night.seller_id.bytes, None, "seller", "Ann", "none")
        office.db.execute("INSERT INTO vault_badge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", badge)
        open_epoch(office, HUB)
        assert office.db.execute("SELECT epoch, name FROM vault_badge").fetchall() == [(2, "Ann")]
