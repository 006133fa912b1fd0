"""Bytes and back: what was encoded is what is read, and anything else is refused."""

import contextlib
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.codec import decode, decode_json, encode
from shared.kernel.money import Money


class Sold(msgspec.Struct, frozen=True):
    sale_id: UUID
    price: Money
    seller: str


prices = st.builds(Money, minor=st.integers(-(2**40), 2**40), currency=st.sampled_from(["USD", "JPY"]))


@given(sold=st.builds(Sold, sale_id=st.uuids(), price=prices, seller=st.text(max_size=20)))
def test_a_struct_survives_the_way_to_bytes_and_back(sold: Sold) -> None:
    assert decode(encode(sold), Sold) == sold


def test_a_uuid_takes_sixteen_bytes_and_two_of_frame() -> None:
    assert len(encode(UUID(int=7))) == 18


@given(junk=st.binary(max_size=60))
def test_random_bytes_are_read_as_the_kind_or_refused(junk: bytes) -> None:
    try:
        read = decode(junk, Sold)
    except msgspec.DecodeError:
        return
    assert decode(encode(read), Sold) == read


@given(junk=st.binary(max_size=60))
def test_random_bytes_are_no_json_or_are_read(junk: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        decode_json(junk, dict[str, str])


@pytest.mark.parametrize("data", [b"[" * 200_000, b'"\xe9"', b'{"\xff": 1}', b'{"code": "\xe9"}'])
def test_json_nested_without_end_and_text_that_is_none_are_refused_like_any_other(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_json(data, object)


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(encode({"minor": "ten", "currency": "USD"}), Money)


@pytest.mark.parametrize("kind", [list, Sold])
@pytest.mark.parametrize(
    "data", [b"\x91" * 200_000, b"\x81\xa3one" * 200_000, b"\xa2\xc3\x28", b"\x81\xa6seller\xa1\xff"]
)
def test_bytes_nested_without_end_and_text_that_is_none_are_refused_like_any_others(data: bytes, kind: type) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(data, kind)
