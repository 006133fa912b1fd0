"""What counts as proof of a ticket: no byte of noise, no older job's answer, not what came while nobody looked."""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec
import pytest

from edge.devices.spool import Job
from edge.devices.status import PrinterState, Reading
from edge.devices.supervisor import PADDING, PART_BYTES_MAX, Pace, Supervisor
from firmware_profiles import load_printer
from tests.devices.bench import SpoolInMemory
from tests.devices.slips import ticket

STEP_S, STEPS_MAX = 0.001, 60_000
WELL = Reading()
PACE = Pace(poll_ms=5, proof_step_ms=5, proof_timeout_ms=20, backoff_first_ms=1, backoff_longest_ms=2)


class ToldLine:
    """A line that says what a test wrote down: each proof asked for takes the next of `proofs`, True without any."""

    noise_bytes = 0
    byte_ms = 0.0
    one_way = False

    def __init__(self) -> None:
        self.did: list[str] = []
        self.sent: list[bytes] = []
        self.proofs: deque[bool] = deque()
        self.late = 0
        self.readings: deque[Reading] = deque()
        self.at_status: Callable[[], None] = lambda: None
        self.at_send: Callable[[bytes], None] = lambda _: None
        self._asked = 0

    def on_news(self, told: Callable[[], None]) -> None:
        """It says nothing by itself."""

    async def open(self) -> None:
        self.did.append("open")

    async def close(self) -> None:
        self.did.append("close")

    async def status(self) -> Reading:
        self.at_status()
        await asyncio.sleep(0)
        return self.readings.popleft() if self.readings else WELL

    async def send(self, data: bytes) -> None:
        self.did.append("padding" if data == PADDING else "part")
        self.sent.append(data)
        self.at_send(data)

    async def ask_proof(self) -> None:
        self.did.append("ask")
        self._asked = 1 if not self.proofs or self.proofs.popleft() else 0

    async def proved(self, *, within_ms: int) -> bool:
        assert within_ms > 0
        await asyncio.sleep(0)
        if self._asked or self.late:
            self._asked, self.late = 0, self.late if self._asked else self.late - 1
            self.did.append("proof")
            return True
        return False

    async def clear(self) -> None:
        self.did.append("clear")

    async def text_of(self, which: int) -> str:
        raise AssertionError(f"nobody asks for {which} while it prints")


class Desk:
    """A supervisor on such a line, and its spool."""

    def __init__(self, **changes: object) -> None:
        self.line = ToldLine()
        self.spool = SpoolInMemory()
        self.clock_s = 0.0
        self.states: list[PrinterState] = []
        self.job_id = self.spool.add(1, ticket())
        self.supervisor = Supervisor(
            "counter",
            profile=msgspec.structs.replace(load_printer("virtual-80"), **changes),
            transport=self.line,
            spool=self.spool,
            changed=lambda status: self.states.append(status.state),
            chance=lambda: 0.5,
            pace=PACE,
            steady_s=lambda: self.clock_s,
        )

    def play(self, until: Callable[[], object]) -> None:
        """Let it work until this is so."""

        async def scene() -> None:
            task = asyncio.create_task(self.supervisor.run())
            for _ in range(STEPS_MAX):
                if until():
                    break
                await asyncio.sleep(STEP_S)
            task.cancel()
            await asyncio.wait((task,))
            assert until()

        asyncio.run(scene())

    def sleep(self, seconds: float) -> None:
        """So much time passes while nobody looks."""
        self.clock_s += seconds

    @property
    def is_asked(self) -> bool:
        """Whether the ticket was cut short."""
        return self.job_id in self.spool.asked


def test_a_ticket_leaves_in_parts_each_proved_before_the_next() -> None:
    desk = Desk()
    desk.play(lambda: desk.spool.done)
    begin = desk.line.did.index("part")
    did = desk.line.did[begin : desk.line.did.index("close") if "close" in desk.line.did else None]
    parts = did.count("part")
    assert parts >= 2
    assert did[: 3 * parts] == ["part", "ask", "proof"] * parts
    assert did[3 * parts :][:2] == ["ask", "proof"], "once more at the end"
    assert max(map(len, desk.line.sent)) <= PART_BYTES_MAX


def test_a_byte_that_looks_like_the_proof_is_none_where_the_printer_stands() -> None:
    desk = Desk()

    def stands_after_all_parts() -> None:
        if desk.line.did.count("proof") > desk.line.did.count("part") >= 2:
            desk.line.readings.append(Reading(offline=True, paper_stop=True))

    desk.line.at_status = stands_after_all_parts
    desk.play(lambda: desk.is_asked)
    assert desk.spool.done == []


def test_a_last_proof_that_does_not_come_twice_is_none() -> None:
    desk = Desk()
    desk.line.proofs.extend((True, True, True, False))
    desk.play(lambda: desk.is_asked)
    assert desk.line.did.count("part") == 2
    assert desk.spool.done == []


def test_proofs_of_an_older_job_pass_before_the_first_byte_of_the_next() -> None:
    desk = Desk()
    desk.line.late = 3
    desk.play(lambda: desk.spool.done)
    assert desk.line.did[: desk.line.did.index("part")] == ["open", "clear", "ask", *["proof"] * 4]


@pytest.mark.parametrize("clears", [True, False])
def test_the_buffer_is_cleared_where_the_printer_can_do_that(clears: bool) -> None:
    desk = Desk(clears_buffer=clears)
    desk.play(lambda: desk.spool.done)
    assert ("clear" in desk.line.did) == clears


