"""The hub's figures for Prometheus: true, for those who may read them, and about units, not people."""

import asyncio
import re
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from hub.runtime.app import HubApp, make_app
from hub.runtime.roles import APP
from hub.sync.gate import SMALL_BYTES, Busy, Gate
from hub.sync.meter import FAILED, Meter
from hub.web.site.lag import Lag, bytes_text, certificate_text, hours_left, hours_text, lag_of, lag_text
from hub.web.site.metrics import CAUSES, MetricsDoor, hub_metrics
from shared.domain.identity.commands import PauseUnit
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS
from shared.kernel.codec import encode
from shared.sync.protocol import UnitReport
from shared.web.metrics import Histogram, MetricsPage
from tests.support.hub import RunningHub
from tests.support.hub_web import browsing
from tests.support.sync import on_air

pytestmark = pytest.mark.anyio
TOKEN = "a-token-of-the-collector"
LINE = re.compile(r'^[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? (-?[0-9.]+(e-?[0-9]+)?|\+Inf)$')


def report(**changes: Any) -> UnitReport:
    told: dict[str, Any] = {
        "wall_ms": 0, "tip_seq": 9, "waiting": 0, "printer": "ready", "battery_percent": 82, "numbers_left": 400,
        "seller": "Mara Kovač",
    }  # fmt: skip
    return UnitReport(**(told | changes))


