"""What counts as proof of a ticket: no byte of noise, no older job's answer, not what came while nobody looked."""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec
import pytest

from edge.devices.spool import Job
from edge.devices.status import Reading
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

    def __init__(self) -> None:
        self.did: list[str] = []
        self.sent: list[bytes] = []
        self.proofs: deque[bool] = deque()
        self.late = 0
        self.readings: deque[Reading] = deque()
        self.at_status: Callable[[], None] = lambda: None
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
        self.job_id = self.spool.add(1, ticket())
        self.supervisor = Supervisor(
            "counter",
            profile=msgspec.structs.replace(load_printer("virtual-80"), **changes),
            transport=self.line,
            spool=self.spool,
            changed=lambda _: None,
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
    assert desk.line.did[second : second + 4] == ["open", "padding", "ask", "proof"]
    assert not desk.spool.asked


@pytest.mark.parametrize(("slept_s", "counts"), [(1.0, True), (3.0, False)])
def test_a_proof_that_came_while_nobody_looked_counts_only_for_a_moment(slept_s: float, counts: bool) -> None:
    desk = Desk()

    def falls_asleep() -> None:
        desk.clock_s += slept_s

    desk.spool.at_begin = falls_asleep
    desk.play(lambda: desk.spool.done or desk.is_asked)
    assert bool(desk.spool.done) is counts


def test_a_printer_without_proof_is_not_asked_for_one_before_the_job() -> None:
    desk = Desk(proof="none")
    desk.play(lambda: desk.spool.done)
    assert desk.line.did[desk.line.did.index("open") :][:3] == ["open", "clear", "part"]


def test_a_reprint_says_so_in_the_bytes_that_leave() -> None:
    desk = Desk()
    desk.spool.waiting = [Job(desk.job_id, ticket(), begun=True)]
    desk.play(lambda: desk.spool.done)
    assert b"REPRINT" in b"".join(desk.line.sent)
