"""Bundles that are none, not whole, not theirs or not of today: the next good one is taken as if nothing had been."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.slices import ALL
from shared.journal.bundle import FORMAT, Bundle, pack, unpack
from shared.journal.chain import Sealed, Tip, entry_hash
from shared.journal.entry import Entry, Envelope, Fact, Owner
from shared.journal.signing import NodeKey
from shared.kernel.codec import Raw, decode, encode
from shared.kernel.limits import BUNDLE_BYTES_MAX, BUNDLE_ENTRIES_MAX, ENTRY_BYTES_MAX
from shared.sync.protocol import PushAnswer
from tests.support.profile import EACH
from tests.sync.bad_input.door import PENDING, Door
from tests.sync.bad_input.strategies import BODIES, BOMBS, DAMAGE, NUMBERS, TEXTS, VALUES, Bomb, claims

UNREAD = ("input.invalid", "evidence.bad_signature", "evidence.chain_broken", "sync.foreign_bundle")
THIEF = NodeKey(b"\x07" * 32, b"\x08" * 32)


def packed(bundle: Any) -> bytes:
    """Anything, packed as a bundle is."""
    return zstandard.ZstdCompressor(level=3).compress(encode(bundle))


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_bundle_is_refused_and_the_whole_one_taken(door: Door, kind: str) -> None:
    @given(DAMAGE[kind], st.booleans())
    @EACH
    def spoil(damage: Any, inside: bool) -> None:
        if inside:
            plain = zstandard.ZstdDecompressor().decompress(door.waiting)
            damaged = damage.of(plain)
            data = zstandard.ZstdCompressor(level=3).compress(damaged)
        else:
            data = damage.of(door.waiting)
        door.refused(data, *UNREAD)

    spoil()
    door.goes_on()


def test_a_replayed_bundle_changes_nothing(door: Door) -> None:
    @given(st.integers(1, 2**16), st.integers(1, 2**16))
    @EACH
    def replay(first: int, length: int) -> None:
        first = first % door.behind + 1
        last = min(door.behind, first + length % 20)
        before = door.entries()
        assert decode(door.push(door.card.bundle(first, last)).content, PushAnswer).seq == last
        assert door.entries() == before

    replay()
    door.goes_on()


def test_entries_in_another_order_are_no_journal_and_a_later_bundle_waits_for_the_earlier(door: Door) -> None:
    @given(st.permutations(range(PENDING)), st.integers(2, PENDING))
    @EACH
    def reorder(order: list[int], first: int) -> None:
        bundle, _ = unpack(door.waiting)
        entries = [bundle.entries[place] for place in order]
        if order != sorted(order):
            door.refused(packed(msgspec.structs.replace(bundle, entries=entries)), *UNREAD)
        door.refused(door.card.bundle(door.behind + first), "sync.out_of_order")

    reorder()
    door.goes_on()


@pytest.mark.parametrize(
    "kind", ["another key", "another epoch", "another node", "another organisation", "a neighbour"]
)
def test_what_another_signed_or_another_owns_is_refused(door: Door, kind: str) -> None:
    @given(st.uuids(), st.integers(2, 2**62))
    @EACH
    def forge(stranger: UUID, epoch: int) -> None:
        owner, key, entries = door.owner, door.card.key, unpack(door.waiting)[0].entries
        if kind == "a neighbour":
            door.refused(door.waiting, *UNREAD, journal=door.other)
            return
        owners = {
            "another key": owner,
            "another epoch": Owner(owner.org_id, owner.node_id, epoch),
            "another node": Owner(owner.org_id, stranger, 1),
            "another organisation": Owner(door.foreign_org if epoch % 2 else stranger, owner.node_id, 1),
        }
        key = NodeKey(stranger.bytes * 2, stranger.bytes * 2) if kind == "another key" else key
        data = pack(owners[kind], door.behind + 1, entries, door.card.tip, key)
        door.refused(data, *UNREAD)

    forge()
    door.goes_on()


LIMITS = {
    "entries": str(BUNDLE_ENTRIES_MAX), "an entry": str(ENTRY_BYTES_MAX),
    "bytes": f"{BUNDLE_BYTES_MAX} bytes that the hub takes", "a claim": str(BUNDLE_BYTES_MAX),
}  # fmt: skip


@pytest.mark.parametrize("kind", LIMITS)
def test_a_bundle_over_a_limit_is_refused_and_the_limit_named(door: Door, kind: str) -> None:
    @given(st.integers(1, 5_000), claims(b"\xdd"))
    @EACH
    def grow(more: int, claim: bytes) -> None:
        bundle, _ = unpack(door.waiting)
        made = {
            "entries": lambda: packed(Bundle(FORMAT, bundle.first, bundle.head, [b""] * (BUNDLE_ENTRIES_MAX + more))),
            "an entry": lambda: packed(Bundle(FORMAT, bundle.first, bundle.head, [bytes(ENTRY_BYTES_MAX + more)])),
            "bytes": lambda: door.waiting + bytes(BUNDLE_BYTES_MAX + more - len(door.waiting)),
            "a claim": lambda: zstandard.ZstdCompressor().compress(claim),
        }
        said = door.refused(made[kind](), "http.413" if kind == "bytes" else "input.invalid")
        assert LIMITS[kind] in said

    grow()
    door.goes_on()


def test_a_bomb_is_not_unpacked(door: Door) -> None:
    @given(BOMBS)
    @EACH
    def throw(bomb: Bomb) -> None:
        assert str(BUNDLE_BYTES_MAX) in door.refused(bomb.data, "input.invalid")

    throw()
    door.goes_on()


def test_a_bundle_of_a_later_format_is_refused_until_the_hub_is_updated(door: Door) -> None:
    @given(NUMBERS.filter(lambda number: number != FORMAT), st.lists(VALUES, max_size=3))
    @EACH
    def later(number: int, more: list[Any]) -> None:
        bundle, _ = unpack(door.waiting)
        door.refused(packed([number, bundle.first, bundle.head, bundle.entries, *more]), "input.invalid")

    later()
    door.goes_on()


def extend(door: Door, **other: Any) -> None:
    """The handheld's own next entry, signed as it should be, but with something strange inside; it is taken."""
    card = door.card
    [sealed] = door.sell(card)
    envelope = msgspec.structs.replace(sealed.entry.envelope, **other)
    data = encode(envelope)
    card.tip = Tip(envelope.seq, entry_hash(data))
    card.sealed[-1] = Sealed(Entry[Fact](envelope, card.tip.hash, sealed.entry.body, card.owner), data)
    answer = door.push(door.waiting)
    assert answer.status_code == 200, answer.text
    assert decode(answer.content, PushAnswer).seq == card.tip.seq
    door.behind = card.tip.seq


