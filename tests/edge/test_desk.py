"""A unit with several printers: slips by role, who stands in, and none that troubles another's queue."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from edge.devices.steering import PrinterNotSteered
from edge.runtime.device_list import read_devices
from edge.runtime.trouble_watch import QUIET_MS
from shared.domain.devices.queries import DEVICES, TROUBLES_OPEN
from shared.journal.entry import Owner
from tests.edge.desks import (
    SUPERVISOR,
    add,
    at_the_desks,
    change,
    devices,
    stuck,
    tickets,
    until_state,
    until_tickets,
    virtual,
)
from tests.support.unit import Desk, Founded, found, running


async def one_device(desk: Desk) -> UUID:
    """The unit's one device, which its settings made."""
    (only,) = await desk.unit.reader.many(DEVICES)
    return only.device_id


def test_the_setting_makes_the_first_printer_and_never_a_second(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        async with running(founded) as desk:
            (first,) = await desk.unit.reader.many(DEVICES)
            assert (first.name, first.line, first.profile) == ("Printer", "virtual", "virtual-58")
            assert first.roles == ("ticket", "receipt")
            await desk.log_in()
            await desk.sold()
            assert "REPRINT" not in (await desk.until_paper(1))[0]
        async with running(founded, printer="none") as desk:
            assert await one_device(desk) == first.device_id
            await desk.log_in(SUPERVISOR)
            assert (await desk.client.delete(f"/api/devices/{first.device_id}")).status_code == 204
        async with running(founded) as desk:
            assert await desk.unit.reader.many(DEVICES) == []
            assert desk.unit.desk.status.state.value == "disabled"

    asyncio.run(play())


def test_a_unit_without_a_printer_has_none_and_a_wrong_one_is_refused_at_the_start(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        with pytest.raises(PrinterNotSteered):
            async with running(founded, printer_profile="generic-58"):
                raise AssertionError("it must not open")
        async with running(founded, printer="none") as desk:
            assert await desk.unit.reader.many(DEVICES) == []

    asyncio.run(play())


def test_the_devices_of_an_epoch_go_on_in_the_next(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        async with running(founded) as desk:
            bar = await add(desk, "Bar", "report")
        with closing(sqlite3.connect(founded.settings.database)) as db:
            db.execute("PRAGMA foreign_keys = OFF")
            db.execute("UPDATE devices_device SET epoch = 0")  # as if all had been added in the epoch before
            db.commit()
        async with running(founded) as desk:
            again = await desk.unit.reader.many(DEVICES)
            assert bar in [one.device_id for one in again]
            assert sorted(one.name for one in again) == ["Bar", "Printer"]

    asyncio.run(play())


def test_a_setting_gone_stale_neither_shuts_a_unit_nor_brings_back_what_was_removed(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)

        def end_epoch() -> None:
            with closing(sqlite3.connect(founded.settings.database)) as db:
                db.execute("PRAGMA foreign_keys = OFF")
                db.execute("DELETE FROM devices_device WHERE epoch = 0")
                db.execute("UPDATE devices_device SET epoch = 0")
                db.commit()

        async with running(founded) as desk:
            first = await one_device(desk)
        async with running(founded, printer_profile="generic-58") as desk:
            assert await one_device(desk) == first
        end_epoch()
        async with running(founded, printer="a parrot") as desk:
            assert await one_device(desk) == first
            await desk.log_in(SUPERVISOR)
            assert (await desk.client.delete(f"/api/devices/{first}")).status_code == 204
        end_epoch()
        async with running(founded) as desk:
            assert await desk.unit.reader.many(DEVICES) == []

    asyncio.run(play())


def test_a_folder_of_the_first_release_ends_with_the_printer_of_its_settings(tmp_path: Path) -> None:
    founded = asyncio.run(found(tmp_path))
    owner = Owner(founded.org_id, founded.keys.node_id, 1)
    with closing(sqlite3.connect(founded.settings.database)) as db:
        db.execute("UPDATE alembic_version SET version_num = '0002'")
        db.commit()
    (before,) = read_devices(founded.settings, owner)
    assert (before.name, before.line) == ("Printer", "virtual")


def test_slips_come_out_where_their_role_is(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first = await one_device(desk)
        second = await add(desk, "Gate", "ticket")
        assert (await devices(desk))["Printer"]["roles"] == ["receipt"]
        await desk.sold()
        (text,) = await until_tickets(desk, virtual(desk, second), 1)
        assert "REPRINT" not in text
        assert tickets(virtual(desk, first)) == []

    at_the_desks(scene, tmp_path)


def test_another_printer_stands_in_while_one_is_stuck_and_hands_back(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first, spare = await one_device(desk), await add(desk, "Spare", "report")
        await change(desk, first, fallback_id=str(spare))
        await until_state(desk, first, "ready")
        virtual(desk, first).take_paper()
        await until_state(desk, first, "paper_out")
        await desk.sold()
        assert tickets(virtual(desk, spare)) == [], "a moment without paper moves nothing"
        desk.clock.forward(10_000)
        await until_tickets(desk, virtual(desk, spare), 1)
        assert (await devices(desk))["Spare"]["prints_now"] == ["ticket", "receipt", "report"]
        virtual(desk, first).put_in_roll()
        await until_state(desk, first, "ready")
        await desk.sold()
        await until_tickets(desk, virtual(desk, first), 1)
        assert len(tickets(virtual(desk, spare))) == 1

    at_the_desks(scene, tmp_path)


def test_a_ticket_cut_short_comes_out_of_the_other_printer_as_a_reprint(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first, spare = await one_device(desk), await add(desk, "Spare", "report")
        await change(desk, first, fallback_id=str(spare))
        await until_state(desk, first, "ready")
        virtual(desk, first).paper_ends_after(8)
        sale = await desk.sold()
        await stuck(desk, first, "paper_out")
        (text,) = await until_tickets(desk, virtual(desk, spare), 1)
        assert text.count("REPRINT") == 2
        assert sale["chain"] in text
        log = await desk.unit.reader.values("SELECT what, role, times FROM devices_slip")
        assert log == [("reprinted", "ticket", 1)]

    at_the_desks(scene, tmp_path)


@pytest.mark.parametrize("end", ["removed", "unplugged", "out_of_service"])
def test_one_printer_that_goes_leaves_the_others_queue_alone(tmp_path: Path, end: str) -> None:
    async def scene(desk: Desk) -> None:
        first, other = await one_device(desk), await add(desk, "Office", "report")
        await until_state(desk, first, "ready")
        virtual(desk, first).take_paper()
        await until_state(desk, first, "paper_out")
        await desk.sold()
        if end == "removed":
            assert (await desk.client.delete(f"/api/devices/{other}")).status_code == 204
        elif end == "unplugged":
            await virtual(desk, other).unplug()
        else:
            await change(desk, other, in_service=False)
            await until_state(desk, other, "disabled")
        assert (await devices(desk))["Printer"]["waiting"] == 1
        virtual(desk, first).put_in_roll()
        (text,) = await until_tickets(desk, virtual(desk, first), 1)
        assert "REPRINT" not in text

    at_the_desks(scene, tmp_path)


def test_a_printer_that_is_removed_leaves_its_slips_to_the_one_that_stood_in(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first, spare = await one_device(desk), await add(desk, "Spare", "report")
        await change(desk, first, fallback_id=str(spare))
        await virtual(desk, first).unplug()
        await until_state(desk, first, "absent")
        await desk.sold()
        assert (await desk.client.delete(f"/api/devices/{first}")).status_code == 204
        assert (await devices(desk))["Spare"]["roles"] == ["ticket", "receipt", "report"]
        await until_tickets(desk, virtual(desk, spare), 1)

    at_the_desks(scene, tmp_path)


def test_two_that_stand_in_for_each_other_and_are_both_stuck_go_round_in_no_circle(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first, spare = await one_device(desk), await add(desk, "Spare", "report")
        await change(desk, first, fallback_id=str(spare))
        await change(desk, spare, fallback_id=str(first))
        for one in (first, spare):
            await until_state(desk, one, "ready")
            virtual(desk, one).take_paper()
            await until_state(desk, one, "paper_out")
        desk.clock.forward(60_000)
        await desk.sold()
        assert (await devices(desk))["Printer"]["prints_now"] == ["ticket", "receipt"]
        virtual(desk, spare).put_in_roll()
        await until_tickets(desk, virtual(desk, spare), 1)

    at_the_desks(scene, tmp_path)


def test_what_lasts_is_written_down_and_so_is_its_end(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        first = await one_device(desk)
        await until_state(desk, first, "ready")

        async def troubles() -> list[str]:
            return [one.trouble for one in await desk.unit.reader.many(TROUBLES_OPEN)]

        async def is_told() -> bool:
            return await troubles() == ["cover_open"]

        async def is_over() -> bool:
            return await troubles() == []

        virtual(desk, first).cover(is_open=True)
        await until_state(desk, first, "cover_open")
        assert await troubles() == []
        desk.clock.forward(5_000)
        await desk.until(is_told)
        virtual(desk, first).cover(is_open=False)
        await until_state(desk, first, "ready")
        desk.clock.forward(QUIET_MS)
        await desk.until(is_over)
        ended = await desk.unit.reader.values("SELECT trouble, ended_ms IS NOT NULL FROM devices_trouble")
        assert ended == [("cover_open", 1)]

    at_the_desks(scene, tmp_path)


def test_a_device_that_cannot_begin_says_why_and_the_others_print(tmp_path: Path) -> None:
    async def play() -> None:
        founded: Founded = await found(tmp_path)
        async with running(founded) as desk:
            broken = await add(desk, "Bar", "report")
        with closing(sqlite3.connect(founded.settings.database)) as db:
            db.execute("UPDATE devices_device SET profile = 'epson-tm-x' WHERE name = 'Bar'")
            db.commit()
        async with running(founded) as desk:
            await desk.log_in(SUPERVISOR)
            await desk.sold()
            first = next(one.device_id for one in await desk.unit.reader.many(DEVICES) if one.name == "Printer")
            await until_tickets(desk, virtual(desk, first), 1)
            bar = (await devices(desk))["Bar"]
            assert bar["state"] == "error"
            assert "“epson-tm-x” is not known" in bar["todo"]
            assert "epson-tm-x" in (await desk.page(f"/devices/{broken}")).text

    asyncio.run(play())
