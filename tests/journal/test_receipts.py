"""A receipt is a head with two signatures: the unit says what it sold, the hub says that it holds it."""

import base64
import hashlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.chain import Tip, origin
from shared.journal.entry import Owner
from shared.journal.head import (
    RECEIPT_TYPE,
    Head,
    cosign,
    journal_of,
    read_head,
    sign_head,
    verify_head,
    verify_receipt,
)
from shared.journal.signing import NodeKey
from shared.kernel.errors import BadSignature
from tests.journal.histories import KEY, NEIGHBOUR, OTHER_KEY, UNIT, history

HUB = Owner(UNIT.org_id, UUID(int=0xF0), 1)
HUB_KEY = NodeKey(b"\x05" * 32, b"\x06" * 32)
_, TIP = history(3)
HEAD = sign_head(UNIT, TIP, KEY)
RECEIPT = cosign(HEAD, HUB, HUB_KEY)


def _refused(data: bytes, *, owner: Owner = UNIT, hub: Owner = HUB, hub_key: NodeKey = HUB_KEY) -> bool:
    try:
        verify_receipt(data, owner, KEY.sign_public, hub, hub_key.sign_public)
    except BadSignature:
        return True
    return False


def test_a_receipt_is_the_units_head_with_one_line_of_the_hub_below() -> None:
    assert RECEIPT.startswith(HEAD)
    line = RECEIPT.removeprefix(HEAD).decode()
    dash, name, signature = line.removesuffix("\n").split(" ")
    assert (dash, name, len(base64.b64decode(signature))) == ("—", origin(HUB), 4 + 64)


def test_both_sides_find_the_head_in_a_receipt() -> None:
    found = verify_receipt(RECEIPT, UNIT, KEY.sign_public, HUB, HUB_KEY.sign_public)
    assert verify_head(RECEIPT, UNIT, KEY.sign_public) == read_head(HEAD) == Head(origin(UNIT), TIP)
    assert found == Head(origin(UNIT), TIP, hub_epoch=HUB.epoch)


def test_a_head_that_the_hub_never_signed_is_no_receipt() -> None:
    assert _refused(HEAD)
    assert _refused(cosign(HEAD, HUB, OTHER_KEY))


def test_what_the_unit_never_signed_is_no_receipt() -> None:
    assert _refused(cosign(sign_head(UNIT, TIP, OTHER_KEY), HUB, HUB_KEY))


def test_a_receipt_of_another_journal_or_of_another_hub_is_refused() -> None:
    assert _refused(RECEIPT, owner=NEIGHBOUR)
    assert _refused(RECEIPT, hub=Owner(UNIT.org_id, UUID(int=0xF1), 1))
    assert _refused(RECEIPT, hub=Owner(UUID(int=0xA1), HUB.node_id, 1))


def test_a_restored_hub_signs_under_a_new_epoch_and_its_older_receipts_stay_good() -> None:
    later = Owner(HUB.org_id, HUB.node_id, 12)
    for signed_by in (HUB, later):
        data = cosign(HEAD, signed_by, HUB_KEY)
        for asked in (HUB, later):
            assert verify_receipt(data, UNIT, KEY.sign_public, asked, HUB_KEY.sign_public).tip == TIP


@pytest.mark.parametrize("epoch", ["e", "e0", "e01", "e-1", "ex", "e1/x", "é1"])
def test_a_hub_line_under_an_epoch_that_is_none_is_refused(epoch: str) -> None:
    stem = origin(HUB).removesuffix("e1")
    assert _refused(RECEIPT.decode().replace(f"{stem}e1 ", f"{stem}{epoch} ").encode())


def test_nobody_moves_a_receipt_into_another_epoch_of_the_hub() -> None:
    name, later = origin(HUB), origin(Owner(HUB.org_id, HUB.node_id, 7))
    line = RECEIPT.decode().splitlines()[-1]
    raw = base64.b64decode(line.rpartition(" ")[2])
    marked = hashlib.sha256(later.encode() + b"\n" + RECEIPT_TYPE + HUB_KEY.sign_public).digest()[:4]
    moved = RECEIPT.decode().replace(line, f"— {later} {base64.b64encode(marked + raw[4:]).decode()}")
    assert name != later
    assert _refused(moved.encode())


def test_lines_that_a_unit_put_in_the_hubs_name_do_not_reach_the_receipt() -> None:
    noise = base64.b64encode(bytes(68)).decode()
    forged = HEAD + f"— {origin(HUB)} {noise}\n— witness.example {noise}\n".encode()
    receipt = cosign(forged, HUB, HUB_KEY)
    assert receipt == RECEIPT


def test_cosigning_twice_gives_the_same_receipt() -> None:
    assert cosign(RECEIPT, HUB, HUB_KEY) == RECEIPT


def test_any_changed_byte_of_a_receipt_is_refused() -> None:
    for at in range(len(RECEIPT) - 1):
        tampered = bytearray(RECEIPT)
        tampered[at] ^= 0x01
        assert _refused(bytes(tampered)), at


def test_a_receipt_cut_anywhere_before_its_end_is_refused() -> None:
    assert all(_refused(RECEIPT[:length]) for length in range(len(RECEIPT) - 1))


@given(st.binary(max_size=300))
def test_random_bytes_are_no_receipt(noise: bytes) -> None:
    assert _refused(noise)
    assert _refused(HEAD + noise)


def test_a_head_names_its_journal() -> None:
    assert journal_of(read_head(HEAD)) == UNIT


@pytest.mark.parametrize(
    "name",
    [
        "", "tillhouse", "tillhouse/a/b/e1", f"tillhouse/{UNIT.org_id}/{UNIT.node_id}/e0", f"x{origin(UNIT)}",
        f"tillhouse/{UNIT.org_id.hex}/{UNIT.node_id}/e1", f"{origin(UNIT)}/", origin(UNIT).upper(),
        f"tillhouse/{UNIT.org_id}/{UNIT.node_id}/e{10**40}",
    ],
)  # fmt: skip
def test_a_name_that_is_no_journals_is_refused(name: str) -> None:
    with pytest.raises(BadSignature):
        journal_of(Head(name, Tip(1, bytes(32))))