def test_facts_of_a_later_version_are_kept_as_they_came(door: Door) -> None:
    @example("a later\0fact", 1, {}, None)
    @example("raffle.tickets_given", 2**63, {}, None)
    @example("", 2**64 - 1, {}, "raffle.tickets_sold")
    @given(TEXTS, NUMBERS, BODIES, st.sampled_from([*sorted(ALL.facts.kinds), None]))
    @EACH
    def later(text: str, version: int, body: dict[str, Any], known: str | None) -> None:
        extend(door, type=known or text, version=version, body=Raw(encode(body)))

    later()
    door.goes_on()


def odd_facts(kind: type[Fact]) -> st.SearchStrategy[Fact]:
    """Facts of the right shape with any number and any text in them."""
    odd = {int: NUMBERS, str: TEXTS}
    fields = [field for field in msgspec.structs.fields(kind) if field.type in odd]
    return st.builds(kind, **{field.name: odd[field.type] for field in fields})


def test_facts_that_make_no_sense_are_kept_aside_and_their_unit_uploads_on(door: Door) -> None:
    @given(st.sampled_from(sorted(ALL.facts.kinds)), st.data())
    @EACH
    def poison(type_name: str, chance: st.DataObject) -> None:
        kind = ALL.facts.kinds[type_name]
        fact = chance.draw(odd_facts(kind))
        try:
            body = Raw(encode(fact))
        except OverflowError:
            return
        extend(door, type=type_name, version=kind.VERSION, body=body, entity=getattr(fact, kind.ENTITY))

    poison()
    door.goes_on()


def test_envelopes_of_any_time_and_any_seller_are_kept(door: Door) -> None:
    fields = st.fixed_dictionaries(
        {
            "id": st.uuids(), "entity": st.uuids(), "command_id": st.uuids(), "actor": st.none() | st.uuids(),
            "wall_ms": NUMBERS, "monotonic_ns": NUMBERS, "boot_id": st.uuids(), "hub_time_ms": NUMBERS,
        }
    )  # fmt: skip

    @given(fields)
    @EACH
    def odd(other: dict[str, Any]) -> None:
        extend(door, **other)

    odd()
    door.goes_on()


def test_no_bytes_under_a_seq_of_any_size_make_the_hub_fall_over(door: Door) -> None:
    @given(NUMBERS, NUMBERS)
    @EACH
    def far(first: int, seq: int) -> None:
        envelope = decode(unpack(door.waiting)[0].entries[0], Envelope)
        try:
            data = encode(msgspec.structs.replace(envelope, seq=seq, command_id=uuid4()))
            bundle = pack(door.owner, first, [data], Tip(seq, entry_hash(data)), door.card.key)
        except OverflowError:
            return
        if seq != envelope.seq:
            door.refused(bundle, *UNREAD, "sync.out_of_order", "sync.other_history")

    far()
    door.goes_on()
