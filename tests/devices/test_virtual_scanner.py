"""The virtual scanner has the troubles of a real one, and each of them is survived."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from edge.devices.framing import Reason, Refused, Scan, Symbology
from edge.devices.scanners.supervisor import GARBLED_MAX, Halves, ScannerState
from edge.devices.scanners.virtual import Trouble, VirtualScanner
from firmware_profiles import Framing, ScannerProfile, load_scanner
from tests.devices.scanner_desk import TICKET, ScannerDesk, scanner_desk

PROFILE = load_scanner("virtual-scanner")
# Nothing here ends by silence, so a busy machine that pauses alters nothing.
PATIENT = msgspec.structs.replace(PROFILE, framing=Framing(suffixes=("\r\n",), silence_ms=60_000))
HASTY = msgspec.structs.replace(PROFILE, framing=Framing(suffixes=("\r\n",), silence_ms=20))
STRICT = msgspec.structs.replace(PROFILE, framing=Framing(prefix="\x02", suffixes=("\x03",), aim=True))
OTHER = "4006381333931"


def with_scanner(scene: Callable[[VirtualScanner, ScannerDesk], Awaitable[None]], profile: ScannerProfile) -> None:
    """Run one scene with a scanner that is ready."""

    async def play() -> None:
        scanner = VirtualScanner(profile)
        async with scanner_desk(scanner, profile) as desk:
            await desk.until_state(ScannerState.READY)
            await scene(scanner, desk)

    asyncio.run(play())


def test_it_scans_as_its_profile_says() -> None:
    async def scene(scanner: VirtualScanner, desk: ScannerDesk) -> None:
        assert await scanner.scan(TICKET)
        assert await scanner.scan("QR", Symbology.QR)
        await desk.until(lambda: len(desk.heard) == 2)
        assert desk.heard == [Scan(TICKET, Symbology.CODE_128), Scan("QR", Symbology.QR)]

    with_scanner(scene, STRICT)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (Trouble.GARBAGE, ["not_text"]),
        (Trouble.FLOOD, ["too_long"]),
        (Trouble.DOUBLED, [TICKET, TICKET]),
        (Trouble.SLOW, [TICKET]),
    ],
)
def test_each_trouble_is_survived_and_the_next_scan_is_read(trouble: Trouble, told: list[str]) -> None:
    async def scene(scanner: VirtualScanner, desk: ScannerDesk) -> None:
        scanner.have(trouble)
        await scanner.scan(TICKET)
        scanner.have(None)
        await scanner.scan(OTHER)
        await desk.until_told(*told, OTHER)

    with_scanner(scene, PATIENT)


def test_half_a_scan_is_refused_and_the_next_one_is_whole() -> None:
    async def scene(scanner: VirtualScanner, desk: ScannerDesk) -> None:
        await scanner.scan(OTHER)
        scanner.have(Trouble.HALF)
        await scanner.scan(TICKET)
        await desk.until_told(OTHER, "half")
        scanner.have(None)
        await scanner.scan(TICKET)
        await desk.until_told(OTHER, "half", TICKET)

    with_scanner(scene, HASTY)


def test_a_scanner_that_never_sends_its_suffix_is_read() -> None:
    async def scene(scanner: VirtualScanner, desk: ScannerDesk) -> None:
        scanner.have(Trouble.NO_SUFFIX)
        await scanner.scan(TICKET)
        await desk.until_told(TICKET)
        await scanner.scan(OTHER)
        await desk.until_told(TICKET, OTHER)
        assert desk.heard == [Scan(TICKET, by_silence=True), Scan(OTHER, by_silence=True)]

    with_scanner(scene, HASTY)


def test_a_suffix_that_is_switched_off_costs_one_scan() -> None:
    halves = Halves()
    silent, whole = Scan(TICKET, by_silence=True), Scan(TICKET)
    half = Refused(Reason.HALF, len(TICKET))
    assert halves.judge(silent) == silent, "none came yet: it may never"
    assert halves.judge(whole) == whole
    assert [halves.judge(silent), halves.judge(silent)] == [half, silent], "the same twice is whole"
    assert halves.judge(Scan(OTHER, by_silence=True)) == Scan(OTHER, by_silence=True)
    assert halves.judge(whole) == whole
    assert halves.judge(silent) == half, "it sends its suffix again"
    assert halves.judge(Refused(Reason.EMPTY, 1)) == Refused(Reason.EMPTY, 1)


def test_it_is_unplugged_and_plugged_in_and_what_it_scans_meanwhile_is_lost_and_said_so() -> None:
    async def scene(scanner: VirtualScanner, desk: ScannerDesk) -> None:
        scanner.have(Trouble.UNPLUG)
        await desk.until_state(ScannerState.ABSENT)
        assert not await scanner.scan(TICKET)
        scanner.have(None)
        await desk.until_state(ScannerState.READY)
        assert await scanner.scan(OTHER)
        await desk.until_told(OTHER)

    with_scanner(scene, PATIENT)


def test_garbage_again_and_again_is_a_state_that_says_what_to_check() -> None:
    async def scene(scanner: VirtualScanner, desk: ScannerDesk) -> None:
        scanner.have(Trouble.GARBAGE)
        for _ in range(GARBLED_MAX):
            await scanner.scan(TICKET)
        await desk.until_state(ScannerState.ERROR)
        assert desk.supervisor.status.refused == GARBLED_MAX
        scanner.have(None)
        await scanner.scan(TICKET)
        await desk.until_state(ScannerState.READY)

    with_scanner(scene, PATIENT)


def test_our_own_bug_stops_no_scanner_for_good() -> None:
    async def play() -> None:
        scanner = VirtualScanner(PATIENT)
        async with scanner_desk(scanner, PATIENT) as desk:
            await desk.until_state(ScannerState.READY)
            desk.bug = True
            await scanner.scan(TICKET)
            await desk.until_state(ScannerState.ERROR)
            desk.bug = False
            await desk.until_state(ScannerState.READY)
            await scanner.scan(OTHER)
            await desk.until_told(OTHER)

    asyncio.run(play())
