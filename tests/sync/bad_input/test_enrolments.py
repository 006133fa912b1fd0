"""Pairing codes and enrolments that nobody made, that are spoilt, old or used: no unit comes in, and the next may."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.runtime.app import BODY_BYTES_MAX
from hub.sync.enrol import Room, open_pairing
from shared.journal.signing import NodeKey, SignedDocument
from shared.kernel.codec import decode, encode
from shared.kernel.errors import InputRefused
from shared.kernel.validation import ALPHABET
from shared.sync.pairing import ENROL_TAG, SECRET_LETTERS, EnrolRequest, PairingCode, make_secret, read_pairing
from tests.support.profile import EACH
from tests.sync.bad_input.door import Door
from tests.sync.bad_input.strategies import BODIES, DAMAGE, TEXTS, claims

KEY = NodeKey(b"\x09" * 32, b"\x0a" * 32)
CODE = PairingCode("https://hub.rovers.example", "ab" * 32, make_secret(b"0123456789"))
REQUEST = EnrolRequest(secret=CODE.secret, node=UUID(int=77), sign_key=KEY.sign_public, seal_key=KEY.seal_public)
REFUSED = ("input.invalid", "evidence.bad_signature", "identity.unknown_pairing", "identity.bad_keys")
LOW_ORDER = (bytes(32), b"\1" + bytes(31), bytes.fromhex("ec" + "ff" * 30 + "7f"))
"""Points of X25519 to which nothing can be sealed."""
UNITS = "select count(*) from identity.identity_unit"


def signed(request: EnrolRequest, key: NodeKey = KEY) -> bytes:
    """The request as an edge sends it."""
    return key.document(ENROL_TAG, encode(request))


def refused(door: Door, data: bytes) -> None:
    """Nobody comes in by this."""
    answer = door.post("enrol", data)
    assert answer.status_code != 200
    assert answer.json()["code"] in REFUSED, answer.text


def pair(door: Door, code: str) -> PairingCode:
    """A code from head office."""
    room = Room(venue_id=door.venue_id, kind="rsu", code=code, name=f"RSU {code[1:]}")
    return door.run(open_pairing(door.running.hub, door.running.org_id, room, actor=None))


def enrols(door: Door) -> None:
    """A good code is taken, once, whatever came before."""
    keys = NodeKey(uuid4().bytes * 2, uuid4().bytes * 2)
    code = pair(door, f"R{uuid4().hex[:5]}")
    request = EnrolRequest(secret=code.secret, node=uuid4(), sign_key=keys.sign_public, seal_key=keys.seal_public)
    first = door.post("enrol", signed(request, keys))
    assert first.status_code == 200, first.text
    assert door.post("enrol", signed(request, keys)).status_code == 200, "the answer was lost and is asked for again"
    other = msgspec.structs.replace(request, node=uuid4(), sign_key=KEY.sign_public)
    assert door.post("enrol", signed(other)).json()["code"] == "identity.pairing_over"
    door.goes_on()


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_enrolment_is_refused(door: Door, kind: str) -> None:
    code = pair(door, f"R{uuid4().hex[:5]}")
    whole = signed(msgspec.structs.replace(REQUEST, secret=code.secret))
    before = door.fetch(UNITS)

    @given(DAMAGE[kind])
    @EACH
    def spoil(damage: Any) -> None:
        refused(door, damage.of(whole))

    spoil()
    assert door.fetch(UNITS) == before
    enrols(door)


def test_a_secret_that_head_office_did_not_make_opens_nothing(door: Door) -> None:
    secrets = st.text(ALPHABET, min_size=SECRET_LETTERS, max_size=SECRET_LETTERS)

    @given(st.one_of(secrets, TEXTS), st.uuids())
    @EACH
    def guess(secret: str, node: UUID) -> None:
        refused(door, signed(msgspec.structs.replace(REQUEST, secret=secret, node=node)))

    guess()
    enrols(door)


@pytest.mark.parametrize("kind", ["reordered", "truncated", "another letter"])
def test_a_secret_typed_wrongly_opens_nothing(door: Door, kind: str) -> None:
    secret = pair(door, f"R{uuid4().hex[:5]}").secret

    @given(st.permutations(range(SECRET_LETTERS)), st.integers(0, SECRET_LETTERS - 1), st.sampled_from(ALPHABET))
    @EACH
    def mistype(order: list[int], place: int, letter: str) -> None:
        made = {
            "reordered": "".join(secret[at] for at in order),
            "truncated": secret[:place],
            "another letter": secret[:place] + letter + secret[place + 1 :],
        }
        if made[kind] != secret:
            refused(door, signed(msgspec.structs.replace(REQUEST, secret=made[kind])))

    mistype()
    enrols(door)


@pytest.mark.parametrize("kind", ["another unit", "a neighbour's unit", "another organisation"])
def test_a_code_takes_in_no_unit_that_is_another_s(door: Door, kind: str) -> None:
    known = door.card.owner.node_id
    room = Room(venue_id=door.venue_id, kind="rsu", code="R07", name="RSU 07", unit_id=known)
    again = door.run(open_pairing(door.running.hub, door.running.org_id, room, actor=None))
    foreign_venue = door.run(door.running.venue("Kingsway Hall", door.foreign_org))
    guest = Room(venue_id=foreign_venue, kind="rsu", code=f"K{uuid4().hex[:5]}", name="Guest")
    foreign = door.run(open_pairing(door.running.hub, door.foreign_org, guest, actor=None))
    fresh, before = pair(door, f"R{uuid4().hex[:5]}"), door.fetch(UNITS)
    cases = {
        "another unit": (again.secret, None, "identity.pairing_of_other"),
        "a neighbour's unit": (fresh.secret, known, "identity.enrolled_already"),
        "another organisation": (foreign.secret, known, "directory.node_elsewhere"),
    }

    @given(st.uuids(), st.binary(min_size=32, max_size=32))
    @EACH
    def usurp(stranger: UUID, seed: bytes) -> None:
        secret, node, code = cases[kind]
        keys = NodeKey(seed, seed)
        request = EnrolRequest(
            secret=secret, node=node or stranger, sign_key=keys.sign_public, seal_key=KEY.seal_public
        )  # fmt: skip
        answer = door.post("enrol", signed(request, keys))
        assert (answer.status_code != 200, answer.json()["code"]) == (True, code)

    usurp()
    assert door.fetch(UNITS) == before
    enrols(door)


def test_an_enrolment_that_another_key_signed_is_refused(door: Door) -> None:
    code = pair(door, f"R{uuid4().hex[:5]}")

    @given(st.binary(min_size=32, max_size=32), st.booleans())
    @EACH
    def forge(seed: bytes, whole: bool) -> None:
        request = msgspec.structs.replace(REQUEST, secret=code.secret)
        data = signed(request, NodeKey(seed, seed))
        if not whole:
            mine, theirs = decode(signed(request), SignedDocument), decode(data, SignedDocument)
            data = encode(msgspec.structs.replace(mine, signature=theirs.signature))
        refused(door, data)

    forge()
    enrols(door)


@pytest.mark.parametrize("kind", ["sign_key", "seal_key"])
def test_keys_that_are_no_keys_are_refused(door: Door, kind: str) -> None:
    code = pair(door, f"R{uuid4().hex[:5]}")
    before = door.fetch(UNITS)

    @given(st.binary(max_size=64).filter(lambda key: len(key) != 32) | st.sampled_from(LOW_ORDER))
    @EACH
    def odd(key: bytes) -> None:
        refused(door, signed(msgspec.structs.replace(REQUEST, secret=code.secret, **{kind: key})))

    odd()
    assert door.fetch(UNITS) == before
    enrols(door)


def test_an_old_code_opens_nothing_and_a_used_one_nothing_more(door: Door) -> None:
    code = pair(door, f"R{uuid4().hex[:5]}")
    door.running.clock.forward(61 * 60_000)

    @given(st.uuids())
    @EACH
    def replay(node: UUID) -> None:
        answer = door.post("enrol", signed(msgspec.structs.replace(REQUEST, secret=code.secret, node=node)))
        assert answer.json()["code"] == "identity.pairing_over"

    replay()
    enrols(door)


def test_a_later_programs_request_is_understood_and_a_claim_of_more_is_not(door: Door) -> None:
    code = pair(door, f"R{uuid4().hex[:5]}")

    @given(BODIES, claims(b"\xdf"))
    @EACH
    def later(more: dict[str, Any], claim: bytes) -> None:
        said = decode(encode(msgspec.structs.replace(REQUEST, secret=code.secret)), dict[str, Any])
        odd = {f"later {name}": value for name, value in more.items()}
        assert door.post("enrol", KEY.document(ENROL_TAG, encode(odd | said))).status_code == 200
        refused(door, KEY.document(ENROL_TAG, claim))

    later()
    enrols(door)


def test_an_enrolment_larger_than_the_hub_takes_is_refused(door: Door) -> None:
    @given(st.integers(1, 100_000))
    @EACH
    def grow(more: int) -> None:
        answer = door.post("enrol", bytes(BODY_BYTES_MAX + more))
        assert (answer.status_code, str(BODY_BYTES_MAX) in answer.json()["detail"]) == (413, True)

    grow()
    enrols(door)


@given(st.integers(1, len(CODE.text())), st.integers(2, 99), st.integers(1, 500), st.permutations(range(4)))
@EACH
def test_a_code_that_is_cut_mixed_up_too_long_or_of_a_later_program_is_refused_at_the_edge(
    cut: int, version: int, more: int, order: list[int]
) -> None:
    whole = CODE.text()
    parts = whole.split("*")
    spoilt = [
        whole[:-cut], whole.replace("TH1*", f"TH{version}*"), whole + "A" * more, whole + " " + "A" * (400 + more)
    ]  # fmt: skip
    if order != sorted(order):
        spoilt.append("*".join(parts[place] for place in order))
    for text in spoilt:
        with pytest.raises(InputRefused, match="Code: "):
            read_pairing(text, url="https://hub.rovers.example")
    assert read_pairing(whole) == CODE


@given(st.text(max_size=500) | st.builds(lambda at, put: CODE.text()[: at % 90] + put, st.integers(0, 90), TEXTS))
@EACH
def test_no_text_that_is_typed_as_a_code_makes_an_edge_fall_over(text: str) -> None:
    for url in ("", "https://hub.rovers.example"):
        try:
            found = read_pairing(text, url=url)
        except InputRefused:
            continue
        assert found.url.startswith("http")
        assert len(found.secret) == SECRET_LETTERS
