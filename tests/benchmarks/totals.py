"""What the hub's totals cost when an organisation has sold a lot; against a bare sum over the same sales.

The rows are put in by a superuser, set-wise; the views are asked by the hub's own login, under row-level security.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg

from hub.runtime.roles import APP
from shared.domain.raffle.queries_page import LATEST, NUMBER_TOTALS, UNIT_TOTALS
from shared.pipeline.queries import Query
from tests.benchmarks.hub_process import BenchHub
from tests.benchmarks.measure import Measure, median

SALES, NODES, LEASE_NUMBERS, TICKETS = 200_000, 8, 2_000, 10
VOID_EVERY = 100
ROUNDS = 9
PLAIN = (
    "SELECT node_id, sum(ticket_count), sum(amount_minor) FROM raffle.raffle_sale WHERE org_id = %s GROUP BY node_id"
)
LEASES = """
SELECT g AS place, md5(%(event)s::text || 'n' || g %% %(nodes)s)::uuid AS node,
    md5(%(event)s::text || 'l' || g)::uuid AS lease,
    1 + g * %(numbers)s::bigint AS first, (g + 1) * %(numbers)s::bigint AS last
FROM generate_series(0, %(leases)s - 1) AS g
"""
FILL = (
    f"""INSERT INTO raffle.raffle_lease
SELECT %(org)s, %(hub)s, 1, 0, lease, lease, %(event)s, node, 1, first, last FROM ({LEASES}) AS l""",
    f"""INSERT INTO raffle.raffle_lease_taken
SELECT %(org)s, node, 1, 0, lease, %(event)s, %(hub)s, first, last, '' FROM ({LEASES}) AS l""",
    """INSERT INTO raffle.raffle_sale
SELECT %(org)s, md5(%(event)s::text || 'n' || n)::uuid, 1, 0, seq, md5(%(event)s::text || n || '-' || seq)::uuid,
    %(event)s, %(hub)s, %(hub)s, %(tickets)s, 1000, 'USD', 'cash', 1000, '', lpad(seq::text, 21, '0'), seq, 'AAAA AAAA'
FROM generate_series(0, %(nodes)s - 1) AS n, generate_series(1, %(sales)s / %(nodes)s) AS seq""",
    f"""INSERT INTO raffle.raffle_range
SELECT %(org)s, node, 1, 0, lease, first, last, first + i * %(tickets)s, first + (i + 1) * %(tickets)s - 1, %(event)s,
    1 + (place / %(nodes)s) * (%(numbers)s / %(tickets)s) + i
FROM ({LEASES}) AS l, generate_series(0, %(numbers)s / %(tickets)s - 1) AS i""",
    """INSERT INTO raffle.raffle_void
SELECT org_id, node_id, epoch, branch, node_id, epoch, seq, chain, sale_id, event_id, 'undo', seller_id, sold_ms, 1000,
    'cash'
FROM raffle.raffle_sale WHERE org_id = %(org)s AND seq %% %(void_every)s = 0""",
)


def fill(connect: Callable[[], "psycopg.Connection[Any]"], org_id: UUID, event_id: UUID) -> None:
    """An organisation of its own with one event, sold by eight units."""
    values = {
        "org": org_id, "hub": uuid4(), "event": event_id, "nodes": NODES, "numbers": LEASE_NUMBERS,
        "tickets": TICKETS, "sales": SALES, "leases": SALES * TICKETS // LEASE_NUMBERS, "void_every": VOID_EVERY,
    }  # fmt: skip
    with psycopg.ClientCursor(connect()) as cursor:
        for text in FILL:
            cursor.execute(text.encode(), values)
        cursor.connection.commit()
        cursor.connection.autocommit = True
        cursor.execute("vacuum analyze")
        cursor.connection.close()


def _timed(app: "psycopg.Connection[Any]", text: str, values: Any) -> float:
    began = time.perf_counter()
    app.execute(text.encode(), values).fetchall()
    return (time.perf_counter() - began) * 1_000


def measure(bench: BenchHub) -> list[Measure]:
    """A line for each view, in milliseconds; asked in turn with the bare sum."""
    org_id, event_id = uuid4(), uuid4()
    fill(bench.process.superuser, org_id, event_id)
    queries: dict[str, Query[Any]] = {
        "totals of number classes": NUMBER_TOTALS, "totals of units": UNIT_TOTALS, "latest 50 sales": LATEST,
    }  # fmt: skip
    asked = {"org_id": org_id, "event_id": event_id, "most": 50}
    spent: dict[str, list[float]] = {name: [] for name in (*queries, "")}
    with psycopg.connect(bench.address.url(APP), autocommit=True) as app:
        app.execute("select set_config('tillhouse.org', %s, false)", [str(org_id)])
        for _ in range(ROUNDS):
            for name, query in queries.items():
                spent[name].append(_timed(app, query.postgres_text, query.fixed | asked))
            spent[""].append(_timed(app, PLAIN, [org_id]))
    bare = spent[""]
    return [
        Measure(
            name=f"{name}, {SALES:,} sales",
            ours=median(spent[name]),
            unit="ms",
            we_do="the hub's login asks the view under row-level security; one sale in a hundred is void",
            theirs=median(bare),
            they_do="one sum over the same sales, by unit",
            ratio=median([ours / theirs for ours, theirs in zip(spent[name], bare, strict=True)]),
        )
        for name in queries
    ]
