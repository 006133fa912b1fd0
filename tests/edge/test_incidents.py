"""Incidents of devices on their way to the journal: one that is poisoned, and a journal that takes nothing more."""

import asyncio
from uuid import UUID, uuid4

import pytest

from edge.runtime.incidents import Incidents
from edge.runtime.spool import SpooledSlip
from shared.pipeline.command import Command

PRINTER, JOB = UUID(int=1), UUID(int=2)
TURNS = 50


class EnoughError(BaseException):
    """All is told; ends the task that tells."""


def test_an_incident_that_a_bug_keeps_from_the_journal_keeps_no_later_one_from_it() -> None:
    told: list[str] = []

    async def order(command: Command) -> None:
        told.append(command.NAME)
        if len(told) == 1:
            raise ValueError("poisoned")
        raise EnoughError

    async def play() -> None:
        incidents = Incidents(order, uuid4)
        incidents.trouble(PRINTER, "absent")
        incidents.well(PRINTER)
        with pytest.raises(EnoughError):
            await incidents.run()

    asyncio.run(play())
    assert told == ["devices.note_device_trouble", "devices.note_device_well"]


@pytest.mark.parametrize("stale", [False, True])
def test_nothing_is_written_into_an_older_copy_and_no_slip_comes_again_unasked(stale: bool) -> None:
    told: list[str] = []

    async def order(command: Command) -> None:
        told.append(command.NAME)

    async def play() -> None:
        incidents = Incidents(order, uuid4)
        incidents.stale = stale
        telling = asyncio.create_task(incidents.run())
        incidents.trouble(PRINTER, "absent")
        incidents.cut_short(PRINTER, JOB)
        incidents.well(PRINTER)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert await incidents.reprint(SpooledSlip(JOB, JOB, "ticket", 1, 0), PRINTER) is not stale
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

    asyncio.run(play())
    assert len(told) == (0 if stale else 4)
