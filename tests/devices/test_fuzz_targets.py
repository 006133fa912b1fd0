"""Whatever bytes come from a printer, a scanner or a stranger: the rules of `fuzz_targets` hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.devices import fuzz_targets
from tests.devices.fuzz_targets import TARGETS

WORDS = "1b40 1b2a21 1d6b 1d6b49 1d286b 1d284c 1d384c 1d763000 1b24 1b5c 1d57 1d4c 1d21 1b74 1c4331 1c26 1b4d 1b4a 1d56"
ORDERS = st.sampled_from([bytes.fromhex(word) for word in [*WORDS.split(), "0a", "7b42", "00"]])
streams = st.lists(st.binary(max_size=12) | ORDERS, max_size=30).map(b"".join)


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_of_each_target_keep_its_rules(name: str) -> None:
    target, seeds = TARGETS[name]
    for seed in (*seeds, b""):
        target(seed)


@given(streams)
def test_any_answers_of_a_printer_keep_the_rules(data: bytes) -> None:
    fuzz_targets.status(data)


@given(streams)
def test_any_frames_of_a_scanner_keep_the_rules(data: bytes) -> None:
    fuzz_targets.framing(data)


@given(st.binary(max_size=200))
def test_any_records_of_a_keyboard_keep_the_rules(data: bytes) -> None:
    fuzz_targets.keys(data)


@settings(max_examples=150, deadline=None)
@given(streams)
def test_any_orders_to_the_virtual_printer_keep_the_rules(data: bytes) -> None:
    fuzz_targets.paper(b"\x01" + data)
