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
from shared.journal.chain import Tip, empty_tip, follow
from shared.journal.entry import Owner
from shared.journal.signing import open_document
from shared.kernel.codec import decode
from shared.pipeline.sqlite_writer import open_durable
from shared.sync.feed import read_page
from shared.sync.lease import read_lease
from shared.sync.protocol import (
    HELLO_TAG,
    Hello,
    HelloAnswer,
    LeaseRequest,
    PushAnswer,
    ReportAnswer,
    Session,
    UnitReport,
)
from shared.sync.uplink import Push, Uplink, common_seq
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


def _asked(recording: Recording, name: str) -> bytes:
    return data(recording.talk[name][0])


def _answered(recording: Recording, name: str) -> bytes:
    return data(recording.talk[name][1])


def test_todays_hub_reads_an_old_units_hello(recording: Recording) -> None:
    key = bytes.fromhex(recording.unit_sign_key)
    hello = decode(open_document(_asked(recording, "hello"), tag=HELLO_TAG, public=key), Hello)
    assert (hello.org, hello.node, hello.epoch, hello.seq) == (recording.org, recording.unit, 1, 0)
    if recording.version == "v0.1.0":
        assert (hello.receipt, hello.certificate, hello.boot_id) == (b"", b"", None)


def test_todays_unit_goes_on_from_an_old_hubs_hello(recording: Recording) -> None:
    answer = decode(_answered(recording, "hello"), HelloAnswer)
    uplink = Uplink(generation=0, position=0, acked_seq=0)
    uplink.on_hello(answer, Tip(3, b"t" * 32), common_seq(answer, {}))
    assert uplink.next_step(tip_seq=3, wanted=[], now_ms=0) == Push(0)
    if recording.version == "v0.1.0":
        assert (answer.landmarks, answer.standing, answer.features, answer.recovering) == ([], b"", [], False)


def test_todays_unit_takes_an_old_hubs_word_that_its_upload_is_stored(recording: Recording) -> None:
    answer = decode(_answered(recording, "push"), PushAnswer)
    assert answer.seq >= 1
    assert len(answer.hash) == 32


def test_todays_hub_takes_an_old_units_report_and_todays_unit_the_answer(recording: Recording) -> None:
    report = decode(_asked(recording, "report"), UnitReport)
    assert (report.printer, report.holds) == ("ready", ())
    assert decode(_answered(recording, "report"), ReportAnswer).hub_time_ms > 0


def test_todays_unit_takes_an_old_hubs_lease(recording: Recording) -> None:
    asked = decode(_asked(recording, "lease"), LeaseRequest)
    key = bytes.fromhex(recording.hub_key)
    document = read_lease(_answered(recording, "lease"), granter_key=key, holder=recording.unit, epoch=1)
    assert (document.event, document.request) == (recording.event, asked.request)


def test_the_bytes_that_went_up_are_the_bundle_of_the_journal(recording: Recording) -> None:
    pushed, _ = unpack(_asked(recording, "push"))
    journal = [data(entry) for entry in recording.journal]
    assert pushed.entries == journal[pushed.first - 1 : pushed.first - 1 + len(pushed.entries)]
