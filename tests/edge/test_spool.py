"""The spool: every job ends issued or voided, whoever has to be asked, and whichever of several printers takes it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from edge.devices.matrix.cells import Blow
from edge.devices.matrix.paper import Ticket
from edge.runtime.fault_matrix import SpoolProgram
from edge.runtime.spool import TRIES_MAX, PrinterQueue, SpooledSlip, SpoolTable, queue_job
from shared.kernel.errors import StorageFault
from tests.devices.disk_house import DiskHouse
from tests.support.unit import Desk, at_the_unit


class Counter:
    """One unit's spool in a test's hands."""

    def __init__(self, house: DiskHouse, program: SpoolProgram) -> None:
        self.house = house
        self._take(program)

    def _take(self, program: SpoolProgram) -> None:
        self.program = program
        self.table: SpoolTable = program.table
        self.queue: PrinterQueue = self.table.queue()

    async def sold(self) -> Ticket:
        """One sale; its ticket waits."""
        ticket = Ticket(uuid4())
        await self.program.sell(ticket)
        return ticket

    async def state(self, ticket: Ticket) -> str:
        """Where its job stands."""
        return (await self.program.states())[ticket.sale_id]

    async def begun(self, ticket: Ticket) -> bool:
        """The queue's next job is this one, and begins; whether it comes out marked."""
        job = await self.queue.next_job()
        assert job is not None
        assert job.job_id == ticket.job_id
        assert await self.queue.begin(job.job_id)
        return job.begun

    async def held(self) -> Ticket:
        """A ticket that was begun as often as one may be unasked."""
        ticket = await self.sold()
        for _ in range(TRIES_MAX):
            await self.begun(ticket)
            await self.queue.interrupted(ticket.job_id)
        assert await self.state(ticket) == "held"
        return ticket

    async def restart(self) -> None:
        """Killed, and begun again with what lies on the disk."""
        await self.house.end(Blow.KILL)
        self._take(await self.house.start())


def at_the_counter(scene: Callable[[Counter], Awaitable[None]]) -> None:
    async def play() -> None:
        house = DiskHouse()
        program = await house.start()
        try:
            await scene(Counter(house, program))
        finally:
            await house.close()

    asyncio.run(play())


def test_a_ticket_cut_short_ten_times_is_asked_about_and_lets_the_next_one_pass() -> None:
    async def scene(counter: Counter) -> None:
        stuck = await counter.held()
        after = await counter.sold()
        assert await counter.begun(after) is False
        (asked,) = await counter.table.held()
        assert (asked.job_id, asked.entity_id, asked.role, asked.tries) == (
            stuck.job_id,
            stuck.sale_id,
            "ticket",
            TRIES_MAX,
        )

    at_the_counter(scene)


def test_a_held_ticket_that_shall_come_again_comes_as_a_reprint_and_may_be_held_again() -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.held()
        counter.queue.wakeup.clear()
        assert await counter.table.answer_held(ticket.job_id, "again")
        assert counter.queue.wakeup.is_set()
        assert await counter.begun(ticket) is True
        for _ in range(TRIES_MAX - 1):
            await counter.queue.interrupted(ticket.job_id)
            assert await counter.state(ticket) == "interrupted"
            assert await counter.begun(ticket) is True
        await counter.queue.interrupted(ticket.job_id)
        assert await counter.state(ticket) == "held"
        await counter.table.answer_held(ticket.job_id, "again")
        assert await counter.begun(ticket) is True
        await counter.queue.issued(ticket.job_id)
        assert await counter.state(ticket) == "issued"

    at_the_counter(scene)


def test_a_held_ticket_may_be_voided_and_an_answer_counts_once() -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.held()
        assert await counter.table.answer_held(ticket.job_id, "void")
        assert await counter.state(ticket) == "voided"
        assert not await counter.table.answer_held(ticket.job_id, "void")
        assert not await counter.table.answer_held(ticket.job_id, "again")
        assert not await counter.table.answer_held(uuid4(), "again")
        assert await counter.queue.next_job() is None
        assert await counter.table.held() == ()

    at_the_counter(scene)


def test_a_held_ticket_waits_over_a_restart_and_is_voided_with_its_sale() -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.held()
        await counter.restart()
        assert [slip.job_id for slip in await counter.table.held()] == [ticket.job_id]
        await counter.program.undo(ticket)
        assert await counter.state(ticket) == "voided"

    at_the_counter(scene)


