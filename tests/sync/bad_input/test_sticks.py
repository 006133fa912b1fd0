"""Files that are carried to head office, given to its page: bad ones are refused, and bad bundles stop no good one."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.stick import StickReport, import_stick
from shared.journal.bundle import pack
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.journal.stick import FORMAT, STICK_BUNDLES_MAX, STICK_PARCELS_MAX, Stick, write_stick
from shared.kernel.codec import encode
from shared.kernel.errors import InputRefused
from shared.kernel.limits import BUNDLE_BYTES_MAX
from tests.support.profile import EACH
from tests.sync.bad_input.door import Door
from tests.sync.bad_input.strategies import BOMBS, DAMAGE, TEXTS, VALUES, Bomb, claims

Files = dict[str, tuple[str, bytes, str]]


def give(door: Door, data: bytes) -> httpx.Response:
    """Give the file to the page, as Ada."""
    files: Files = {"file": ("r07.stick", data, "application/octet-stream")}
    headers = {"authorization": door.client.headers["x-as-ada"]}
    answer = door.run(door.client.post("/units/import", files=files, headers=headers))
    assert answer.status_code < 500, answer.text
    return answer


def take(door: Door, data: bytes) -> StickReport:
    """The same by the command, which draws no page."""
    return door.run(import_stick(door.running.hub, door.running.org_id, data))


def takes_good_beside(door: Door, *bad: bytes) -> None:
    """The good bundle in a file is stored, whatever lies before and behind it."""
    report = take(door, encode(Stick(FORMAT, (*bad, door.waiting, *bad))))
    good = report.bundles[len(bad)]
    assert (good.outcome, good.last) == ("stored", door.card.tip.seq)
    door.behind = door.card.tip.seq
    door.sell(door.card)


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_stores_at_most_what_is_whole_in_it(door: Door, kind: str) -> None:
    @given(DAMAGE[kind])
    @EACH
    def spoil(damage: Any) -> None:
        data = damage.of(write_stick((door.known,)))
        given = give(door, data)
        try:
            bundles = [one.outcome for one in take(door, data).bundles]
        except InputRefused:
            assert given.status_code == 422
        else:
            assert (kind, given.status_code) == ("spliced", 200)
            assert set(bundles) <= {"known", "refused"}, bundles

    spoil()
    door.goes_on()


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_bundle_in_a_file_stops_no_other(door: Door, kind: str) -> None:
    @given(DAMAGE[kind])
    @EACH
    def spoil(damage: Any) -> None:
        takes_good_beside(door, damage.of(door.waiting), damage.of(door.known))

    spoil()
    door.goes_on()


def test_bundles_of_others_and_by_others_stop_no_good_one(door: Door) -> None:
    @given(st.uuids(), st.binary(min_size=32, max_size=32), st.integers(2, 2**62))
    @EACH
    def forge(stranger: Any, seed: bytes, epoch: int) -> None:
        card, owner, first = door.card, door.owner, door.behind + 1
        entries = [one.data for one in card.sealed[door.behind :]]
        bad = [
            pack(owner, first, entries, card.tip, NodeKey(seed, seed)),
            pack(Owner(owner.org_id, stranger, 1), first, entries, card.tip, card.key),
            pack(Owner(owner.org_id, owner.node_id, epoch), first, entries, card.tip, card.key),
            pack(Owner(door.foreign_org, owner.node_id, 1), first, entries, card.tip, card.key),
        ]
        takes_good_beside(door, *bad)

    forge()
    door.goes_on()


def test_bundles_in_any_order_and_any_often_are_stored_once(door: Door) -> None:
    @given(st.permutations(range(4)))
    @EACH
    def shuffle(order: list[int]) -> None:
        card, first = door.card, door.behind + 1
        door.sell(card)
        parts = [card.bundle(seq, seq) for seq in range(first, card.tip.seq + 1)]
        parts = [parts[place % len(parts)] for place in order]
        before = door.entries()
        take(door, write_stick(tuple(parts)))
        assert door.entries() == before + card.tip.seq - first + 1
        door.behind = card.tip.seq
        door.sell(card)

    shuffle()
    door.goes_on()


def test_bombs_in_a_file_are_not_unpacked(door: Door) -> None:
    @given(BOMBS)
    @EACH
    def throw(bomb: Bomb) -> None:
        takes_good_beside(door, bomb.data)

    throw()
    door.goes_on()


def test_parcels_in_a_file_may_be_anything(door: Door) -> None:
    @given(VALUES, st.binary(max_size=80))
    @EACH
    def odd(value: Any, noise: bytes) -> None:
        parcels = (noise, encode(value), door.card.key.document("tillhouse/parcel/v1", encode(value)))
        report = take(door, write_stick((door.known,), parcels))
        assert (report.bundles[0].outcome, report.parcels_kept) == ("known", 0)

    odd()
    door.goes_on()


LIMITS = {
    "format": FORMAT, "bundles": str(STICK_BUNDLES_MAX), "bundle": str(BUNDLE_BYTES_MAX),
    "parcels": str(STICK_PARCELS_MAX), "none": "1 to", "claim": str(STICK_BUNDLES_MAX),
}  # fmt: skip


@pytest.mark.parametrize("kind", LIMITS)
def test_a_file_of_another_format_or_over_a_limit_is_refused(door: Door, kind: str) -> None:
    whole = door.known

    @given(st.integers(1, 200), TEXTS.filter(lambda text: text != FORMAT), claims(b"\xdd"))
    @EACH
    def grow(more: int, text: str, claim: bytes) -> None:
        made = {
            "format": lambda: encode(Stick(text, (whole,))),
            "bundles": lambda: encode(Stick(FORMAT, (b"",) * (STICK_BUNDLES_MAX + more))),
            "bundle": lambda: encode(Stick(FORMAT, (bytes(BUNDLE_BYTES_MAX + more),))),
            "parcels": lambda: encode(Stick(FORMAT, (whole,), (b"",) * (STICK_PARCELS_MAX + more))),
            "none": lambda: encode(Stick(FORMAT, ())),
            "claim": lambda: b"\x92" + encode(FORMAT) + claim,
        }
        with pytest.raises(InputRefused, match=LIMITS[kind]):
            take(door, made[kind]())

    grow()
    assert give(door, encode(Stick("tillhouse/stick/v2", (whole,)))).status_code == 422
    door.goes_on()
