"""A head says in a signed note how far a journal goes; nobody else can say it."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.chain import Tip
from shared.journal.head import Head, read_head, sign_head, verify_head
from shared.kernel.errors import BadSignature
from tests.journal.histories import KEY, NEIGHBOUR, OTHER_KEY, UNIT, history

_, TIP = history(3)
HEAD = sign_head(UNIT, TIP, KEY)
NAME = f"tillhouse/{UNIT.org_id}/{UNIT.node_id}/e1"


def _refused(data: bytes) -> bool:
    try:
        verify_head(data, UNIT, KEY.sign_public)
    except BadSignature:
        return True
    return False


def test_a_head_is_a_c2sp_checkpoint_with_one_signature_line() -> None:
    text, blank, note = HEAD.decode().partition("\n\n")
    assert text == f"{NAME}\n3\n{base64.b64encode(TIP.hash).decode()}"
    assert blank
    dash, name, signature = note.removesuffix("\n").split(" ")
    raw = base64.b64decode(signature)
    assert (dash, name, len(raw)) == ("—", NAME, 4 + 64)
    assert raw[:4] == hashlib.sha256(NAME.encode() + b"\n\x01" + KEY.sign_public).digest()[:4]


def test_the_hub_reads_who_and_how_far_from_a_head() -> None:
    assert verify_head(HEAD, UNIT, KEY.sign_public) == Head(NAME, TIP) == read_head(HEAD)


def test_a_head_signed_by_another_key_is_refused() -> None:
    assert _refused(sign_head(UNIT, TIP, OTHER_KEY))


def test_a_head_of_another_journal_is_refused_though_the_key_is_right() -> None:
    assert _refused(sign_head(NEIGHBOUR, TIP, KEY))


def test_a_higher_or_lower_size_is_refused() -> None:
    for size in (b"\n2\n", b"\n4\n", b"\n03\n", b"\n+3\n", b"\n 3\n"):
        assert _refused(HEAD.replace(b"\n3\n", size, 1))


def test_another_root_is_refused() -> None:
    root, other = base64.b64encode(TIP.hash), base64.b64encode(bytes(32))
    assert _refused(HEAD.replace(root, other))


def test_signature_lines_of_strangers_are_passed_over() -> None:
    text, _, note = HEAD.decode().partition("\n\n")
    witness = base64.b64encode(b"\x00\x01\x02\x03" + bytes(64)).decode()
    lines = f"— witness.example/w1 {witness}\n— {NAME} {witness}\n{note}— later.example {witness}\n"
    assert verify_head(f"{text}\n\n{lines}".encode(), UNIT, KEY.sign_public).tip == TIP
    assert _refused(f"{text}\n\n— witness.example/w1 {witness}\n".encode())


@pytest.mark.parametrize("signature", ["", "é", "!!!!", "AAAA", "AAECAw=="])
def test_a_signature_line_that_is_none_is_refused(signature: str) -> None:
    text = HEAD.decode().partition("\n\n")[0]
    assert _refused(f"{text}\n\n— {NAME} {signature}\n".encode())


def test_a_head_cut_anywhere_before_its_end_is_refused() -> None:
    assert all(_refused(HEAD[:length]) for length in range(len(HEAD) - 1))


def test_any_changed_byte_of_a_head_is_refused() -> None:
    for at in range(len(HEAD) - 1):
        tampered = bytearray(HEAD)
        tampered[at] ^= 0x01
        assert _refused(bytes(tampered)), at


@given(st.binary(max_size=200))
def test_random_bytes_are_no_head(noise: bytes) -> None:
    assert _refused(noise)


def test_a_head_before_the_beginning_is_refused() -> None:
    assert _refused(sign_head(UNIT, Tip(-1, TIP.hash), KEY))