def test_a_slip_that_nobody_may_print_again_unasked_is_held_until_somebody_answers() -> None:
    async def scene(counter: Counter) -> None:
        asked: list[SpooledSlip] = []

        async def not_unasked(slip: SpooledSlip) -> bool:
            asked.append(slip)
            return False

        counter.table.before_reprint = not_unasked
        ticket = await counter.sold()
        assert await counter.begun(ticket) is False
        assert asked == [], "the first time is no reprint"
        await counter.queue.interrupted(ticket.job_id)
        job = await counter.queue.next_job()
        assert job is not None
        assert not await counter.queue.begin(job.job_id)
        assert [slip.tries for slip in asked] == [1]
        assert await counter.state(ticket) == "held"
        await counter.table.answer_held(ticket.job_id, "again")
        assert await counter.begun(ticket) is True
        assert len(asked) == 1, "a person's answer is asked for once"

    at_the_counter(scene)


def test_what_a_full_disk_did_not_take_of_a_proof_is_written_later_and_no_reprint_comes() -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.sold()
        await counter.begun(ticket)
        counter.house.disk.room_bytes = 0
        with pytest.raises(StorageFault):
            await counter.queue.issued(ticket.job_id)
        with pytest.raises(StorageFault):
            await counter.queue.next_job()
        counter.house.disk.room_bytes = None
        assert await counter.queue.next_job() is None
        assert await counter.state(ticket) == "issued"

    at_the_counter(scene)


@pytest.mark.parametrize("undone", [False, True])
def test_what_a_full_disk_did_not_take_of_a_cut_is_written_later(undone: bool) -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.sold()
        await counter.begun(ticket)
        if undone:
            await counter.program.undo(ticket)
        counter.house.disk.room_bytes = 0
        with pytest.raises(StorageFault):
            await counter.queue.interrupted(ticket.job_id)
        counter.house.disk.room_bytes = None
        job = await counter.queue.next_job()
        assert await counter.state(ticket) == ("voided" if undone else "interrupted")
        assert (job is None) == undone

    at_the_counter(scene)


def test_two_printers_share_the_queue_and_none_prints_what_the_other_began() -> None:
    async def scene(counter: Counter) -> None:
        other = counter.table.queue()
        first, second = await counter.sold(), await counter.sold()
        mine, theirs = await counter.queue.next_job(), await other.next_job()
        assert mine is not None
        assert mine == theirs
        assert await counter.queue.begin(mine.job_id)
        assert not await other.begin(mine.job_id)
        following = await other.next_job()
        assert following is not None
        assert (following.job_id, await counter.state(first)) == (second.job_id, "begun")

    at_the_counter(scene)


def test_each_printer_takes_the_roles_that_it_has_now() -> None:
    async def scene(counter: Counter) -> None:
        roles = {"report"}
        office = counter.table.queue(lambda: roles)
        nothing = counter.table.queue(lambda: ())
        ticket = await counter.sold()
        report = await counter.table.add(entity_id=uuid4(), role="report", document=ticket.document)
        assert await counter.table.unprinted() == 2
        assert await counter.table.unprinted(["report"]) == 1
        job = await office.next_job()
        assert job is not None
        assert job.job_id == report
        roles.add("ticket")
        job = await office.next_job()
        assert job is not None
        assert job.job_id == ticket.job_id, "the oldest first"
        assert await nothing.next_job() is None

    at_the_counter(scene)


def test_a_ticket_comes_before_the_counterfoils_of_sales_before_it() -> None:
    async def scene(counter: Counter) -> None:
        both = counter.table.queue(lambda: {"ticket", "counterfoil"})
        document = Ticket(uuid4()).document
        for _ in range(3):
            await counter.table.add(entity_id=uuid4(), role="counterfoil", document=document)
        first, second = await counter.sold(), await counter.sold()
        for ticket in (first, second):
            job = await both.next_job()
            assert job is not None
            assert job.job_id == ticket.job_id
            await both.begin(job.job_id)
            await both.issued(job.job_id)
        assert await both.next_job() is not None, "then the drum has its turn"

    at_the_counter(scene)


def test_what_a_removed_printer_had_begun_comes_from_another_as_a_reprint() -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.sold()
        await counter.begun(ticket)
        other = counter.table.queue()
        assert await other.next_job() is None
        await counter.queue.release()
        assert other.wakeup.is_set()
        job = await other.next_job()
        assert job is not None
        assert (job.job_id, job.begun) == (ticket.job_id, True)

    at_the_counter(scene)


