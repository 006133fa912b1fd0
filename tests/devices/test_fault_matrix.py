"""The fault matrix: whatever breaks at whichever moment, a ticket ends issued or voided and never comes twice unmarked.

It is also played by units that forget what they must not, and then it says so.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.devices.matrix.cells import ALL_FAULTS, Blow, Cell, Moment, all_cells
from edge.devices.matrix.paper import Printed, Ticket, contradiction
from edge.devices.matrix.report import lines
from edge.devices.matrix.stage import LASTS_MS, PACE, House, Stage, Verdict, play_cell
from edge.devices.spool import Job, Spool
from edge.runtime.console import edge
from edge.runtime.fault_matrix import FolderHouse, SpoolProgram, run_matrix
from firmware_profiles import load_printer
from tests.devices.disk_house import DiskHouse
from tests.support.clock import HandClock
from tests.support.evening import migrated_bytes
from tests.support.profile import EVENINGS, PROFILE

SHARE = 7
"""One cell in so many is played here; the command plays them all. With seven, every fault, moment and blow is in it."""
STRUCK = Cell("paper_out", Moment.MID_DATA, Blow.RECONNECT)


def ticket() -> Ticket:
    return Ticket(uuid4())


def test_the_matrix_holds_every_fault_at_every_moment_with_every_blow() -> None:
    assert len(all_cells()) == len(ALL_FAULTS) * len(Moment) * len(Blow) == 288
    share = all_cells()[::SHARE]
    assert {cell.fault for cell in share} == set(ALL_FAULTS)
    assert {(cell.moment, cell.blow) for cell in share} == {(moment, blow) for moment in Moment for blow in Blow}


def test_a_fault_of_the_matrix_lasts_longer_than_a_proof_may_come_unseen() -> None:
    assert PACE.unseen_ms_max < LASTS_MS


def test_whatever_breaks_no_ticket_is_lost_and_none_comes_twice_unmarked() -> None:
    told: list[Verdict] = []
    verdicts = run_matrix(all_cells()[::SHARE], told.append)
    assert len(told) == len(verdicts) == len(all_cells()[::SHARE])
    assert [line for line in lines(verdicts) if "Again:" in line] == []
    assert {verdict.state for verdict in verdicts} == {"issued", "voided"}


def test_the_command_plays_one_cell_and_says_how_it_ended() -> None:
    asked = CliRunner().invoke(edge, ["devices", "--fault-matrix", "--cell", STRUCK.name])
    assert asked.exception is None, asked.output
    assert "1 cell: 1 issued (1 with a REPRINT), 0 voided." in asked.output


def test_a_cell_that_does_not_exist_is_answered_with_those_that_do() -> None:
    asked = CliRunner().invoke(edge, ["devices", "--fault-matrix", "--cell", "rain/begun/kill"])
    assert "half_line" in str(asked.exception)
    assert "rain/begun/kill" in str(asked.exception)


class Forgetful:
    """A spool that forgets that bytes may have left: the ticket comes again without a mark."""

    def __init__(self, spool: Spool) -> None:
        self.wakeup = spool.wakeup
        self._spool = spool

    async def next_job(self) -> Job | None:
        job = await self._spool.next_job()
        return job and Job(job.job_id, job.document)

    async def begin(self, job_id: UUID) -> bool:
        return await self._spool.begin(job_id)

    async def issued(self, job_id: UUID) -> None:
        await self._spool.issued(job_id)

    async def interrupted(self, job_id: UUID) -> None:
        await self._spool.interrupted(job_id)


class Hasty(Forgetful):
    """A spool that takes a cut-short ticket for one that came out."""

    async def interrupted(self, job_id: UUID) -> None:
        await self._spool.issued(job_id)


class SpoiltHouse(DiskHouse):
    """A unit with such a spool."""

    def __init__(self, spoil: Callable[[Spool], Spool]) -> None:
        super().__init__()
        self._spoil = spoil

    async def start(self) -> SpoolProgram:
        program = await super().start()
        program.spool = self._spoil(program.spool)
        return program


@pytest.mark.parametrize(
    ("spoil", "cell", "said"),
    [
        (Forgetful, Cell("paper_low", Moment.PROVED, Blow.KILL), "without REPRINT"),
        (Hasty, STRUCK, "no whole ticket came out"),
    ],
    ids=["forgetful", "hasty"],
)
def test_a_unit_that_forgets_is_told_by_the_paper(spoil: Callable[[Spool], Spool], cell: Cell, said: str) -> None:
    verdict = asyncio.run(play_cell(cell, SpoiltHouse(spoil), (ticket(), ticket()), load_printer("virtual-80")))
    assert said in verdict.problem
    (again,) = (line for line in lines([verdict]) if "Again:" in line)
    assert again.endswith(f"--fault-matrix --cell {cell.name}")


@pytest.mark.parametrize(
    ("found", "state", "undone", "said"),
    [
        ([(False, True)], "issued", False, ""),
        ([(False, False), (True, True)], "issued", False, ""),
        ([(False, True), (False, True)], "issued", False, "a second ticket"),
        ([(True, True), (False, True)], "issued", False, "a second ticket"),
        ([(True, False)], "issued", False, "no whole ticket"),
        ([], "voided", True, ""),
        ([], "voided", False, "nobody undid"),
        ([(False, True)], "begun", False, "never ended"),
        ([(False, True)], "held", False, "never ended"),
    ],
)
def test_the_paper_is_the_witness(found: list[tuple[bool, bool]], state: str, undone: bool, said: str) -> None:
    problem = contradiction([Printed(marked=marked, whole=whole) for marked, whole in found], state, undone=undone)
    assert said in problem
    assert bool(said) == bool(problem)


CELLS = st.builds(Cell, st.sampled_from(ALL_FAULTS), st.sampled_from(list(Moment)), st.sampled_from(list(Blow)))
SEQUENCES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=8, max_size=8)


@settings(max_examples=max(2, EVENINGS[PROFILE] // 6), deadline=None, suppress_health_check=list(HealthCheck))
@given(sequences=SEQUENCES, seed=st.integers(0, 2**32))
def test_one_misfortune_upon_the_other_still_ends_every_ticket(sequences: list[list[Cell]], seed: int) -> None:
    async def all_of_them() -> None:
        await asyncio.gather(*(_play_on(cells, DiskHouse(seed + place)) for place, cells in enumerate(sequences)))

    asyncio.run(all_of_them())


async def _play_on(cells: Sequence[Cell], house: House) -> None:
    tickets = [ticket() for _ in range(len(cells) + 1)]
    stage = Stage(cells, house, tickets, load_printer("virtual-58" if len(cells) % 2 else "virtual-80"))
    await stage.play()
    assert [stage.problem(one) for one in tickets] == [""] * len(tickets), [cell.name for cell in cells]


@pytest.mark.parametrize("moment", list(Moment))
def test_what_a_power_cut_leaves_on_a_disk_that_tears_ends_every_ticket(moment: Moment) -> None:
    async def nights() -> list[Verdict]:
        profile = load_printer("virtual-58")
        cells = [Cell(fault, moment, Blow.POWER) for fault in ("paper_low", "half_line", "undo")]
        plays = (play_cell(cell, DiskHouse(seed), (ticket(), ticket()), profile) for seed, cell in enumerate(cells))
        return list(await asyncio.gather(*plays))

    assert [verdict.problem for verdict in asyncio.run(nights())] == ["", "", ""]


def test_a_killed_program_leaves_its_jobs_to_the_next(tmp_path: Path) -> None:
    async def scene() -> None:
        template = tmp_path / "template.db"
        template.write_bytes(migrated_bytes())
        house = FolderHouse(template, tmp_path / "cell", HandClock())
        sold = ticket()
        await (await house.start()).sell(sold)
        await house.end(Blow.KILL)
        after = await house.start()
        assert await after.states() == {sold.sale_id: "waiting"}
        await house.close()

    asyncio.run(scene())
