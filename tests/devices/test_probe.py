"""Before a printer is stored it is talked to, and every trouble is told with what to do about it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from edge.devices.lines.address import File, Serial, Tcp
from edge.devices.lines.opening import open_transport
from edge.devices.lines.transport import Patience
from edge.devices.probe import Probed, find_baud, probe, probe_line
from edge.devices.virtual.printer import VirtualPrinter
from firmware_profiles import PrinterProfile, load_printer
from tests.devices.peers import HASTY, PATIENT, PortWithPrinter, peer, run

PROFILE = load_printer("virtual-58")
T88 = msgspec.structs.replace(load_printer("epson-tm-t88v"), firmware_query="gs-i", asb=False, process_id=False)
WELL = {
    b"\x10\x04\x01": b"\x12",
    b"\x10\x04\x02": b"\x12",
    b"\x10\x04\x04": b"\x12",
    b"\x1dr\x01": b"\x00",
    b"\x1dI\x41": b"_30.21 ESC/POS\0",
    b"\x1dI\x43": b"_TM-T88V\0",
}


def probed(answers: dict[bytes, bytes], profile: PrinterProfile = T88, patience: Patience = PATIENT) -> Probed:
    """What comes of talking to a printer that says this."""
    proof_ms = 100 if answers[b"\x1dr\x01"] == b"" else 20_000

    async def scene() -> Probed:
        async with peer(answers) as port:
            line = open_transport(Tcp("127.0.0.1", port), profile, patience)
            return await probe(line, profile, proof_ms=proof_ms)

    return run(scene())


def test_a_printer_that_is_well_tells_its_model_and_firmware_and_has_no_problem() -> None:
    told = probed(WELL)
    assert told.reading is not None
    assert (told.model, told.firmware, told.problems) == ("TM-T88V", "30.21 ESC/POS", ())


def test_another_model_than_the_profile_says_is_told_with_the_profile_to_take() -> None:
    told = probed(WELL | {b"\x1dI\x43": b"_TM-T20III\0"})
    assert told.problems == (
        "It says that it is a TM-T20III, and the profile is for Epson TM-T88V. Choose epson-tm-t20iii.",
    )
    assert probed(WELL | {b"\x1dI\x43": b"_SNBC 5000\0"}).problems == ()


@pytest.mark.parametrize(
    ("approved", "is_old"),
    [("30.3", False), ("30.21", False), ("30.22", True), ("31", True), ("9.99", False), ("30.21.0", False)],
)
def test_firmware_is_compared_number_by_number(approved: str, is_old: bool) -> None:
    told = probed(WELL, msgspec.structs.replace(T88, firmware_min=approved))
    assert [f"older than {approved}" in problem for problem in told.problems] == ([True] if is_old else [])


def test_firmware_that_names_no_version_is_told_as_such() -> None:
    told = probed(WELL | {b"\x1dI\x41": b"_newest\0"}, msgspec.structs.replace(T88, firmware_min="30.3"))
    assert told.problems == (
        "Its firmware “newest” names no version; approved is 30.3 or newer. Its self test prints it.",
    )


def test_a_printer_that_does_not_tell_its_firmware_is_well_unless_one_is_asked_for() -> None:
    silent = {question: answer for question, answer in WELL.items() if question[:2] != b"\x1dI"}
    told = probed(silent, T88, HASTY)
    assert told.problems == ()
    assert told.reading is not None
    (problem,) = probed(silent, msgspec.structs.replace(T88, firmware_min="1.0"), HASTY).problems
    assert "does not tell its firmware" in problem


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({b"\x10\x04\x01": b"\x1a", b"\x10\x04\x02": b"\x32", b"\x10\x04\x04": b"\x7e"}, "no paper. Put in a roll"),
        ({b"\x10\x04\x01": b"\x1a", b"\x10\x04\x02": b"\x16"}, "cover is open. Close it"),
        ({b"\x10\x04\x01": b"\x1a", b"\x10\x04\x02": b"\x52", b"\x10\x04\x03": b"\x1a"}, "it has an error"),
        ({b"\x10\x04\x04": b"\x1e"}, "nearly used up"),
        ({b"\x1dr\x01": b""}, "does not prove"),
        ({b"\x10\x04\x01": b"\xff\x12"}, "garbage"),
        ({b"\x10\x04\x01": b"\xc1\xff\x81"}, "garbage"),
        ({b"\x10\x04\x01": b"\x12\x12\x12\x12"}, "garbage"),
        ({b"\x10\x04\x01": b""}, "silent"),
    ],
)
def test_each_trouble_is_told_with_what_to_do(answers: dict[bytes, bytes], sentence: str) -> None:
    says_nothing = answers.get(b"\x10\x04\x01") in (b"", b"\xc1\xff\x81")
    (problem,) = probed(WELL | answers, T88, HASTY if says_nothing else PATIENT).problems
    assert sentence in problem


def test_nobody_at_the_address_is_told_and_the_printer_takes_no_harm(tmp_path: Path) -> None:
    async def scene() -> Probed:
        printer = VirtualPrinter(PROFILE)
        address = Tcp("127.0.0.1", await printer.start())
        told = await probe(open_transport(address, PROFILE, PATIENT), PROFILE)
        assert (told.problems, printer.slips) == ((), ())
        await printer.stop()
        return await probe(open_transport(address, PROFILE, PATIENT), PROFILE)

    told = run(scene())
    assert told.reading is None
    assert "the call was not taken. Perhaps another unit prints there" in told.problems[0]
    one_way = run(probe(open_transport(File(str(tmp_path / "paper")), PROFILE), PROFILE))
    assert "reports alone" in one_way.problems[0]


FAST, RIGHT = 38_400, 9_600
THREE_SPEEDS = msgspec.structs.replace(PROFILE, bauds=(9_600, 19_200, 38_400))


async def at_port(talk: Callable[[str], Awaitable[None]], spoken_baud: int) -> None:
    """Talk to a printer on a port where it makes sense at this speed alone."""
    printer = VirtualPrinter(THREE_SPEEDS)
    await printer.start()
    wire = PortWithPrinter(printer, spoken_baud)
    await wire.start()
    try:
        await talk(wire.port.path)
    finally:
        await wire.stop()
        await printer.stop()


def test_a_wrong_speed_is_told_as_such_with_the_right_one() -> None:
    async def talk(path: str) -> None:
        place, told = await probe_line(Serial(path, FAST), THREE_SPEEDS, HASTY)
        assert (place, told.reading) == (Serial(path, FAST), None)
        garbage, hint = told.problems
        assert "the speed is wrong as a rule" in garbage
        assert "it knows 9600, 19200 or 38400 baud" in garbage
        assert f"write serial:{path}@9600 for its line" in hint

    run(at_port(talk, RIGHT))


def test_the_speed_is_looked_for_where_none_is_named() -> None:
    async def talk(path: str) -> None:
        place, told = await probe_line(Serial(path), THREE_SPEEDS)
        assert (place, told.problems) == (Serial(path, RIGHT), ())

    async def talk_of_nothing(path: str) -> None:
        assert await find_baud(Serial(path), THREE_SPEEDS, HASTY) is None

    run(at_port(talk, RIGHT))
    run(at_port(talk_of_nothing, 115_200))


def test_a_port_that_is_not_there_ends_the_search_for_its_speed(tmp_path: Path) -> None:
    probing = probe(open_transport(Serial(str(tmp_path / "ttyUSB0")), PROFILE, HASTY), PROFILE)
    assert run(probing).reading is None
    assert run(find_baud(Serial(str(tmp_path / "ttyUSB0")), PROFILE, HASTY)) is None
