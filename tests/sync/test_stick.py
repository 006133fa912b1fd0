"""What waits goes to head office on a stick: the same bytes by another road, and no damage done by a bad file."""

import asyncio
import random
from pathlib import Path
from uuid import UUID, uuid4

import click
import msgspec
import pytest
import zstandard
from click.testing import CliRunner

from edge.runtime.export import waiting_stick, whole_journal, write_file
from edge.runtime.membership import Membership, UnitIdentity, store_membership
from edge.runtime.settings import Settings
from hub.office.persons.service import ids_of_phone
from hub.runtime.console_import import add_import_command
from hub.sync.receive import receive
from hub.sync.stick import BundleOutcome, StickReport, import_stick
from shared.domain.identity.commands import PauseUnit, ResumeUnit
from shared.domain.identity.queries import UNITS
from shared.domain.raffle.queries_page import EVENT_TOTALS
from shared.journal.archive import Archive, ArchivedJournal, read_archive, write_archive
from shared.journal.bundle import pack, unpack
from shared.journal.entry import Owner
from shared.journal.head import verify_receipt
from shared.journal.keyfile import write_keys
from shared.journal.stick import read_stick, write_stick
from shared.kernel.errors import InputRefused
from shared.sync.protocol import Session
from tests.support.hub import RunningHub
from tests.support.sync import Edge, OnAir, on_air, until
from tests.sync.test_receive import Journal, journal_of, lease, sale, sold
from tests.verifier.nights import verifier

pytestmark = pytest.mark.anyio


def folder_of(air: OnAir, edge: Edge, venue_id: UUID, folder: Path) -> Settings:
    """The folder of an edge as its operator finds it, beside the running edge."""
    running, node_id = air.running, edge.keys.node_id
    folder.mkdir()
    write_keys(folder / "node.key", edge.keys)
    (folder / "edge.db").symlink_to(edge.path)
    unit = UnitIdentity(node_id, venue_id, "rsu", "R07", "RSU 07")
    member = Membership(running.org_id, unit, running.hub.node_id, running.hub.key.sign_public.hex())
    store_membership(folder / "membership.json", member)
    return Settings(folder=folder)