@pytest.mark.parametrize("proved", [False, True])
def test_what_a_removed_printer_could_not_end_for_a_full_disk_another_one_ends(proved: bool) -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.sold()
        await counter.begun(ticket)
        counter.house.disk.room_bytes = 0
        if proved:
            with pytest.raises(StorageFault):
                await counter.queue.issued(ticket.job_id)
        with pytest.raises(StorageFault):
            await counter.queue.release()
        counter.house.disk.room_bytes = None
        other, third = counter.table.queue(), counter.table.queue()
        job, _ = await asyncio.gather(other.next_job(), third.next_job())
        assert await counter.state(ticket) == ("issued" if proved else "interrupted")
        assert (job is None) == proved
        if job is not None:
            assert job.begun
            assert await other.begin(job.job_id)
            assert await third.next_job() is None
            assert await counter.state(ticket) == "begun", "it is ended once"

    at_the_counter(scene)


@pytest.mark.parametrize("refused", ["the question", "the mark"])
def test_a_printer_that_could_not_begin_leaves_the_job_to_the_one_that_stands_in(refused: str) -> None:
    async def scene(counter: Counter) -> None:
        ticket = await counter.sold()
        await counter.begun(ticket)
        await counter.queue.interrupted(ticket.job_id)
        asked = counter.table.before_reprint
        if refused == "the question":
            counter.table.before_reprint = _not_stored
        else:
            counter.house.disk.room_bytes = 0
        with pytest.raises(StorageFault):
            await counter.queue.begin(ticket.job_id)
        counter.table.before_reprint = asked
        counter.house.disk.room_bytes = None
        other = counter.table.queue()
        assert await other.begin(ticket.job_id)
        assert await counter.queue.next_job() is None
        assert await counter.state(ticket) == "begun"
        await other.issued(ticket.job_id)
        assert await counter.state(ticket) == "issued"

    at_the_counter(scene)


async def _not_stored(_: SpooledSlip) -> bool:
    raise StorageFault


def test_in_an_older_copy_every_open_job_waits_for_a_person_and_comes_out_marked() -> None:
    async def scene(counter: Counter) -> None:
        done, cut, begun, waiting = [await counter.sold() for _ in range(4)]
        for ticket in (done, cut, begun):
            assert await counter.queue.begin(ticket.job_id)
        await counter.queue.issued(done.job_id)
        await counter.queue.interrupted(cut.job_id)
        await counter.restart()
        for _ in range(2):
            await counter.table.after_start(stale=True)
            assert await counter.queue.next_job() is None
            held = [(slip.job_id, slip.tries) for slip in await counter.table.held()]
            assert held == [(ticket.job_id, 1) for ticket in (cut, begun, waiting)]
        assert await counter.state(done) == "issued"
        await counter.table.answer_held(waiting.job_id, "again")
        assert await counter.begun(waiting) is True

    at_the_counter(scene)


def test_a_document_of_no_fact_is_voided_with_the_thing_it_belongs_to() -> None:
    async def scene(counter: Counter) -> None:
        printer = uuid4()
        await counter.table.add(entity_id=printer, role="report", document=Ticket(uuid4()).document)
        await counter.table.void(printer)
        assert await counter.table.states([printer]) == {printer: "voided"}
        assert await counter.queue.next_job() is None

    at_the_counter(scene)


def test_a_slow_printer_keeps_no_sale_waiting_and_the_seller_sees_the_queue(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": "slow"})
        for _ in range(6):
            await desk.sold(0)
        waiting = (await desk.get("/api/devices/printer"))["unprinted"]
        assert waiting > 1
        assert "Waiting for paper" in (await desk.page("/more")).text
        jobs = await desk.unit.reader.values("SELECT count(*) FROM spool_job WHERE state = 'begun'")
        assert jobs[0][0] <= 1, "one job is in the program's hands, all others on the disk"
        await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": ""})
        await desk.until_paper(6)

    at_the_unit(scene, tmp_path)


def test_a_hundred_orders_behind_a_printer_without_paper_are_all_on_the_disk() -> None:
    async def scene(counter: Counter) -> None:
        tickets = [Ticket(UUID(int=number)) for number in range(100)]

        def all_at_once(db: sqlite3.Connection) -> None:
            for ticket in tickets:
                queue_job(db, job_id=ticket.job_id, entity_id=ticket.sale_id, document=ticket.document, now_ms=1)

        await counter.house.writer.write(all_at_once)
        await counter.restart()
        for ticket in tickets:
            assert await counter.begun(ticket) is False
            await counter.queue.issued(ticket.job_id)
        assert await counter.table.unprinted() == 0

    at_the_counter(scene)
