"""Two organisations at one hub: no page query of one shows a row of the other."""

import re
from typing import Any
from uuid import UUID

import pytest

from hub.sync import queries as sync_queries
from hub.web.site.snapshot import read_snapshot
from shared.domain.identity import queries as identity
from shared.domain.raffle import queries as raffle
from shared.domain.raffle import queries_page
from shared.pipeline.queries import Query
from tests.support.hub import RunningHub
from tests.support.rows import a_sale

pytestmark = pytest.mark.anyio
QUERIES = {
    f"{module.__name__.rsplit('.', 1)[-1]}.{name}": query
    for module in (identity, raffle, queries_page, sync_queries)
    for name, query in vars(module).items()
    if isinstance(query, Query)
}

JOURNAL = ("node_id", "epoch", "branch")
ANYTHING: dict[str, Any] = {"UUID": UUID(int=0), "BIGINT": 0, "INTEGER": 0}


async def _evening(running: RunningHub, org_id: UUID, code: str) -> dict[str, Any]:
    """A venue, a seller, a unit, an event and one sale; the answer names them as queries ask for them."""
    venue_id = await running.venue(f"Stand of {code}", org_id)
    staff_id = await running.staff(f"Seller of {code}", org_id=org_id)
    unit = await running.unit(venue_id, code, org_id=org_id)
    event_id = await running.event(venue_id, f"E-{code}", org_id)
    sale = await a_sale(running, org_id, unit=unit, event_id=event_id, seller_id=staff_id)
    return {
        "venue_id": venue_id, "staff_id": staff_id, "unit_id": unit.node_id, "event_id": event_id, **sale,
        "seller_id": staff_id, "at_node": unit.node_id, "at_epoch": 1, "at_seq": sale["seq"], "most": 50,
        "since_ms": 0, "span_ms": 60_000, "code": f"E-{code}", "request_id": unit.node_id, "name": f"Seller of {code}",
        "node_id": unit.node_id, "epoch": 1, "branch": 0, "sale_seq": sale["seq"], "number": sale["first"],
        "lease_id": sale["lease_id"],
    }  # fmt: skip


def _asked(query: Query[Any], known: dict[str, Any]) -> dict[str, Any]:
    """What the query asks for, out of what is known; the rest by its type."""
    asked = re.findall(r"%\((\w+)\)s(?:::(\w+))?", query.postgres_text)
    return {
        name: known.get(name, ANYTHING.get(kind, "")) for name, kind in asked if name not in {*query.fixed, "org_id"}
    } | {name: known[name] for name in JOURNAL}


async def test_no_page_query_shows_a_row_of_another_organisation(running: RunningHub) -> None:
    lions, nobody = await running.found(), await running.found("Nobody yet")
    ours = await _evening(running, running.org_id, "R01")
    theirs = await _evening(running, lions, "L01")
    answered = 0
    for name, query in QUERIES.items():
        own = await running.hub.many(running.org_id, query, **_asked(query, ours))
        mixed = await running.hub.many(running.org_id, query, **_asked(query, theirs))
        nothing = await running.hub.many(nobody, query, **_asked(query, theirs))
        assert [row for row in mixed if row not in own and row not in nothing] == [], name
        answered += await running.hub.many(lions, query, **_asked(query, theirs)) != nothing
    assert answered > len(QUERIES) * 2 // 3, "the question is worth asking: they see their own rows"


async def test_a_page_of_one_organisation_holds_nothing_of_the_other(running: RunningHub) -> None:
    lions = await running.found()
    await _evening(running, running.org_id, "R01")
    await _evening(running, lions, "L01")
    ours = await read_snapshot(running.hub, running.org_id)
    theirs = await read_snapshot(running.hub, lions)
    assert "L01" not in repr(ours)
    assert "R01" not in repr(theirs)
    assert [total.amount_minor for total in theirs.event_totals.values()] == [1_000]
