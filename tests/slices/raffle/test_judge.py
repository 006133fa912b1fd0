"""What the judge doubts of a sale and of a lease, and what it must never doubt."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.raffle.facts import LeaseTaken, SoldRange, TicketsSold
from shared.domain.raffle.judge import JudgeState, Terms, judge
from shared.journal.entry import Entry, Envelope, Fact, FeedMark, Owner
from shared.kernel.codec import Raw
from shared.kernel.validation import ALPHABET, NumberCheck, lease_key, validation_number
from tests.slices.raffle.counter import ANN, CLOSE_MS, EVENT, TEN, UNIT
from tests.support.clock import OPENING_MS

LEASE, KEY, FEEDER = UUID(int=0x31), b"k" * 32, UUID(int=0xB)
SECRET = lease_key(KEY, LEASE)
HEARD_MS = CLOSE_MS + 10_000_000
replace = msgspec.structs.replace


def state(**other: Any) -> JudgeState:
    """What the hub knows: the event, one lease, the seller, the key."""
    fields: dict[str, Any] = {
        "received_ms": HEARD_MS,
        "events": {EVENT: Terms("USD", CLOSE_MS, {TEN.package_id: (10, 1_000)})},
        "leases": {LEASE: (EVENT, 101, 200)},
        "sellers": {ANN: None},
        "event_keys": {EVENT: KEY},
    }
    return JudgeState(**(fields | other))


def sale(**other: Any) -> TicketsSold:
    """Ten tickets for ten dollars, as they should be."""
    fields: dict[str, Any] = {
        "sale_id": UUID(int=0x21),
        "event_id": EVENT,
        "package_id": TEN.package_id,
        "seller_id": ANN,
        "ticket_count": 10,
        "amount_minor": 1_000,
        "currency": "USD",
        "tender": "cash",
        "received_minor": 1_000,
        "reference": "",
        "validation_number": validation_number(SECRET, event_id=EVENT, lease_id=LEASE, first=111),
        "ranges": (SoldRange(LEASE, 101, 200, 111, 120),),
    }
    return TicketsSold(**(fields | other))


def entry(fact: Fact, **other: Any) -> Entry[Fact]:
    """The fact in the unit's journal, at the opening unless given."""
    envelope = Envelope(
        org=UNIT.org_id, node=UNIT.node_id, epoch=1, seq=7, prev=bytes(32), id=UUID(int=1), type=fact.TYPE,
        version=1, entity=getattr(fact, fact.ENTITY), command_id=UUID(int=2), actor=ANN, wall_ms=OPENING_MS,
        monotonic_ns=0, boot_id=UUID(int=3), hub_time_ms=0, feeds=(), body=Raw(b"\xc0"),
    )  # fmt: skip
    return Entry(replace(envelope, **other), bytes(32), fact, Owner(UNIT.org_id, UNIT.node_id, 1))


def kinds(fact: Fact, knows: JudgeState | None = None, **envelope: Any) -> list[str]:
    """What kinds of doubt there are."""
    return [doubt.kind for doubt in judge(entry(fact, **envelope), knows or state())]


def test_a_clean_sale_is_not_doubted() -> None:
    assert kinds(sale()) == []


def test_what_is_not_known_here_yet_is_no_doubt() -> None:
    assert kinds(sale(event_id=UUID(int=99), amount_minor=1)) == []
    assert kinds(taken(event_id=UUID(int=99), first=5)) == []


@pytest.mark.parametrize(
    ("wall_ms", "hub_time_ms", "heard_ms", "late"),
    [
        (CLOSE_MS, 0, HEARD_MS, False),
        (CLOSE_MS + 38_000, 0, HEARD_MS, True),
        (CLOSE_MS - 60_000, CLOSE_MS + 1, HEARD_MS, True),
        (CLOSE_MS + 38_000, 0, CLOSE_MS - 1, False),
        (CLOSE_MS + 365 * 86_400_000, 0, CLOSE_MS, False),
    ],
    ids=["in time", "38 s late", "a slow clock that heard the hub later", "held before the close", "a year ahead"],
)
def test_late_is_what_the_evidence_of_clocks_says(wall_ms: int, hub_time_ms: int, heard_ms: int, late: bool) -> None:
    found = kinds(sale(), state(received_ms=heard_ms), wall_ms=wall_ms, hub_time_ms=hub_time_ms)
    assert found == (["late_sale"] if late else [])


