"""A unit whose clock is moved by a year: nothing is lost, reordered or re-dated; a supervisor says what time it is."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from edge.runtime.clock_watch import open_clock
from shared.domain.identity.facts import ClockConfirmed, ClockJumped
from shared.domain.slices import ALL
from shared.journal.entry import Envelope
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from shared.kernel.codec import decode
from tests.support.clock import OPENING_MS
from tests.support.unit import PIN, Desk, Founded, at_the_unit, found, running

YEAR_MS = 365 * DAY_MS
Scene = Callable[[Desk], Awaitable[None]]


async def journal(desk: Desk) -> list[Envelope]:
    rows = await desk.unit.reader.values("SELECT data FROM journal_entry ORDER BY seq")
    return [decode(row[0], Envelope) for row in rows]


async def told(desk: Desk, kind: type[Any]) -> list[Any]:
    """The facts of a kind, read from the journal."""
    found = [one for one in await journal(desk) if one.type == kind.TYPE]
    return [ALL.facts.read(one.type, one.version, one.body) for one in found]


async def holds(desk: Desk) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in await desk.unit.reader.values("SELECT cause, detail FROM hold")]


async def refused(desk: Desk) -> None:
    answer = await desk.sell()
    assert answer.status_code == 409
    assert answer.json()["code"] == "raffle.unit_stopped"
    assert "clock of this unit jumped" in answer.json()["detail"]


async def sign(desk: Desk, **form: str) -> Any:
    return await desk.page("/more/clock", **({"staff_id": str(desk.founded.ines), "pin": PIN, "answer": "own"} | form))


def hub_says(desk: Desk, hub_ms: int) -> None:
    desk.unit.clock_watch.hub_said(hub_ms, desk.unit.clock.now())


@pytest.mark.parametrize("jump_ms", [YEAR_MS, -YEAR_MS])
def test_the_very_first_sale_after_a_jump_waits_for_a_supervisor(tmp_path: Path, jump_ms: int) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        desk.clock.set_wall(OPENING_MS + jump_ms)
        await refused(desk)
        await desk.unit.clock_watch.look()
        assert await holds(desk) == [("clock", "jumped")]
        assert "The clock of this unit jumped." in (await desk.page("/sell")).text
        desk.clock.forward(MINUTE_MS)
        answer = await sign(desk)
        assert answer.headers["location"] == "/sell"
        assert await holds(desk) == []
        assert "jumped" not in (await desk.page("/sell")).text
        sold = await desk.sold()
        assert sold["seq"] > 0
        jumped, confirmed = await told(desk, ClockJumped), await told(desk, ClockConfirmed)
        assert [(one.from_ms, one.to_ms, one.cause) for one in jumped] == [(OPENING_MS, OPENING_MS + jump_ms, "jumped")]
        assert [(one.staff_id, one.wall_ms) for one in confirmed] == [(desk.founded.ines, OPENING_MS + MINUTE_MS)]

    at_the_unit(scene, tmp_path)


def test_a_clock_a_year_forward_and_back_loses_reorders_and_re_dates_nothing(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        before = await journal(desk)
        desk.clock.set_wall(OPENING_MS + YEAR_MS)
        desk.clock.forward(SECOND_MS)
        await refused(desk)
        await sign(desk)
        await desk.sold()
        desk.clock.set_wall(OPENING_MS + SECOND_MS)
        desk.clock.forward(SECOND_MS)
        await desk.sold()
        after = await journal(desk)
        assert after[: len(before)] == before
        assert [one.seq for one in after] == list(range(1, len(after) + 1))
        walls = [one.wall_ms for one in after]
        assert walls == sorted(walls)
        assert walls[-1] == OPENING_MS + 2 * SECOND_MS
        assert [one.monotonic_ns for one in after] == sorted(one.monotonic_ns for one in after)

    at_the_unit(scene, tmp_path)


def test_the_hubs_word_lifts_the_stop_and_stands_in_the_journal(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.set_wall(OPENING_MS - YEAR_MS)
        await refused(desk)
        await desk.unit.clock_watch.look()
        hub_says(desk, OPENING_MS + SECOND_MS)
        await desk.until(lambda: _no_holds(desk))
        await desk.sold()
        confirmed = await told(desk, ClockConfirmed)
        assert [(one.staff_id, one.wall_ms) for one in confirmed] == [(None, OPENING_MS + SECOND_MS)]

    at_the_unit(scene, tmp_path)


async def _no_holds(desk: Desk) -> bool:
    return await holds(desk) == []


def test_an_old_page_of_the_hub_lifts_nothing(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        hub_says(desk, OPENING_MS)
        desk.clock.forward(3 * HOUR_MS)
        await desk.log_in()
        desk.clock.set_wall(OPENING_MS)
        await refused(desk)
        hub_says(desk, OPENING_MS + HOUR_MS)
        await refused(desk)

    at_the_unit(scene, tmp_path)


def test_a_unit_that_was_a_year_ahead_is_brought_back_and_says_so(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        founded.clock.reboot(OPENING_MS + YEAR_MS)
        async with running(founded) as desk:
            assert await holds(desk) == [], "it may have lain in a drawer for a year"
            hub_says(desk, OPENING_MS + HOUR_MS)
            await desk.unit.clock_watch.look()
            assert desk.unit.now_ms == OPENING_MS + HOUR_MS
            [jumped] = await told(desk, ClockJumped)
            assert (jumped.to_ms, jumped.cause) == (OPENING_MS + HOUR_MS, "hub")
            assert (await journal(desk))[-1].wall_ms == OPENING_MS + HOUR_MS
            await desk.log_in()
            await desk.sold()

    asyncio.run(play())


def test_a_closed_sale_stays_closed_whatever_the_wall_clock_says(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.forward(4 * HOUR_MS)
        await desk.log_in()
        assert (await desk.sell()).json()["code"] == "raffle.closed"
        desk.clock.set_wall(OPENING_MS)
        await refused(desk)
        await sign(desk)
        assert (await desk.sell()).json()["code"] == "raffle.closed"
        answer = await sign(desk, answer="typed", date="2026-11-18", clock="11:10")
        assert answer.status_code == 409
        assert (await desk.sell()).json()["code"] == "raffle.closed"

    at_the_unit(scene, tmp_path)


def restarted(folder: Path, before: Scene, between: Callable[[Founded], None], after: Scene) -> None:
    """A scene, a stop, something with the clock, and the unit again."""

    async def play() -> None:
        founded = await found(folder)
        async with running(founded) as desk:
            await desk.log_in()
            await before(desk)
        between(founded)
        async with running(founded) as desk:
            await desk.log_in()
            await after(desk)

    asyncio.run(play())


def test_after_a_reboot_offline_no_entry_is_earlier_than_the_last(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        desk.clock.forward(HOUR_MS)
        await desk.log_in()
        await desk.sold()

    async def after(desk: Desk) -> None:
        assert await holds(desk) == [("clock", "reboot")]
        await refused(desk)
        desk.clock.forward(MINUTE_MS)
        await sign(desk)
        await desk.sold()
        walls = [one.wall_ms for one in await journal(desk)]
        assert walls == sorted(walls)
        assert walls[-1] == OPENING_MS + HOUR_MS + MINUTE_MS

    restarted(tmp_path, before, lambda founded: founded.clock.reboot(0), after)


def test_a_reboot_with_a_good_clock_sells_on(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        await desk.sold()

    async def after(desk: Desk) -> None:
        await desk.sold()
        assert (await journal(desk))[-1].wall_ms == OPENING_MS + HOUR_MS
        assert await told(desk, ClockJumped) == []

    restarted(tmp_path, before, lambda founded: founded.clock.reboot(OPENING_MS + HOUR_MS), after)


def test_a_stop_outlives_a_restart_of_program_and_machine_and_is_told_once(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        desk.clock.set_wall(OPENING_MS + YEAR_MS)
        await refused(desk)
        await desk.unit.clock_watch.look()

    async def same_boot(desk: Desk) -> None:
        await refused(desk)
        assert len(await told(desk, ClockJumped)) == 1

    restarted(tmp_path / "program", before, lambda _: None, same_boot)

    async def other_boot(desk: Desk) -> None:
        await refused(desk)
        assert [one.cause for one in await told(desk, ClockJumped)] == ["jumped", "reboot"]

    restarted(tmp_path / "machine", before, lambda founded: founded.clock.reboot(), other_boot)


def test_a_year_that_passes_while_the_program_is_stopped_in_one_boot_is_a_jump(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        await desk.sold()

    async def after(desk: Desk) -> None:
        await refused(desk)
        assert desk.unit.now_ms == OPENING_MS

    restarted(tmp_path, before, lambda founded: founded.clock.set_wall(OPENING_MS + YEAR_MS), after)


def test_the_page_shows_both_times_and_takes_the_right_one(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        assert "is confirmed" in (await desk.page("/more/clock")).text
        desk.clock.set_wall(OPENING_MS + 3 * DAY_MS)
        text = (await desk.page("/more/clock")).text
        assert "11:06" in text
        assert "Wednesday 18 November 2026" in text
        assert "No, it is 11:06 on 2026-11-21" in text
        assert "Ines Duarte" in text
        assert "Mara Kovač</option>" not in text, "a seller does not sign"
        assert 'href="/more/clock"' in (await desk.page("/more")).text
        await sign(desk, answer="device")
        assert desk.unit.now_ms == OPENING_MS + 3 * DAY_MS

    at_the_unit(scene, tmp_path)


def test_a_typed_time_is_the_venues(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.set_wall(0)
        answer = await sign(desk, answer="typed", date="2026-11-18", clock="12:30")
        assert answer.status_code == 303
        [confirmed] = await told(desk, ClockConfirmed)
        assert desk.unit.now_ms == confirmed.wall_ms == 1_795_005_000_000
        await desk.sold()

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"pin": "000000"}, "identity.wrong_pin"),
        ({"pin": "12"}, "input.invalid"),
        ({"answer": "typed", "date": "18.11.2026", "clock": "12:30"}, "input.invalid"),
        ({"answer": "typed", "date": "9999-12-31", "clock": "23:59"}, "input.invalid"),
        ({"answer": "typed", "date": "2026-11-18", "clock": "25:00"}, "input.invalid"),
        ({"answer": "own", "clock": "12:30"}, "input.invalid"),
        ({"answer": "typed", "date": "2026-11-18", "clock": "10:00"}, "identity.clock_runs_back"),
        ({"staff_id": str(uuid4())}, "identity.unknown_staff"),
    ],
)
def test_a_wrong_answer_keeps_the_stop_and_says_why(tmp_path: Path, form: dict[str, str], code: str) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.set_wall(OPENING_MS - YEAR_MS)
        answer = await sign(desk, **form)
        assert answer.status_code in (401, 409, 422)
        assert re.search(code.replace(".", r"\."), answer.text)
        await refused(desk)
        assert await told(desk, ClockConfirmed) == []

    at_the_unit(scene, tmp_path)


def test_a_seller_cannot_sign_and_nobody_signs_twice(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.set_wall(OPENING_MS - YEAR_MS)
        answer = await sign(desk, staff_id=str(desk.founded.mara))
        assert answer.status_code == 409
        assert "Only a supervisor" in answer.text
        await sign(desk)
        again = await sign(desk)
        assert again.status_code == 409
        assert "is confirmed" in again.text

    at_the_unit(scene, tmp_path)


def test_what_the_hub_is_told_is_what_the_machine_says(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.set_wall(OPENING_MS + YEAR_MS)
        assert (await desk.unit.report()).wall_ms == OPENING_MS + YEAR_MS
        assert desk.unit.now_ms == OPENING_MS

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize("wall_ms", [0, -1, 253_402_300_799_000, 10**18])
def test_pages_stand_with_any_wall_clock(tmp_path: Path, wall_ms: int) -> None:
    async def scene(desk: Desk) -> None:
        desk.clock.set_wall(wall_ms)
        for address in ("/sell", "/more", "/more/clock", "/till"):
            assert (await desk.page(address)).status_code == 200
        await refused(desk)
        await sign(desk)
        await desk.sold()

    at_the_unit(scene, tmp_path)


def test_an_empty_unit_opens_its_clock_without_a_memory(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        clock = open_clock(founded.settings.database, uuid4(), founded.clock)
        assert clock.now().wall_ms == OPENING_MS
        assert clock.doubts() == ()

    asyncio.run(play())
