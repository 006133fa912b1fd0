"""Hellos that nobody sent, somebody else sent, or that say anything: no session for them, no stop for anybody else."""

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.controller import WORD_BYTES_MAX
from hub.sync.greet import greet
from hub.sync.receive import receive
from hub.sync.sessions import NotProven, find_node, make_challenge
from shared.journal.head import cosign, sign_head
from shared.journal.signing import NodeKey, SignedDocument
from shared.kernel.codec import decode, encode
from shared.sync.protocol import CHALLENGE_TAG, HELLO_TAG, Challenge, Hello
from tests.support.journals import TICKETS, Journal, journal_at
from tests.support.profile import EACH
from tests.sync.bad_input.door import Door
from tests.sync.bad_input.strategies import BODIES, DAMAGE, NUMBERS, TEXTS, VALUES

TOO_LARGE = "http.413"
NOT_PROVEN = ("sync.not_proven", "evidence.bad_signature", "sync.unknown_node")


def good(door: Door, **other: Any) -> Hello:
    """What the handheld would say."""
    owner = door.owner
    challenge = door.post(f"challenge/{owner.node_id}", b"").content
    hello = Hello(
        challenge=challenge, org=owner.org_id, node=owner.node_id, epoch=owner.epoch, seq=door.card.tip.seq,
        hash=door.card.tip.hash, generation=1, position=0,
    )  # fmt: skip
    return msgspec.structs.replace(hello, **other)


def refused(door: Door, data: bytes, node: UUID | None = None) -> None:
    """No session for this hello."""
    answer = door.post(f"hello/{node or door.owner.node_id}", data)
    assert answer.status_code != 200
    assert answer.json()["code"] in NOT_PROVEN, answer.text


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_hello_is_refused(door: Door, kind: str) -> None:
    whole = door.card.key.document(HELLO_TAG, encode(good(door)))

    @given(DAMAGE[kind], st.booleans())
    @EACH
    def spoil(damage: Any, inside: bool) -> None:
        document = decode(whole, SignedDocument)
        data = door.card.key.document(HELLO_TAG, damage.of(document.payload)) if inside else damage.of(whole)
        answer = door.post(f"hello/{door.owner.node_id}", data)
        # Fields that are hints may be damaged and signed all the same; who it is may not.
        assert (inside and answer.status_code == 200) or answer.json()["code"] in (*NOT_PROVEN, TOO_LARGE), answer.text

    spoil()
    door.goes_on()


@pytest.mark.parametrize("kind", ["another key", "another node", "another organisation", "another epoch"])
def test_a_hello_of_somebody_else_gets_no_session(door: Door, kind: str) -> None:
    hello = good(door)

    @given(st.uuids(), st.integers(2, 2**62))
    @EACH
    def forge(stranger: UUID, epoch: int) -> None:
        thief = NodeKey(stranger.bytes * 2, stranger.bytes * 2)
        said = {
            "another key": hello,
            "another node": msgspec.structs.replace(hello, node=stranger),
            "another organisation": msgspec.structs.replace(hello, org=door.foreign_org),
            "another epoch": msgspec.structs.replace(hello, epoch=epoch),
        }
        data = (thief if kind == "another key" else door.card.key).document(HELLO_TAG, encode(said[kind]))
        refused(door, data)
        refused(door, data, door.other.owner.node_id)
        refused(door, data, stranger)

    forge()
    door.goes_on()


def test_a_challenge_that_is_old_another_s_or_made_up_proves_nothing(door: Door) -> None:
    @given(st.sampled_from(["old", "another's", "made up"]), st.integers(1, 2**40), VALUES)
    @EACH
    def replay(kind: str, age_ms: int, value: Any) -> None:
        hub, now_ms = door.running.hub.key, door.running.clock.wall_ms
        made = {
            "old": hub.document(CHALLENGE_TAG, encode(Challenge(door.owner.node_id, b"n", now_ms - age_ms))),
            "another's": hub.document(CHALLENGE_TAG, encode(Challenge(uuid4(), b"n", now_ms + 1))),
            "made up": door.card.key.document(CHALLENGE_TAG, encode(value)),
        }
        hello = good(door, challenge=made[kind])
        refused(door, door.card.key.document(HELLO_TAG, encode(hello)))

    replay()
    door.goes_on()