async def heard(running: RunningHub, unit_id: UUID, said: UnitReport) -> None:
    """The unit reported just now."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        await connection.execute(
            "insert into sync.unit_report (org_id, node_id, heard_ms, report) values (%s, %s, %s, %s) "
            "on conflict (org_id, node_id) do update set heard_ms = excluded.heard_ms, report = excluded.report",
            (running.org_id, unit_id, running.clock.wall_ms, encode(said)),
        )


async def figures(running: RunningHub) -> dict[str, float]:
    text = await hub_metrics(running.hub)
    found = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name.replace(str(running.org_id), "ORG"): float(value) for name, _, value in found}


async def test_a_unit_has_its_lag_drift_numbers_and_hours(running: RunningHub) -> None:
    keys = await running.unit(await running.venue())
    said = report(
        waiting=12, waiting_bytes=4_100, oldest_waiting_ms=3 * MINUTE_MS, sold_last_hour=100, disk_free_bytes=7,
        holds=("hub:disabled", "clock:jumped"),
    )  # fmt: skip
    await heard(running, keys.node_id, said)
    running.clock.forward(5_000)
    told = await figures(running)
    unit = '{org="ORG",unit="R07"}'
    assert told[f"tillhouse_unit_waiting_entries{unit}"] == 12
    assert told[f"tillhouse_unit_waiting_bytes{unit}"] == 4_100
    assert told[f"tillhouse_unit_oldest_waiting_seconds{unit}"] == 185
    assert told[f"tillhouse_unit_numbers_left{unit}"] == 400
    assert told[f"tillhouse_unit_selling_hours_left{unit}"] == 4
    assert told[f"tillhouse_unit_seen_seconds{unit}"] == 5
    assert told[f"tillhouse_unit_held{unit}"] == 2
    causes = {cause: told[f'tillhouse_unit_stopped_by{{org="ORG",unit="R07",cause="{cause}"}}'] for cause in CAUSES}
    assert [cause for cause, held in causes.items() if held] == ["hub", "clock"]
    assert told[f"tillhouse_unit_quarantined_entries{unit}"] == 0
    assert told['tillhouse_unit_state{org="ORG",unit="R07",state="enabled"}'] == 1
    assert told["tillhouse_database_up"] == 1


async def test_a_unit_that_was_never_heard_has_no_invented_figures(running: RunningHub) -> None:
    await running.unit(await running.venue())
    told = await figures(running)
    assert 'tillhouse_unit_waiting_entries{org="ORG",unit="R07"}' not in told
    assert told['tillhouse_unit_in_reach{org="ORG",unit="R07"}'] == 0


async def test_a_paused_unit_quarantine_and_backups_are_figures_too(running: RunningHub) -> None:
    keys = await running.unit(await running.venue())
    await running.do(PauseUnit(command_id=UUID(int=1), unit_id=keys.node_id))
    async with running.hub.bus.tenant(running.org_id) as connection:
        for seq in (1, 2):
            await connection.execute(
                "insert into sync.quarantine values (%s, %s, 1, 0, %s, %s, 'why', 0)",
                (running.org_id, keys.node_id, seq, UUID(int=seq)),
            )
    told = await figures(running)
    assert told['tillhouse_unit_paused{org="ORG",unit="R07"}'] == 1
    assert told['tillhouse_unit_quarantined_entries{org="ORG",unit="R07"}'] == 2
    assert told['tillhouse_open_cases{org="ORG",kind="fork"}'] == 0
    assert told['tillhouse_feed_position{org="ORG"}'] > 0
    assert 'tillhouse_backup_verified_timestamp_seconds{org="ORG"}' not in told


async def test_every_line_is_in_the_form_that_collectors_read_and_names_nobody(running: RunningHub) -> None:
    keys = await running.unit(await running.venue())
    await heard(running, keys.node_id, report())
    text = await hub_metrics(running.hub)
    assert [line for line in text.splitlines() if not line.startswith("# ") and not LINE.match(line)] == []
    names = [line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert "Mara" not in text
    assert running.keys.sign_seed not in text


async def test_a_second_organisation_stands_beside_the_first(running: RunningHub) -> None:
    other = await running.found()
    await running.unit(await running.venue(org_id=other), org_id=other)
    await running.unit(await running.venue())
    text = await hub_metrics(running.hub)
    for org_id in (running.org_id, other):
        assert f'tillhouse_unit_in_reach{{org="{org_id}",unit="R07"}}' in text


async def test_without_its_database_the_hub_still_tells_its_own(running: RunningHub) -> None:
    await running.hub.pool.close()
    told = await figures(running)
    assert told["tillhouse_database_up"] == 0
    assert told['tillhouse_pushes_total{outcome="ok"}'] == 0


async def ask(app: HubApp, client: tuple[str, int], base: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=cast(Any, app.asgi), client=client)
    async with httpx.AsyncClient(transport=transport, base_url=base) as asking:
        return await asking.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_metrics_are_for_the_plain_listener_and_the_bearer_of_the_token_alone(running: RunningHub) -> None:
    here, away = ("127.0.0.1", 5), ("192.0.2.7", 5)
    app = make_app(running.hub, MetricsDoor(8_401, TOKEN))
    plain, public = "http://127.0.0.1:8401", "https://hub.test:8400"
    assert (await ask(app, here, plain)).status_code == 200
    assert (await ask(app, away, public, authorization=f"Bearer {TOKEN}")).status_code == 200
    refused = [
        await ask(app, here, public),
        await ask(app, away, plain),
        await ask(app, here, plain, x_forwarded_for="192.0.2.7"),
        await ask(app, away, public, authorization="Bearer another"),
        await ask(app, away, public, authorization=f"Basic {TOKEN}"),
    ]
    assert [answer.status_code for answer in refused] == [404] * 5
    assert not any("tillhouse_" in answer.text for answer in refused)


async def test_a_hub_that_was_told_of_no_collector_has_no_such_page(running: RunningHub, app: HubApp) -> None:
    async with browsing(app) as client:
        answers = [await client.get("/metrics"), await client.get("/metrics", headers={"authorization": "Bearer "})]
    assert [answer.status_code for answer in answers] == [404, 404]


async def test_uploads_of_a_unit_are_counted(running: RunningHub) -> None:
    venue_id = await running.venue()
    event_id = await running.event(venue_id)
    async with on_air(running) as air:
        edge = await air.edge(venue_id)
        await edge.ready(event_id)
        await edge.level()
        told, tip_seq = await figures(running), edge.writer.tip.seq
    assert told['tillhouse_pushes_total{outcome="ok"}'] >= 1
    assert told["tillhouse_push_seconds_count"] == sum(
        count for name, count in told.items() if name.startswith("tillhouse_pushes_total")
    )
    assert told["tillhouse_entries_stored_total"] == tip_seq > 0
    assert told["tillhouse_push_bytes_total"] > 0


async def test_a_push_counts_by_how_it_ended() -> None:
    meter, now = Meter(), iter((0.0, 0.5, 1.0, 1.0, 2.0, 9.0))
    with meter.push(lambda: next(now)):
        pass
    with pytest.raises(Busy), meter.push(lambda: next(now)):
        raise Busy(retry_after_ms=1_000)
    with pytest.raises(ZeroDivisionError), meter.push(lambda: next(now)):
        raise ZeroDivisionError
    assert meter.pushes == {"ok": 1, "sync.busy": 1, FAILED: 1}
    assert (meter.seconds.sum, sum(meter.seconds.counts)) == (7.5, 3)


async def test_the_gate_tells_who_runs_and_who_waits() -> None:
    meter, gate = Meter(), Gate(lambda: 0.0, running_max=1)
    meter.watch(gate)
    go = asyncio.Event()

    async def upload(node: UUID) -> None:
        async with gate.turn(node, 2 * SMALL_BYTES):
            await go.wait()

    tasks = [asyncio.create_task(upload(UUID(int=place))) for place in range(3)]
    await asyncio.sleep(0)
    assert (meter.running, meter.waiting) == (1, 2)
    go.set()
    await asyncio.gather(*tasks)
    assert (meter.running, meter.waiting) == (0, 0)


async def test_a_page_of_figures_is_written_as_the_format_says() -> None:
    page, seen = MetricsPage(), Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 3.0):
        seen.observe(value)
    page.gauge("a", 'says "\\"\nmore', 1.5, name='R"07\\\n')
    page.gauge("b", "unknown", None)
    page.histogram("c_seconds", "how long", seen)
    assert page.text() == (
        '# HELP a says "\\\\"\\nmore\n# TYPE a gauge\na{name="R\\"07\\\\\\n"} 1.5\n'
        "# HELP c_seconds how long\n# TYPE c_seconds histogram\n"
        'c_seconds_bucket{le="0.1"} 2\nc_seconds_bucket{le="1"} 3\nc_seconds_bucket{le="+Inf"} 4\n'
        "c_seconds_sum 3.65\nc_seconds_count 4\n"
    )


async def test_lag_is_as_old_as_the_report_and_gets_a_plus_out_of_reach() -> None:
    said = report(waiting=12, waiting_bytes=14_200, oldest_waiting_ms=MINUTE_MS)
    near = lag_of(said, 1_000, now_ms=2_000, known=True)
    assert lag_text(near) == "12 facts, 14 kB, the oldest 1 min old"
    far = lag_of(said, 1_000, now_ms=1_000 + HOUR_MS, known=False)
    assert lag_text(far) == "12+ facts, 14 kB+, the oldest 61 min old"
    assert lag_text(Lag(0, 0, 0, known=True)) == "None"
    assert lag_text(Lag(0, 0, 0, known=False)) == "None when it was seen; what it sold since waits there"
    assert lag_text(Lag(1, 0, 0, known=True)) == "1 fact"


async def test_hours_of_selling_are_numbers_over_the_pace_of_the_last_hour() -> None:
    assert hours_left(report()) is None
    assert hours_text(report()) == "–"
    assert hours_text(report(sold_last_hour=100)) == "4 h"
    assert hours_text(report(sold_last_hour=800)) == "30 min"
    assert hours_text(report(sold_last_hour=1)) == "48 h or more"


async def test_sizes_and_certificates_in_words() -> None:
    assert [bytes_text(size) for size in (812, 1_000, 14_200, 2_300_000)] == ["812 bytes", "1.0 kB", "14 kB", "2.3 MB"]
    assert certificate_text(10 * DAY_MS, 0) == "ends in 10 days"
    assert certificate_text(5 * HOUR_MS, 0) == "ends in 5 h"
    assert certificate_text(0, 1) == "has ended"


async def test_the_app_role_is_enough_for_every_figure(running: RunningHub) -> None:
    assert str(running.hub.pool.conninfo).startswith(f"postgresql://{APP}@")
    assert (await figures(running))["tillhouse_database_up"] == 1
