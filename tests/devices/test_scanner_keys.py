"""A scanner that types, read where Linux reports its keys: real records through a pipe that stands for the device."""

import asyncio
import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.group import JOIN_GROUP
from edge.devices.scanners.evdev import EvdevSource
from edge.devices.scanners.keys import PLAIN, RECORD, SHIFTED, SPOILT, KeyReader
from edge.devices.scanners.source import ScannerAbsent, ScannerForbidden, ScannerTaken, ScannerUnfit
from edge.devices.scanners.supervisor import ScannerState
from shared.pipeline.loop import run_node
from tests.devices.scanner_desk import TICKET, scanner_desk

LEFT_SHIFT, LEFT_CONTROL, LEFT_ALT, CAPS_LOCK, ENTER, F1 = 42, 29, 56, 58, 28, 59
TYPED = {sign: (False, code) for code, sign in PLAIN.items() if code < 71}
TYPED |= {sign: (True, code) for code, sign in SHIFTED.items() if sign not in TYPED and code < 71}
texts = st.text(st.sampled_from(sorted(TYPED)), max_size=40)


def record(kind: int, code: int, value: int) -> bytes:
    """One `struct input_event` with the end of its report."""
    return RECORD.pack(1_700_000_000, 250_000, kind, code, value) + RECORD.pack(1_700_000_000, 250_000, 0, 0, 0)


def key(code: int) -> bytes:
    """A key that goes down, hangs for a moment, and comes up."""
    return record(1, code, 1) + record(1, code, 2) + record(1, code, 0)


def holding(code: int, keys: bytes) -> bytes:
    """These keys while another is held."""
    return record(1, code, 1) + keys + record(1, code, 0)


def typed(text: str, end: int = ENTER) -> bytes:
    """What a scanner types for this text."""
    signs = b"".join(
        holding(LEFT_SHIFT, key(code)) if shift else key(code) for shift, code in (TYPED[sign] for sign in text)
    )
    return signs + key(end)


def test_a_record_is_as_long_as_the_kernels() -> None:
    assert RECORD.size == 2 * struct.calcsize("l") + 8


@given(texts, st.lists(st.integers(0, 3_000), max_size=10))
def test_every_sign_of_the_layout_is_read_however_the_records_are_cut(text: str, cuts: list[int]) -> None:
    data, keys = typed(text), KeyReader()
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    parts = [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert "".join(keys.read(part) for part in parts) == f"{text}\r"


@given(st.binary(max_size=400))
def test_no_bytes_upset_the_reader_of_keys(data: bytes) -> None:
    keys = KeyReader()
    keys.read(data)
    assert isinstance(keys.read(typed("A")), str)


@pytest.mark.parametrize(
    ("records", "text"),
    [
        (key(CAPS_LOCK) + typed("aB1"), "Ab1\r"),
        (holding(LEFT_CONTROL, key(27)) + key(ENTER), "\x1d\r"),
        (holding(LEFT_CONTROL, key(2)) + key(ENTER), "\r"),
        (key(79) + key(82) + key(83) + key(96), "10.\r"),
        (key(F1) + typed("A"), "A\r"),
        (record(2, 0, 1) + record(4, 4, 458_756) + typed("A"), "A\r"),
        (key(30) + record(0, 3, 0) + typed("b"), f"a{SPOILT}b\r"),
        (holding(LEFT_ALT, key(79)) + key(ENTER), f"{SPOILT}\r"),
        (typed("A", end=15), "A\t"),
    ],
)
def test_locks_separators_keypad_and_lost_keys(records: bytes, text: str) -> None:
    assert KeyReader().read(records) == text


def device(folder: Path) -> tuple[Path, Callable[[], int]]:
    """A pipe in the file system, and the keyboard's end of it."""
    path = folder / "event5"
    os.mkfifo(path)
    return path, lambda: os.open(path, os.O_RDWR | os.O_NONBLOCK)


def test_a_scanner_that_types_is_grabbed_and_read_and_found_again(tmp_path: Path) -> None:
    path, open_keyboard = device(tmp_path)
    grabbed: list[int] = []

    async def play() -> None:
        keyboard = open_keyboard()
        async with scanner_desk(EvdevSource(str(path), take=grabbed.append), "generic-keyboard") as desk:
            await desk.until_state(ScannerState.READY)
            os.write(keyboard, typed(TICKET) + typed("https://x.test/?q=A_1"))
            await desk.until_told(TICKET, "https://x.test/?q=A_1")
            os.write(keyboard, key(30) + record(0, 3, 0) + typed("104231"))
            await desk.until_told(TICKET, "https://x.test/?q=A_1", "control")
            path.unlink()
            os.close(keyboard)
            await desk.until_state(ScannerState.ABSENT)
            os.mkfifo(path)
            keyboard = open_keyboard()
            await desk.until_state(ScannerState.READY)
            os.write(keyboard, typed("B2"))
            await desk.until(lambda: desk.scans[-1] == "B2")
            os.close(keyboard)
        assert len(grabbed) >= 2

    run_node(play())


def test_what_keeps_a_device_from_being_read_is_told_apart(tmp_path: Path) -> None:
    path, _ = device(tmp_path)

    def refused(number: int) -> Callable[[int], None]:
        def take(fd: int) -> None:
            raise OSError(number, os.strerror(number))

        return take

    async def play() -> None:
        for number, fault in (
            (errno.EACCES, ScannerForbidden),
            (errno.EBUSY, ScannerTaken),
            (errno.ENODEV, ScannerAbsent),
        ):
            with pytest.raises(fault):
                await EvdevSource(str(path), take=refused(number)).open()
        with pytest.raises(ScannerUnfit):
            await EvdevSource(str(path)).open()
        with pytest.raises(ScannerAbsent):
            await EvdevSource(str(tmp_path / "nothing")).open()

    asyncio.run(play())


def test_a_device_that_may_not_be_read_says_what_to_do_and_is_tried_again(tmp_path: Path) -> None:
    path, _ = device(tmp_path)
    forbidden = [True]

    def take(fd: int) -> None:
        if forbidden[0]:
            raise OSError(errno.EACCES, "no")

    async def play() -> None:
        async with scanner_desk(EvdevSource(str(path), take=take), "generic-keyboard") as desk:
            await desk.until_state(ScannerState.ERROR)
            assert JOIN_GROUP in desk.supervisor.status.problem
            forbidden[0] = False
            keyboard = os.open(path, os.O_RDWR | os.O_NONBLOCK)
            await desk.until_state(ScannerState.READY)
            os.close(keyboard)

    run_node(play())