async def _late_hellos(door: Door, card: Journal, sent: list[bytes], turns: list[tuple[str, int]]) -> None:
    """Sales, uploads and hellos of a handheld; any hello comes again, later, in any order."""
    running = door.running
    for act, place in [("say", 0), *turns]:
        running.clock.forward(10)
        if act == "upload":
            assert card.lease is not None
            if card.next_number + TICKETS > card.lease.last:
                await card.take()
            card.sell()
            await receive(running.hub, card.session, card.bundle(card.tip.seq - 1))
        elif act == "say":
            said = Hello(
                challenge=make_challenge(running.hub, card.owner.node_id), org=card.owner.org_id,
                node=card.owner.node_id, epoch=1, seq=card.tip.seq, hash=card.tip.hash, generation=1, position=0,
            )  # fmt: skip
            sent.append(card.key.document(HELLO_TAG, encode(said)))
        with suppress(NotProven):
            await greet(running.hub, card.owner.node_id, sent[place % len(sent)])
        assert (await find_node(running.hub, card.owner.node_id, 1)).state == "enabled"


def test_a_hello_that_comes_again_or_too_late_or_out_of_order_accuses_nobody(door: Door) -> None:
    cases = door.fetch("select case_id from cases.cases_case")
    card = door.run(journal_at(door.running, door.desk, door.venue_id, f"R{uuid4().hex[:5]}"))
    door.guests.append(card)
    door.run(receive(door.running.hub, card.session, card.bundle()))
    sent = list[bytes]()

    @given(st.lists(st.tuples(st.sampled_from(["say", "upload", "again"]), st.integers(0, 2**16)), max_size=5))
    @EACH
    def replay(turns: list[tuple[str, int]]) -> None:
        door.run(_late_hellos(door, card, sent, turns))

    replay()
    assert door.fetch("select case_id from cases.cases_case") == cases
    door.uploads(card)
    door.goes_on()


def test_whatever_a_handheld_says_of_itself_its_next_upload_is_taken(door: Door) -> None:
    """Its own journal may look as it likes; the hub stops an epoch that it cannot follow, and goes on taking it."""
    fields = st.fixed_dictionaries(
        {}, optional={
            "seq": NUMBERS, "hash": st.binary(max_size=40), "generation": NUMBERS, "position": NUMBERS,
            "program": TEXTS, "receipt": st.binary(max_size=80), "certificate": st.binary(max_size=80),
            "boot_id": st.uuids(), "monotonic_ns": NUMBERS, "wall_ms": NUMBERS,
        },
    )  # fmt: skip

    @given(fields)
    @EACH
    def odd(other: dict[str, Any]) -> None:
        door.say_hello(**other)

    odd()
    door.goes_on()


def test_a_receipt_for_any_place_that_the_hub_did_not_sign_opens_no_generation(door: Door) -> None:
    @given(NUMBERS.filter(lambda seq: seq > 0), st.binary(min_size=32, max_size=32))
    @EACH
    def claim(seq: int, digest: bytes) -> None:
        head = sign_head(door.owner, msgspec.structs.replace(door.card.tip, seq=seq, hash=digest), door.card.key)
        door.say_hello(receipt=cosign(head, door.running.hub.owner(door.running.org_id), door.card.key))

    claim()
    assert not door.fetch("select * from sync.hub_state where state = 'recovering'")
    door.goes_on()


def test_a_later_programs_hello_is_understood_as_far_as_it_goes(door: Door) -> None:
    @given(BODIES)
    @EACH
    def later(more: dict[str, Any]) -> None:
        said = decode(encode(good(door)), dict[str, Any])
        odd = {f"later {name}": value for name, value in more.items()}
        data = door.card.key.document(HELLO_TAG, encode(odd | said))
        assert door.post(f"hello/{door.owner.node_id}", data).status_code == 200

    later()
    door.goes_on()


def test_a_hello_larger_than_the_hub_takes_is_refused(door: Door) -> None:
    @given(st.integers(1, 100_000))
    @EACH
    def grow(more: int) -> None:
        answer = door.post(f"hello/{door.owner.node_id}", bytes(WORD_BYTES_MAX + more))
        assert (answer.status_code, str(WORD_BYTES_MAX) in answer.json()["detail"]) == (413, True)

    grow()
    door.goes_on()


def test_no_session_is_made_of_other_bytes(door: Door) -> None:
    whole = door.session(door.card)

    @given(st.one_of(*DAMAGE.values()))
    @EACH
    def spoil(damage: Any) -> None:
        answer = door.post("push", door.waiting, session=damage.of(whole))
        assert answer.json()["code"] == "sync.not_proven"

    spoil()
    door.goes_on()