async def entries_held(running: RunningHub) -> int:
    """Entries of units that the hub holds."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute(
            "select count(*) from journal.entry where node_id <> %s", [running.hub.node_id]
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_what_waits_comes_by_stick_and_the_same_bytes_later_by_the_line_change_nothing(
    running: RunningHub, tmp_path: Path
) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        await edge.level()
        settings = folder_of(air, edge, venue, tmp_path / "r07")
        assert await waiting_stick(settings, edge.keys) is None
        await edge.line.cut()
        for _ in range(4):
            await edge.sell(event, seller)
        undone = await edge.sell(event, seller)
        await edge.undo(undone.body.sale_id, seller)
        exported = await waiting_stick(settings, edge.keys)
        assert exported is not None
        behind = edge.writer.tip.seq - 6
        as_pushed = pack(edge.owner, behind + 1, await edge.entries(behind), edge.writer.tip, edge.keys.node_key())
        assert (exported.entries, read_stick(exported.data).bundles) == (6, (as_pushed,))
        report = await import_stick(running.hub, running.org_id, exported.data)
        assert [(one.outcome, one.new) for one in report.bundles] == [("stored", 6)]
        assert await sold(running, event) == 4_000
        held = await entries_held(running)

        again = await import_stick(running.hub, running.org_id, exported.data)
        assert [(one.outcome, one.new) for one in again.bundles] == [("known", 0)]
        session = Session(running.org_id, edge.owner.node_id, 1, 2**52)
        pushed = await receive(running.hub, session, read_stick(exported.data).bundles[0])
        assert (pushed.seq, pushed.hash) == (edge.writer.tip.seq, edge.writer.tip.hash)
        await edge.line.connect()
        await edge.level()
        assert (await sold(running, event), await entries_held(running)) == (4_000, held)
        assert await waiting_stick(settings, edge.keys) is None
        await edge.sell(event, seller)
        await edge.level()
        assert await sold(running, event) == 5_000


async def test_a_buyers_phone_comes_by_stick_sealed_to_the_hub(running: RunningHub, tmp_path: Path) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        await until(lambda: not edge.contacts.why_not, "the contact key")
        await edge.level()
        await edge.line.cut()
        await edge.sell(event, seller, phone="+447700900123")
        settings = folder_of(air, edge, venue, tmp_path / "r07")
        exported = await waiting_stick(settings, edge.keys)
        assert exported is not None
        assert b"7700900" not in exported.data
        report = await import_stick(running.hub, running.org_id, exported.data)
        assert (report.new, report.parcels, report.parcels_kept) == (2, 1, 1)
        assert await ids_of_phone(running.hub, running.org_id, "+447700900123")
        other = await running.found()
        foreign = await import_stick(running.hub, other, exported.data)
        assert (foreign.new, foreign.parcels_kept) == (0, 0)


async def test_a_units_journal_holds_before_the_verifier_and_its_totals_are_the_programs(
    running: RunningHub, tmp_path: Path
) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        for place in (0, 1, 2, 1):
            await edge.sell(event, seller, place=place)
        undone = await edge.sell(event, seller, place=2)
        await edge.undo(undone.body.sale_id, seller)
        await edge.level()
        await until(lambda: edge.link.status.receipted_seq == edge.writer.tip.seq, "a receipt to the end")
        settings = folder_of(air, edge, venue, tmp_path / "r07")
        total, left = await edge.total(event), await edge.numbers_left(event)
        path = tmp_path / "r07.journal"
        write_file(path, (await whole_journal(settings, edge.keys)).data)
    (journal,) = read_archive(path.read_bytes()).journals
    assert list(journal.entries) == await _entries(settings)
    hub_key = running.hub.key.sign_public
    hub = Owner(running.org_id, running.hub.node_id, 7)
    assert verify_receipt(journal.receipts[0], edge.owner, journal.public, hub, hub_key).tip.seq == len(journal.entries)
    assert journal.certificate
    book = verifier().Book()
    verifier().check_file(path, hub_key, book)
    events, disputed = verifier().tally(book)
    found = events[str(event)]
    assert total is not None
    assert disputed == []
    assert (found["orders"] - found["voided_orders"], found["numbers_sold"]) == (total.sale_count, total.ticket_count)
    assert (found["USD_minor"], found["numbers_unsold"]) == (total.amount_minor, left)


async def _entries(settings: Settings) -> list[bytes]:
    import sqlite3

    with sqlite3.connect(settings.database) as db:
        return [row[0] for row in db.execute("SELECT data FROM journal_entry ORDER BY seq")]


async def two_units(running: RunningHub) -> tuple[Journal, Journal, UUID]:
    """Two handhelds that sold three numbers each, of one event."""
    one, event = await journal_of(running)
    two = Journal(running, await running.unit(await running.venue("Kingsway Hall"), "R09"))
    two.add(lease(event), *(sale(event, 150 + number, 150 + number) for number in range(3)))
    return one, two, event


async def test_one_bad_bundle_does_not_stop_the_others(running: RunningHub) -> None:
    one, two, event = await two_units(running)
    good = two.bundle()
    spoilt = bytearray(one.bundle())
    spoilt[len(spoilt) // 2] ^= 0xFF
    bundles = (b"", bytes(spoilt), good[:-1], random.Random(7).randbytes(200), good)
    report = await import_stick(running.hub, running.org_id, write_stick(bundles))
    assert [one.outcome for one in report.bundles] == ["refused"] * 4 + ["stored"]
    assert (report.new, len(report.refused)) == (4, 4)
    assert all(one.code and one.sentence for one in report.refused)
    assert await sold(running, event) == 300


async def test_bundles_in_any_order_are_taken_in_their_own(running: RunningHub) -> None:
    one, two, event = await two_units(running)
    bundles = (one.bundle(4, 4), two.bundle(3, 4), one.bundle(1, 2), two.bundle(1, 2), one.bundle(3, 3))
    report = await import_stick(running.hub, running.org_id, write_stick(bundles))
    assert [(one.place, one.outcome, one.new) for one in report.bundles] == [
        (1, "stored", 1), (2, "stored", 2), (3, "stored", 2), (4, "stored", 2), (5, "stored", 1),
    ]  # fmt: skip
    assert await sold(running, event) == 600


async def test_a_gap_is_refused_with_the_place_to_go_on_from(running: RunningHub) -> None:
    one, _, event = await two_units(running)
    report = await import_stick(running.hub, running.org_id, write_stick((one.bundle(1, 1), one.bundle(3, 4))))
    assert [one.outcome for one in report.bundles] == ["stored", "refused"]
    assert report.bundles[1].code == "sync.out_of_order"
    assert await sold(running, event) == 0


async def test_a_bundle_by_another_key_or_of_an_unknown_unit_is_refused(running: RunningHub, tmp_path: Path) -> None:
    one, two, event = await two_units(running)
    two.key = one.key
    stranger = Journal(running, msgspec.structs.replace(one.keys, node_id=uuid4()))
    stranger.add(lease(event))
    report = await import_stick(running.hub, running.org_id, write_stick((two.bundle(), stranger.bundle())))
    assert [one.code for one in report.bundles] == ["evidence.bad_signature", "sync.unknown_node"]
    assert await sold(running, event) == 0


async def test_a_stick_of_another_organisation_is_refused(running: RunningHub) -> None:
    one, _, event = await two_units(running)
    other = await running.found()
    report = await import_stick(running.hub, other, write_stick((one.bundle(),)))
    assert [one.code for one in report.bundles] == ["sync.foreign_stick"]
    borrowed = Journal(running, one.keys)
    borrowed.owner = Owner(other, one.keys.node_id, 1)
    borrowed.add(lease(event))
    report = await import_stick(running.hub, other, write_stick((borrowed.bundle(),)))
    assert [one.code for one in report.bundles] == ["sync.foreign_stick"]
    assert await entries_held(running) == 0


async def test_a_bomb_on_a_stick_takes_one_bundle_with_it(running: RunningHub) -> None:
    one, _, event = await two_units(running)
    bomb = zstandard.compress(bytes(64 * 1024 * 1024))
    report = await import_stick(running.hub, running.org_id, write_stick((bomb, one.bundle())))
    assert [one.outcome for one in report.bundles] == ["refused", "stored"]
    assert await sold(running, event) == 300


async def test_a_clones_history_by_stick_is_kept_as_a_second_branch(running: RunningHub) -> None:
    one, _, event = await two_units(running)
    await import_stick(running.hub, running.org_id, write_stick((one.bundle(),)))
    clone = Journal(running, one.keys)
    clone.sealed, clone.tip = one.sealed[:2], msgspec.structs.replace(one.tip, seq=2, hash=one.sealed[1].entry.hash)
    clone.add(sale(event, 160, 169))
    report = await import_stick(running.hub, running.org_id, write_stick((clone.bundle(3), clone.bundle())))
    assert [(one.outcome, one.new) for one in report.bundles] == [("known", 0), ("stored", 1)]
    assert await entries_held(running) == 5


async def test_bytes_that_are_no_file_of_a_unit_are_refused_whole(running: RunningHub) -> None:
    one, _, event = await two_units(running)
    whole = write_stick((one.bundle(),))
    noise = random.Random(11)
    for data in (b"", whole[:-1], whole + b"x", *(noise.randbytes(length) for length in (1, 64, 5_000))):
        with pytest.raises(InputRefused):
            await import_stick(running.hub, running.org_id, data)
    assert await sold(running, event) == 0


async def test_a_whole_journal_is_refused_with_the_name_of_the_right_file(running: RunningHub, tmp_path: Path) -> None:
    _, _, event = await two_units(running)
    journal = ArchivedJournal(running.org_id, uuid4(), 1, 0, bytes(32), None, (), (b"head",), ())
    archive = write_archive(Archive(running.hub.node_id, (journal,)))
    with pytest.raises(InputRefused, match="run `tillhouse edge export` without --journal"):
        await import_stick(running.hub, running.org_id, archive)
    path = tmp_path / "journal"
    path.write_bytes(archive)
    group = click.Group("hub")
    add_import_command(group, options=lambda command: command, run=lambda _work: None)
    done = CliRunner().invoke(group, ["import", str(path)], standalone_mode=False)
    assert "this is a whole journal, for `tillhouse verify journal`" in str(done.exception)
    assert await sold(running, event) == 0


async def test_a_file_of_a_paused_unit_says_so_and_is_taken_after_it_was_resumed(running: RunningHub) -> None:
    one, two, event = await two_units(running)
    stick = write_stick((one.bundle(1, 2), one.bundle(3, 4), two.bundle()))
    await running.do(PauseUnit(command_id=uuid4(), unit_id=one.keys.node_id))
    report = await import_stick(running.hub, running.org_id, stick)
    assert [(one.outcome, one.code) for one in report.bundles][:2] == [("refused", "sync.paused")] * 2
    assert "Resume them on the unit's page, then import the same file again" in report.bundles[0].sentence
    names = {unit.unit_id: unit.name for unit in await running.hub.many(running.org_id, UNITS)}
    assert [str(share) for share in report.units] == [
        f"{names[one.keys.node_id]}: 0 entries stored; 2 of 2 bundles refused",
        f"{names[two.keys.node_id]}: 4 entries stored",
    ]
    await running.do(ResumeUnit(command_id=uuid4(), unit_id=one.keys.node_id))
    again = await import_stick(running.hub, running.org_id, stick)
    assert ([one.outcome for one in again.bundles], again.new) == (["stored", "stored", "known"], 4)
    assert await sold(running, event) == 600


async def test_what_could_not_be_read_is_counted_apart_from_the_units(running: RunningHub) -> None:
    one, _, _ = await two_units(running)
    report = await import_stick(running.hub, running.org_id, write_stick((one.bundle(), b"noise")))
    assert [str(share).partition(": ")[2] for share in report.units] == [
        "4 entries stored", "0 entries stored; 1 of 1 bundle refused",
    ]  # fmt: skip
    assert report.units[1].name == "Not readable"


async def test_a_parcel_that_does_not_open_is_said_and_holds_nothing_up(running: RunningHub) -> None:
    one, _, event = await two_units(running)
    report = await import_stick(running.hub, running.org_id, write_stick((one.bundle(),), (b"", b"no parcel")))
    assert (report.new, report.parcels, report.parcels_kept) == (4, 2, 0)
    assert await sold(running, event) == 300


async def test_the_events_total_is_there_after_an_import(running: RunningHub) -> None:
    one, two, event = await two_units(running)
    stick = write_stick((one.bundle(), two.bundle()))
    await asyncio.gather(*(import_stick(running.hub, running.org_id, stick) for _ in range(3)))
    totals = await running.hub.many(running.org_id, EVENT_TOTALS)
    assert [(total.event_id, total.amount_minor) for total in totals] == [(event, 600)]
    assert await entries_held(running) == 8


@pytest.mark.parametrize("refused", [False, True])
def test_the_command_says_what_became_of_each_bundle(tmp_path: Path, refused: bool) -> None:
    taken = BundleOutcome(place=1, owner=Owner(UUID(int=1), UUID(int=2), 1), first=1, last=4, new=3, outcome="stored")
    lost = BundleOutcome(place=2, code="input.invalid", sentence="Bundle: these bytes are not a whole bundle.")
    report = StickReport(bundles=(taken, lost) if refused else (taken,), parcels=0, parcels_kept=0)
    group = click.Group("hub")
    add_import_command(group, options=lambda command: command, run=lambda _work: report)
    path = tmp_path / "stick"
    write_file(path, write_stick((b"bundle",)))
    done = CliRunner().invoke(group, ["import", str(path)], standalone_mode=False)
    assert done.return_value == int(refused)
    assert "entries 1 to 4" in done.output
    assert "3 entries stored" in done.output
    assert ("Bundle 2: refused" in done.output) == refused


def test_a_bundle_read_from_a_stick_is_the_bundle_that_was_written() -> None:
    data = b"\x00" * 10
    assert read_stick(write_stick((data,))).bundles == (data,)
    with pytest.raises(InputRefused):
        unpack(data)
