"""What an older program wrote, today's program takes: push and feed bytes of every tagged version."""

from pathlib import Path
from uuid import uuid4

import pytest

from edge.runtime.database import migrate
from edge.sync.pages import apply_page
from hub.sync.receive import receive
from shared.domain.identity.commands import OpenVenue
from shared.domain.raffle.queries_page import EVENT_TOTALS
from shared.domain.slices import ALL
from shared.journal.bundle import unpack, verify_bundle
from shared.journal.chain import empty_tip, follow
from shared.journal.entry import Owner
from shared.pipeline.sqlite_writer import open_durable
from shared.sync.feed import read_page
from shared.sync.protocol import Session
from tests.golden.record import HERE, Recording, data, load
from tests.support.hub import RunningHub

VERSIONS = sorted(path.stem for path in HERE.glob("v*.json"))


@pytest.fixture(params=VERSIONS)
def recording(request: pytest.FixtureRequest) -> Recording:
    """Each kept recording."""
    return load(request.param)


def test_the_tagged_version_is_kept() -> None:
    assert "v0.1.0" in VERSIONS


def test_an_old_journal_still_verifies_and_every_fact_is_read(recording: Recording) -> None:
    owner = Owner(recording.org, recording.unit, 1)
    read = follow(owner, empty_tip(owner), [data(entry) for entry in recording.journal])
    facts = [ALL.facts.read(one.envelope.type, one.envelope.version, one.envelope.body) for one in read]
    assert len(facts) == len(recording.journal)
    assert None not in facts


def test_an_old_bundle_still_verifies_under_its_units_key(recording: Recording) -> None:
    owner = Owner(recording.org, recording.unit, 1)
    bundle, head = unpack(data(recording.bundle))
    assert head.tip.seq == len(recording.journal)
    assert verify_bundle(bundle, owner, empty_tip(owner), bytes.fromhex(recording.unit_sign_key))


@pytest.mark.anyio
async def test_todays_hub_takes_an_old_units_bundle_to_the_cent(recording: Recording, running: RunningHub) -> None:
    await running.found_as(recording.org)
    order = OpenVenue(command_id=uuid4(), name="Harbour Stand", place="D", zone="Europe/London")
    venue = await running.do(order, recording.org)
    await running.unit_with(
        venue,
        recording.unit_code,
        unit_id=recording.unit,
        sign_key=bytes.fromhex(recording.unit_sign_key),
        seal_key=bytes.fromhex(recording.unit_seal_key),
        org_id=recording.org,
    )
    session = Session(recording.org, recording.unit, 1, 2**52)
    answer = await receive(running.hub, session, data(recording.bundle))
    assert answer.seq == len(recording.journal)
    totals = await running.hub.many(recording.org, EVENT_TOTALS)
    counted = [
        (one.sale_count, one.ticket_count, one.amount_minor) for one in totals if one.event_id == recording.event
    ]
    assert counted == [(recording.sale_count, recording.ticket_count, recording.amount_minor)]


def test_todays_unit_takes_an_old_hubs_feed_page(recording: Recording, tmp_path: Path) -> None:
    key = bytes.fromhex(recording.hub_key)
    page = read_page(data(recording.feed_page), feeder_key=key, org=recording.org, since=0)
    path = tmp_path / "edge.db"
    migrate(path)
    db = open_durable(path)
    apply_page(db, page)
    names = [row[0] for row in db.execute("SELECT name FROM vault_badge ORDER BY name")]
    states = [row[0] for row in db.execute("SELECT state FROM raffle_event WHERE NOT training")]
    db.close()
    assert (names, states) == (["Ines", "Mara"], ["active"])
    assert {change.kind for change in page.changes} <= set(ALL.row_kinds)
