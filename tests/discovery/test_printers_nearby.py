"""Network printers that announce themselves: one suggestion for each, with the profiles that may fit."""

from edge.devices.lines.address import Tcp, parse_line
from edge.discovery.found import Found, on_network
from edge.discovery.printers import IPP, LPD, RAW
from edge.discovery.services import Service


def announced(kind: str, name: str, *addresses: str, port: int = 9_100, **text: str) -> Service:
    """An announcement."""
    return Service(kind, f"{name}.{kind}", addresses or ("10.0.0.7",), port, text)


def only(*services: Service) -> Found:
    """The one thing that is found."""
    [found] = on_network(services)
    return found


def test_a_printer_is_known_by_the_model_it_names() -> None:
    found = only(announced(RAW, "EPSON TM-T88VI", ty="EPSON TM-T88VI"))
    assert (found.kind, found.title, found.line) == ("printer", "EPSON TM-T88VI", "tcp:10.0.0.7:9100")
    assert found.profiles[0] == "epson-tm-t88vi"
    assert "epson-tm-t88v" not in found.profiles
    assert parse_line(found.line) == Tcp("10.0.0.7", 9_100)


def test_of_several_announcements_the_one_for_raw_data_counts() -> None:
    services = [announced(kind, "TM-m30III", port=port) for kind, port in ((IPP, 631), (LPD, 515), (RAW, 9_101))]
    found = only(*services)
    assert found.line == "tcp:10.0.0.7:9101"
    assert "takes raw data" in found.how
    assert found.profiles[0] == "epson-tm-m30iii"


def test_a_printer_that_speaks_another_protocol_is_offered_with_a_doubt() -> None:
    found = only(announced(IPP, "Office", port=631, ty="Laser 9000"))
    assert (found.line, found.profiles) == ("tcp:10.0.0.7:9100", ("generic-80", "generic-58"))
    assert "test print" in found.how


def test_two_printers_of_one_name_are_two() -> None:
    lines = {one.line for one in on_network([announced(RAW, "Bar", "10.0.0.7"), announced(RAW, "Bar", "fd00::7")])}
    assert lines == {"tcp:10.0.0.7:9100", "tcp:[fd00::7]:9100"}
    assert parse_line("tcp:[fd00::7]:9100") == Tcp("fd00::7", 9_100)


def test_a_printer_without_a_name_has_one() -> None:
    assert only(announced(RAW, "\x1b[2J\u202e")).title == "[2J"
    assert only(announced(RAW, "\x00")).title == "A printer on the network"
