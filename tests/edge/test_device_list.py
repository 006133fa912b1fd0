"""The devices of a unit in a terminal: `tillhouse edge devices`, whether the unit serves or not."""

import asyncio
from pathlib import Path
from uuid import UUID

from click.testing import CliRunner

from edge.runtime.console import edge
from edge.runtime.device_list import device_states
from edge.runtime.metrics import unit_metrics
from tests.edge.desks import add, at_the_desks, until_state
from tests.support.unit import Desk, found


def listed(folder: Path, *words: str, **given: str) -> tuple[int, list[str]]:
    """The exit code and the lines of the command; `given` are settings of its surroundings."""
    words = ("devices", "--folder", str(folder), *words)
    result = CliRunner().invoke(edge, words, env=given, standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.output.splitlines()


def test_the_terminal_lists_what_the_page_shows(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await add(desk, "Office", "report", profile="virtual-80")
        code, lines = await asyncio.to_thread(listed, desk.founded.folder, "--port", "1")
        assert code == 0
        assert any("was not found" in line for line in lines)

    at_the_desks(scene, tmp_path)
    code, (head, office, first) = listed(tmp_path)
    assert code == 0
    assert head.split() == ["DEVICE", "STATE", "DOES", "MODEL", "LINE", "FIRMWARE"]
    assert office.split() == ["Office", "not", "served", "now", "report", "virtual-80", "virtual", "-"]
    assert first.split() == ["Printer", "not", "served", "now", "ticket", "receipt", "virtual-58", "virtual", "-"]


def test_a_unit_that_was_never_served_has_the_printer_of_its_settings(tmp_path: Path) -> None:
    founded = asyncio.run(found(tmp_path))
    founded.settings.database.unlink()
    assert listed(tmp_path)[1][1].split()[0] == "Printer"


def test_a_line_that_is_none_is_told_with_its_sentence_and_hides_no_other(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        office = await add(desk, "Office", "report", profile="virtual-80")
        await desk.unit.writer.write(
            lambda db: db.execute("UPDATE devices_device SET line = 'a parrot' WHERE device_id = ?", (office.bytes,))
        )

    at_the_desks(scene, tmp_path)
    code, (_, office, first, told) = listed(tmp_path)
    assert (code, office.split()[0], first.split()[0]) == (1, "Office", "Printer")
    assert told.startswith("Office cannot begin: The printer “a parrot” is not known")
    found = CliRunner().invoke(edge, ["doctor", "--folder", str(tmp_path)]).output
    assert "Office cannot begin: The printer “a parrot” is not known" in found.replace("\n", " ")
    assert "Printer, a virtual one" in found


def test_a_setting_that_names_no_printer_is_told_too(tmp_path: Path) -> None:
    asyncio.run(found(tmp_path)).settings.database.unlink()
    code, (_, first, told) = listed(tmp_path, TILLHOUSE_PRINTER="a parrot")
    assert (code, first.split()[0]) == (1, "Printer")
    assert told.startswith("Printer cannot begin: The printer “a parrot” is not known")


def test_the_figures_of_a_unit_name_each_device_with_its_state(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        office = await add(desk, "Office", "report")
        await until_state(desk, office, "ready")
        states = device_states(await unit_metrics(desk.unit))
        assert states[office] == "ready"
        assert len(states) == 2

    at_the_desks(scene, tmp_path)


def test_the_devices_of_a_unit_that_serves_are_read_from_its_figures() -> None:
    bar, gate = UUID(int=1), UUID(int=2)
    text = f'tillhouse_device_state{{device="{bar}",state="paper_out"}} 1\ntillhouse_battery_percent 1\n'
    both = device_states(f'{text}tillhouse_device_state{{device="{gate}",state="ready"}} 1\n')
    assert both == {bar: "paper_out", gate: "ready"}
    assert device_states("") == {}