def test_a_printer_that_swallows_the_question_is_given_the_end_of_what_it_waits_for() -> None:
    desk = Desk(clears_buffer=False)
    desk.line.proofs.append(False)
    desk.play(lambda: desk.spool.done)
    first, second = desk.line.did.index("open"), desk.line.did.index("open", 1)
    assert desk.line.did[first:second] == ["open", "ask", "close"], "no job is begun on a line out of step"
    assert PrinterState.ERROR in desk.states
    assert desk.line.did[second : second + 4] == ["open", "padding", "ask", "proof"]
    assert not desk.spool.asked


@pytest.mark.parametrize(("slept_s", "counts"), [(1.0, True), (3.0, False)])
def test_a_proof_that_came_while_nobody_looked_counts_only_for_a_moment(slept_s: float, counts: bool) -> None:
    desk = Desk()

    def falls_asleep(_: bytes) -> None:
        desk.clock_s += slept_s

    desk.line.at_send = falls_asleep
    desk.play(lambda: desk.spool.done or desk.is_asked)
    assert bool(desk.spool.done) is counts


def test_each_part_has_a_moment_of_its_own_to_be_proved_in() -> None:
    desk = Desk()
    desk.line.at_send = lambda _: desk.sleep(1.5)
    desk.play(lambda: desk.spool.done or desk.is_asked)
    assert desk.line.did.count("part") * 1.5 > 2, "all of them together take longer than one may"
    assert desk.spool.done


def test_a_slow_disk_costs_no_ticket() -> None:
    desk = Desk()
    desk.spool.at_begin = lambda: desk.sleep(30)
    desk.play(lambda: desk.spool.done or desk.is_asked)
    assert desk.spool.done


def test_what_the_wire_takes_is_not_counted_as_unseen() -> None:
    desk = Desk(native_qr=False)
    desk.line.byte_ms = 10_000 / 9_600
    desk.line.at_send = lambda data: desk.sleep(len(data) * desk.line.byte_ms / 1_000)
    desk.play(lambda: desk.spool.done or desk.is_asked)
    assert max(map(len, desk.line.sent)) * desk.line.byte_ms > PACE.unseen_ms_max, "one part is as long as that"
    assert desk.spool.done


def test_a_printer_that_took_longer_than_the_wire_was_out_of_sight() -> None:
    desk = Desk(native_qr=False)
    desk.line.byte_ms = 10_000 / 9_600
    desk.line.at_send = lambda data: desk.sleep(len(data) * desk.line.byte_ms / 1_000 + 3)
    desk.play(lambda: desk.spool.done or desk.is_asked)
    assert desk.is_asked


def test_a_proof_is_waited_for_as_long_as_the_bytes_are_on_the_wire() -> None:
    desk = Desk()
    desk.line.byte_ms = 1.0
    looks = 0

    def counted() -> None:
        nonlocal looks
        looks += "part" in desk.line.did

    desk.line.proofs.extend((True, False))
    desk.line.at_status = counted
    desk.play(lambda: desk.is_asked)
    waits_ms = (looks - 1) * PACE.proof_step_ms
    assert waits_ms > PACE.proof_timeout_ms + len(desk.line.sent[0]) // 2


def test_a_printer_that_does_not_prove_is_in_error_and_recovers_with_nothing_to_print() -> None:
    desk = Desk(clears_buffer=False)
    desk.line.proofs.extend([False] * 3)
    waiting = desk.spool.waiting

    def sold_at_another_one() -> None:
        if PrinterState.ERROR in desk.states:
            desk.spool.waiting = []

    desk.line.at_status = sold_at_another_one
    desk.play(lambda: desk.states[-1:] == [PrinterState.READY] and PrinterState.ERROR in desk.states)
    errors = desk.states.index(PrinterState.ERROR)
    assert desk.states[errors:] == [PrinterState.ERROR, PrinterState.READY], "no word of ready before it proves"
    assert desk.line.did.count("padding") == 3
    assert "part" not in desk.line.did
    assert waiting


def test_a_deaf_printer_without_paper_says_that_it_has_no_paper() -> None:
    desk = Desk(clears_buffer=False)
    desk.line.proofs.extend([False] * 2)

    def runs_out() -> None:
        if PrinterState.ERROR in desk.states:
            desk.line.readings.append(Reading(offline=True, paper_stop=True))

    desk.line.at_status = runs_out
    desk.play(lambda: PrinterState.PAPER_OUT in desk.states)


def test_where_nothing_comes_back_a_report_is_one_piece_and_nothing_else_is_sent() -> None:
    desk = Desk()
    desk.line.one_way = True
    desk.line.at_send = lambda _: desk.sleep(30)
    desk.play(lambda: desk.spool.done or desk.is_asked)
    assert desk.spool.done
    assert desk.line.did.count("part") == 1
    assert "padding" not in desk.line.did


def test_a_printer_without_proof_is_not_asked_for_one_before_the_job() -> None:
    desk = Desk(proof="none")
    desk.play(lambda: desk.spool.done)
    assert desk.line.did[desk.line.did.index("open") :][:3] == ["open", "clear", "part"]


def test_a_reprint_says_so_in_the_bytes_that_leave() -> None:
    desk = Desk()
    desk.spool.waiting = [Job(desk.job_id, ticket(), begun=True)]
    desk.play(lambda: desk.spool.done)
    assert b"REPRINT" in b"".join(desk.line.sent)