def test_a_late_sale_says_by_how_much() -> None:
    [doubt] = judge(entry(sale(), wall_ms=CLOSE_MS + 37_001), state())
    assert (doubt.entity_id, doubt.note) == (EVENT, "Sold 38 s after the close.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 999},
        {"currency": "EUR"},
        {"package_id": UUID(int=1)},
        {"ticket_count": 11},
        {"ticket_count": 0},
        {"ranges": (SoldRange(LEASE, 101, 200, 111, 121),)},
    ],
)
def test_money_and_numbers_must_be_the_package_so_many_times(wrong: dict[str, Any]) -> None:
    assert kinds(sale(**wrong)) == ["price"]


def test_a_package_several_times_over_is_fine() -> None:
    many = sale(ticket_count=30, amount_minor=3_000, ranges=(SoldRange(LEASE, 101, 200, 111, 140),))
    assert kinds(many) == []


@pytest.mark.parametrize(
    ("position", "doubted"), [(41, []), (42, ["seller"])], ids=["in good faith", "the unit knew it"]
)
def test_a_seller_who_left_is_doubted_only_where_the_unit_knew(position: int, doubted: list[str]) -> None:
    gone = state(sellers={ANN: FeedMark(FEEDER, 1, 42)})
    assert kinds(sale(), gone, feeds=(FeedMark(FEEDER, 1, position),)) == doubted
    assert kinds(sale(), gone, feeds=(FeedMark(FEEDER, 2, position),)) == []


def test_somebody_who_never_worked_here_is_doubted() -> None:
    assert kinds(sale(), state(sellers={})) == ["seller"]


def taken(**other: Any) -> LeaseTaken:
    """The lease as it was granted."""
    fields: dict[str, Any] = {
        "lease_id": LEASE, "event_id": EVENT, "granter_id": FEEDER, "first": 101, "last": 200, "document": b"",
    }  # fmt: skip
    return LeaseTaken(**(fields | other))


@pytest.mark.parametrize("wrong", [{"last": 300}, {"first": 100}, {"lease_id": UUID(int=5)}])
def test_a_lease_is_what_was_granted_to_this_epoch(wrong: dict[str, Any]) -> None:
    assert kinds(taken()) == []
    assert kinds(taken(**wrong)) == ["lease"]
    assert kinds(taken(), state(leases={})) == ["lease"]


def test_a_sale_from_a_lease_of_others_is_doubted_with_it() -> None:
    assert kinds(sale(), state(leases={})) == ["lease"]
    assert kinds(sale(), state(leases={LEASE: (EVENT, 101, 199)})) == ["lease"]


def test_a_validation_number_proves_its_tickets_and_no_others() -> None:
    other = validation_number(SECRET, event_id=EVENT, lease_id=LEASE, first=112)
    assert kinds(sale(validation_number=other)) == ["validation"]
    assert kinds(sale(validation_number="GUESSED")) == ["validation"]
    assert kinds(sale(validation_number=other), state(event_keys={})) == []


def test_one_batch_makes_the_key_of_a_lease_once() -> None:
    knows = state()
    for _ in range(3):
        assert kinds(sale(), knows) == []
    assert list(knows.checks) == [LEASE]


@given(first=st.integers(1, 2**35 - 1), key=st.binary(min_size=32, max_size=32), lease=st.uuids())
def test_checking_a_number_agrees_with_making_it(first: int, key: bytes, lease: UUID) -> None:
    number = validation_number(key, event_id=EVENT, lease_id=lease, first=first)
    check = NumberCheck(key, event_id=EVENT, lease_id=lease)
    assert check.holds(number, first)
    assert not check.holds(number, first - 1)


@given(st.integers(0, 20), st.sampled_from([*ALPHABET, *"ILOUiß_ -"]))
def test_one_other_letter_is_another_number(place: int, letter: str) -> None:
    number = sale().validation_number
    changed = number[:place] + letter + number[place + 1 :]
    assert NumberCheck(SECRET, event_id=EVENT, lease_id=LEASE).holds(changed, 111) == (changed == number)


@given(st.text(max_size=25))
def test_no_text_makes_checking_fall_over(text: str) -> None:
    assert NumberCheck(SECRET, event_id=EVENT, lease_id=LEASE).holds(text, 111) == (text == sale().validation_number)
