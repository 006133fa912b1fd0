"""What nodes say of themselves by mDNS: read back as it was said, and anything else is no sign of ours."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.discovery.found import on_network
from edge.discovery.services import SERVICES_MAX, TEXT_BYTES_MAX, TEXT_ENTRIES_MAX, Service, read_text
from shared.nearby.signs import (
    ADDRESSES_MAX,
    CODE_LETTERS_MAX,
    EDGE_SERVICE,
    HUB_SERVICE,
    EdgeSign,
    HubSign,
    near_addresses,
    own_addresses,
    read_edge_sign,
    read_hub_sign,
)

NODE = UUID("0192f0a0-0000-7000-8000-00000000000a")
HUB = HubSign(NODE, "0123456789abcdef")
UNIT = EdgeSign(NODE, "rsu", "R07")


def as_bytes(text: Mapping[str, str]) -> dict[bytes, bytes | None]:
    """The text as it goes over the network."""
    return {key.encode(): value.encode() for key, value in text.items()}


def test_a_sign_is_read_back_from_the_network() -> None:
    assert read_hub_sign(HUB.instance, read_text(as_bytes(HUB.text))) == HUB
    assert read_edge_sign(UNIT.instance, read_text(as_bytes(UNIT.text))) == UNIT
    assert read_hub_sign(HubSign(NODE).instance.upper(), HubSign(NODE).text) == HubSign(NODE)


def test_no_organisation_and_no_name_is_told() -> None:
    assert set(HUB.text) == {"v", "node", "mark"}
    assert set(UNIT.text) == {"v", "node", "kind", "code"}
    assert HUB.instance == f"{NODE.hex}.{HUB_SERVICE}"


@pytest.mark.parametrize(
    ("key", "value"),
    [("v", "2"), ("v", ""), ("node", "7"), ("node", NODE.hex.upper()), ("node", "ab" * 16), ("mark", "no fingerprint")],
)
def test_what_says_something_else_is_no_hub(key: str, value: str) -> None:
    assert read_hub_sign(HUB.instance, {**HUB.text, key: value}) is None


@pytest.mark.parametrize(
    ("key", "value"), [("kind", "hub"), ("code", ""), ("code", "x" * (CODE_LETTERS_MAX + 1)), ("code", "\x1b[2J")]
)
def test_what_says_something_else_is_no_unit(key: str, value: str) -> None:
    assert read_edge_sign(UNIT.instance, {**UNIT.text, key: value}) is None


def test_a_hub_is_told_where_it_is_reached_and_not_where_it_is_not() -> None:
    lan = ("10.0.0.2", "127.0.0.1", "192.168.4.2")
    assert own_addresses("0.0.0.0", lan) == ("10.0.0.2", "192.168.4.2")
    assert own_addresses("10.0.0.2", lan) == ("10.0.0.2",)
    assert own_addresses("127.0.0.1", lan) == ()
    assert own_addresses("localhost", ("127.0.0.1",)) == ("127.0.0.1",)
    assert own_addresses("10.0.0.9", lan) == ()


def test_no_answer_sends_a_unit_out_into_the_world() -> None:
    said = ("8.8.8.8", "::ffff:8.8.8.8", "224.0.0.251", "0.0.0.0", "127.0.0.1", "fe80::1", "nonsense", "", "10.0.0.2")
    assert near_addresses(said) == ("10.0.0.2",)
    assert near_addresses(("127.0.0.1", "fd00::2"), here=True) == ("127.0.0.1", "fd00::2")
    assert len(near_addresses(f"10.0.0.{last}" for last in range(1, 100))) == ADDRESSES_MAX


@given(st.dictionaries(st.binary(max_size=300), st.none() | st.binary(max_size=300), max_size=60), st.text())
def test_no_text_on_the_network_harms_the_list(properties: dict[bytes, bytes | None], name: str) -> None:
    text = read_text(properties)
    assert len(text) <= TEXT_ENTRIES_MAX
    assert all(key.isprintable() and value.isprintable() for key, value in text.items())
    assert all(len(value) <= TEXT_BYTES_MAX for value in text.values())
    for kind in (HUB_SERVICE, EDGE_SERVICE, "_ipp._tcp.local.", "_pdl-datastream._tcp.local."):
        service = Service(kind, f"{name}.{kind}", ("10.0.0.7",), 9_100, text)
        for found in on_network([service]):
            assert found.kind == "printer"
            assert all(said.isprintable() for said in (found.title, found.line, found.how))
            assert len(found.title) <= SERVICES_MAX * 2


@given(st.dictionaries(st.sampled_from(("v", "node", "mark", "kind", "code")), st.text(max_size=40)), st.text())
def test_whatever_is_said_a_sign_is_ours_or_none(text: dict[str, str], instance: str) -> None:
    for sign in (read_hub_sign(instance, text), read_edge_sign(instance, text)):
        assert sign is None or sign.instance == instance.lower()
