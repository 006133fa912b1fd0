"""A purge leaves what a unit's devices are and what is wrong with them now; what is over goes with its entries."""

from pathlib import Path
from typing import Any
from uuid import UUID

from shared.domain.devices.commands import (
    AddDevice,
    ChangeDevice,
    NoteDeviceTrouble,
    NoteDeviceWell,
    NoteSlipReprinted,
    OpenDrawer,
)
from shared.domain.devices.manifest import ROWS
from shared.domain.slices import ALL
from shared.pipeline.command import Command
from shared.pipeline.replay import replay_journal
from tests.edge.season import SELLER, UNIT, Season
from tests.edge.test_purge import over
from tests.support.evening import fresh_memory, rows_of

BAR, GATE, DRAWER, JOB = (UUID(int=0x90 + place) for place in range(4))
NAMES = tuple(kind.TABLE.full_name for kind in ROWS)


async def do(there: Season, order: type[Command], **fields: Any) -> None:
    await there.writer.handle(order(command_id=there.dice.id(), **fields))


async def add(there: Season, device_id: UUID, kind: str) -> None:
    await do(there, AddDevice, device_id=device_id, kind=kind, name=kind, profile="virtual-80", line="virtual")


async def purge_all(there: Season) -> None:
    tip = there.writer.tip.seq
    await there.prove(receipt=tip, watermark=tip, acked=tip)
    assert await there.purge.once() > 0
    assert await there.journal() == []


async def counts(there: Season) -> list[int]:
    return [(await there.values(f"SELECT count(*) FROM {name}"))[0][0] for name in NAMES]


def test_devices_and_open_troubles_outlive_a_purge_and_what_is_over_does_not(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await add(there, BAR, "printer")
        await add(there, GATE, "printer")
        await add(there, DRAWER, "drawer")
        await do(there, NoteDeviceTrouble, device_id=BAR, trouble="paper_out")
        await do(there, NoteDeviceTrouble, device_id=GATE, trouble="absent")
        await do(there, NoteDeviceWell, device_id=BAR)
        await do(there, NoteSlipReprinted, actor=SELLER, job_id=JOB, entity_id=JOB, role="ticket")
        await do(there, OpenDrawer, actor=SELLER, device_id=DRAWER, reason="count")
        assert await counts(there) == [3, 2, 1, 1]
        await purge_all(there)
        assert await counts(there) == [3, 1, 0, 0]
        assert await there.values("SELECT trouble, ended_ms FROM devices_trouble") == [("absent", None)]

    over(play, tmp_path)


def test_what_happens_behind_a_purge_goes_on_from_what_it_left(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await add(there, BAR, "printer")
        await do(there, NoteDeviceTrouble, device_id=BAR, trouble="absent")
        await purge_all(there)
        there.clock.forward(9_000)
        await do(there, NoteDeviceWell, device_id=BAR)
        await do(there, ChangeDevice, device_id=BAR, name="Bar", profile="virtual-58", line="virtual")
        [row] = await there.values("SELECT trouble, ended_ms - since_ms FROM devices_trouble")
        assert row == ("absent", 9_000)
        again = fresh_memory()
        live = await there.writer.write(lambda db: (replay_journal(db, again, ALL, UNIT), rows_of(db, UNIT))[1])
        assert rows_of(again, UNIT) == live
        await purge_all(there)
        assert await counts(there) == [1, 0, 0, 0]

    over(play, tmp_path)
