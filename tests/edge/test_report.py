"""What a unit says of itself: to the hub in its report, and to a collector on its own machine."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient

from edge.runtime.app import edge_app
from edge.runtime.holds import set_hold
from edge.runtime.reporting import age_ms, make_report
from edge.sync.hub_word import keep_certificate
from edge.web.site import lines
from edge.web.site.frame import sales_waiting
from edge.web.site.view import StripView
from shared.journal.entry import Envelope
from shared.kernel.clock import HOUR_MS, MINUTE_MS, Moment
from shared.kernel.codec import Raw
from shared.sync.protocol import UnitReport
from shared.web.insiders import asks_itself
from tests.support.unit import Desk, at_the_unit

BOOT, OTHER_BOOT = UUID(int=1), UUID(int=2)


def entry(*, wall_ms: int, monotonic_ms: int, boot_id: UUID = BOOT) -> Envelope:
    node = UUID(int=3)
    return Envelope(
        org=node, node=node, epoch=1, seq=1, prev=b"", id=node, type="t", version=1, entity=node, command_id=node,
        actor=None, wall_ms=wall_ms, monotonic_ns=monotonic_ms * 1_000_000, boot_id=boot_id, hub_time_ms=0, feeds=(),
        body=Raw(b"\x80"),
    )  # fmt: skip


def play(scene: Callable[[Desk], Awaitable[None]], folder: Path) -> None:
    at_the_unit(scene, folder)


def test_a_report_counts_what_waits_in_entries_bytes_and_age(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        before = await make_report(desk.unit)
        await desk.sold()
        desk.clock.forward(3 * MINUTE_MS)
        report = await desk.unit.report()
        assert report.waiting == before.waiting + 1
        assert report.waiting_bytes > before.waiting_bytes > 0
        assert report.oldest_waiting_ms >= 3 * MINUTE_MS
        assert report.tip_seq == desk.unit.writer.tip.seq

    play(scene, tmp_path)


def test_a_report_says_which_boot_and_what_the_unwatched_clocks_show(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        moment, report = desk.clock.now(), await desk.unit.report()
        assert (report.boot_id, report.monotonic_ns) == (moment.boot_id, moment.monotonic_ns)
        assert report.wall_ms == moment.wall_ms
        assert report.disk_free_bytes > 0
        assert report.program

    play(scene, tmp_path)


def test_a_report_counts_the_numbers_sold_in_the_last_hour_and_no_others(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold(2)
        assert (await desk.unit.report()).sold_last_hour == 40
        desk.clock.forward(HOUR_MS + 1)
        await desk.log_in()
        await desk.sold(0)
        report = await desk.unit.report()
        assert report.sold_last_hour == 3
        assert report.numbers_left == 2_000 - 43

    play(scene, tmp_path)


def test_a_report_names_what_stops_selling_and_when_the_certificate_ends(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        assert (await desk.unit.report()).certificate_until_ms == 0
        until_ms = desk.clock.wall_ms + HOUR_MS
        await desk.unit.writer.write(lambda db: keep_certificate(db, b"signed", until_ms, desk.clock.wall_ms))
        await desk.unit.writer.write(lambda db: set_hold(db, "hub", "disabled", desk.clock.wall_ms))
        report = await desk.unit.report()
        assert report.holds == ("hub:disabled",)
        assert report.certificate_until_ms == until_ms

    play(scene, tmp_path)


def test_the_status_says_that_a_unit_may_not_sell_and_what_to_do(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        assert (await desk.get("/api/sync/status"))["selling"] is True
        now_ms = desk.clock.wall_ms
        await desk.unit.writer.write(lambda db: set_hold(db, "hub", "disabled", now_ms))
        await desk.unit.writer.write(lambda db: keep_certificate(db, b"signed", now_ms, now_ms))
        status = await desk.get("/api/sync/status")
        assert status["selling"] is False
        assert [one["hold"] for one in status["stopped_by"]] == ["hub:disabled", "certificate"]
        assert status["stopped_by"][0]["reason"] == "Head office disabled this unit."
        assert "its sales are safe" in status["stopped_by"][0]["advice"]

    play(scene, tmp_path)


def test_a_wall_clock_that_was_moved_ages_nothing_that_waits() -> None:
    now = Moment(9_000_000_000_000, 70_000 * 1_000_000, BOOT)
    assert age_ms(entry(wall_ms=1_000, monotonic_ms=10_000), now) == 60_000
    assert age_ms(entry(wall_ms=9_000_000_000_000, monotonic_ms=80_000), now) == 0


def test_after_a_reboot_the_wall_clock_is_all_there_is() -> None:
    now = Moment(500_000, 1, BOOT)
    assert age_ms(entry(wall_ms=100_000, monotonic_ms=9, boot_id=OTHER_BOOT), now) == 400_000
    assert age_ms(entry(wall_ms=900_000, monotonic_ms=9, boot_id=OTHER_BOOT), now) == 0


def test_a_hub_of_before_the_new_fields_and_a_unit_of_before_them_read_each_other() -> None:
    old = UnitReport(
        wall_ms=1, tip_seq=2, waiting=3, printer="ready", battery_percent=None, numbers_left=4, seller="Ann"
    )
    assert (old.waiting_bytes, old.oldest_waiting_ms, old.holds, old.boot_id) == (0, 0, (), None)


def test_metrics_tell_of_journal_line_stops_printer_and_disk_and_name_nobody(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        await desk.unit.writer.write(lambda db: set_hold(db, "hub", "disabled", desk.clock.wall_ms))
        app = edge_app(desk.unit)
        async with AsyncClient(transport=ASGITransport(app=cast(Any, app)), base_url="http://127.0.0.1") as client:
            answer = await client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        told = answer.text.splitlines()
        assert f"tillhouse_journal_seq {desk.unit.writer.tip.seq}" in told
        assert f"tillhouse_waiting_entries {desk.unit.line.waiting}" in told
        assert 'tillhouse_held{cause="hub"} 1' in told
        assert 'tillhouse_held{cause="witness"} 0' in told
        assert any(line.startswith("tillhouse_disk_free_bytes ") for line in told)
        assert sum(line.startswith("tillhouse_printer_state{") and line.endswith(" 1") for line in told) == 1
        assert "Mara" not in answer.text

    play(scene, tmp_path)


def test_nobody_but_this_machine_learns_that_there_are_metrics(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        app = edge_app(desk.unit)
        away = ASGITransport(app=cast(Any, app), client=("192.0.2.7", 4711))
        async with AsyncClient(transport=away, base_url="http://till.test") as client:
            answer = await client.get("/metrics")
        here = ASGITransport(app=cast(Any, app))
        async with AsyncClient(transport=here, base_url="http://till.test") as client:
            carried = await client.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"})
        assert (answer.status_code, carried.status_code) == (404, 404)
        assert "tillhouse_" not in answer.text + carried.text

    play(scene, tmp_path)


@pytest.mark.parametrize(
    ("host", "headers", "inside"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("192.0.2.7", {}, False),
        ("", {}, False),
        ("testclient", {}, False),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}, False),
    ],
)
def test_who_asks_from_this_very_machine(host: str, headers: dict[str, str], inside: bool) -> None:
    assert asks_itself(host, headers) is inside


def test_a_pause_of_uploads_is_a_calm_line_that_says_the_sales_are_safe() -> None:
    strip = StripView(event="HO", clock="20:14", connection="hub", waiting=13, printer="ready", sales_waiting=12)
    line = lines.paused(strip, paused=True)
    assert line is not None
    assert line.level == "wait"
    assert (line.lead, line.rest) == (
        "Head office paused uploads. Keep selling.",
        "12 sales are safe on this unit.",
    )
    assert lines.paused(strip, paused=False) is None


def test_sales_that_wait_are_counted_without_what_else_waits(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        assert (desk.unit.line.waiting > 0, await sales_waiting(desk.unit)) == (True, 0)
        await desk.sold()
        await desk.sold()
        assert await sales_waiting(desk.unit) == 2 < desk.unit.line.waiting

    play(scene, tmp_path)


def test_reports_are_made_while_sales_go_on(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        reports, _ = await asyncio.gather(asyncio.gather(*(desk.unit.report() for _ in range(5))), desk.sold())
        assert {report.printer for report in reports}

    play(scene, tmp_path)
