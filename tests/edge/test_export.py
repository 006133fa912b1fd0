"""What a unit hands over by file, whatever state it is in: waiting sales, whole journals, epochs that are over."""

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from edge.runtime.database import open_reader
from edge.runtime.export import Exported, waiting_stick, whole_journal, write_file
from edge.runtime.membership import NotJoined
from edge.runtime.settings import Settings
from edge.sync.peer import SET_ACKED
from edge.sync.receipts import keep_receipt
from shared.journal.archive import Archive, ArchivedJournal, read_archive
from shared.journal.bundle import unpack, verify_bundle
from shared.journal.chain import Tip, empty_tip, entry_hash, follow
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.journal.head import Head, cosign, read_head, sign_head, verify_head
from shared.journal.keyfile import FormerKeys, Keys, write_keys
from shared.journal.stick import read_stick
from tests.edge.test_process import tillhouse
from tests.support.unit import Desk, Founded, at_the_unit, found
from tests.verifier.nights import verifier


def waiting(founded: Founded) -> Exported | None:
    return asyncio.run(waiting_stick(founded.settings, founded.keys))


def whole(founded: Founded) -> Archive:
    return read_archive(asyncio.run(whole_journal(founded.settings, founded.keys)).data)


def write(founded: Founded, text: str, *values: object) -> None:
    with sqlite3.connect(founded.settings.database) as db:
        db.execute(text, values)
    db.close()


def checked(founded: Founded, *journals: ArchivedJournal) -> int:
    """How many heads and entries hold, by this program's own eyes."""
    for journal in journals:
        owner = Owner(journal.org, journal.node, journal.epoch)
        start = Tip(journal.checkpoint.seq, journal.checkpoint.hash) if journal.checkpoint else empty_tip(owner)
        read = follow(owner, start, journal.entries)
        tip = verify_head(journal.heads[0], owner, journal.public).tip
        assert tip == (Tip(read[-1].envelope.seq, read[-1].hash) if read else start)
    return sum(len(journal.entries) for journal in journals)


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    """A joined unit with two leases in its journal, not running; no line ever led to its hub."""
    return asyncio.run(found(tmp_path))


def test_a_unit_that_never_met_its_hub_hands_over_all_it_has(founded: Founded) -> None:
    exported = waiting(founded)
    assert exported is not None
    (data,) = read_stick(exported.data).bundles
    bundle, head = unpack(data)
    read = verify_bundle(bundle, founded.owner, empty_tip(founded.owner), founded.keys.node_key().sign_public)
    assert (len(read), head.tip.seq, exported.entries) == (2, 2, 2)


def test_what_the_hub_has_said_it_holds_does_not_wait(founded: Founded) -> None:
    write(founded, SET_ACKED, founded.hub_node.bytes, 1, 1)
    exported = waiting(founded)
    assert exported is not None
    assert unpack(read_stick(exported.data).bundles[0])[0].first == 2
    write(founded, SET_ACKED, founded.hub_node.bytes, 2, 1)
    assert waiting(founded) is None


def test_an_export_works_while_the_unit_sells_and_changes_nothing(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        settings, keys = desk.unit.settings, desk.founded.keys
        before = await waiting_stick(settings, keys)
        await desk.sold()
        after, archive = await waiting_stick(settings, keys), await whole_journal(settings, keys)
        assert before is not None
        assert after is not None
        assert (before.entries, after.entries, archive.entries) == (4, 5, 5)
        assert after == await waiting_stick(settings, keys)
        assert (await desk.get("/api/devices/virtual-printer"))["slips"] is not None

    at_the_unit(scene, tmp_path)


def test_an_archive_of_a_unit_holds_before_the_verifier(founded: Founded, tmp_path: Path) -> None:
    archive = whole(founded)
    assert archive.hub == founded.hub_node
    assert checked(founded, *archive.journals) == 2
    write_file(tmp_path / "a", asyncio.run(whole_journal(founded.settings, founded.keys)).data)
    (line,) = verifier().check_file(tmp_path / "a", founded.hub.sign_public, verifier().Book())
    assert "2 leases are the hub's" in line


def test_the_hubs_receipt_goes_along(founded: Founded) -> None:
    owner, key = founded.owner, founded.keys.node_key()
    entries = whole(founded).journals[0].entries
    tip = Tip(1, entry_hash(entries[0]))
    receipt = cosign(sign_head(owner, tip, key), founded.feeder, founded.hub)
    with sqlite3.connect(founded.settings.database) as db:
        keep_receipt(db, owner, Head(read_head(receipt).origin, tip), receipt, 1)
    db.close()
    assert whole(founded).journals[0].receipts == (receipt,)


def enrolled_anew(founded: Founded) -> Keys:
    """The unit's keys after it was enrolled a second time."""
    before = founded.keys
    keys = msgspec.structs.replace(
        before,
        sign_seed=chance_bytes(32).hex(),
        seal_seed=chance_bytes(32).hex(),
        epoch=2,
        former=(FormerKeys(1, before.sign_seed, before.seal_seed),),
    )
    write_keys(founded.settings.key_file, keys)
    return keys


def test_an_epoch_that_is_over_goes_along_under_its_own_key(founded: Founded) -> None:
    old = founded.keys.node_key().sign_public
    keys = enrolled_anew(founded)
    write(founded, SET_ACKED, founded.hub_node.bytes, 2, 1)
    journals = whole(founded).journals
    assert [(one.epoch, one.public, len(one.entries)) for one in journals] == [
        (1, old, 2), (2, keys.node_key().sign_public, 0),
    ]  # fmt: skip
    assert checked(founded, *journals) == 2
    exported = waiting(founded)
    assert exported is not None
    bundle, _ = unpack(read_stick(exported.data).bundles[0])
    assert len(verify_bundle(bundle, founded.owner, empty_tip(founded.owner), old)) == 2


def test_what_the_hub_held_of_the_old_epoch_says_nothing_of_the_new_one(founded: Founded) -> None:
    before = founded.owner
    enrolled_anew(founded)
    write(founded, SET_ACKED, founded.hub_node.bytes, 50, 1)
    for seq in (1, 2):
        write(
            founded,
            "INSERT INTO journal_entry SELECT org_id, node_id, 2, branch, seq, command_id, command_digest, hash, data "
            "FROM journal_entry WHERE epoch = 1 AND seq = ?",
            seq,
        )
    exported = waiting(founded)
    assert exported is not None
    assert [unpack(data)[0].first for data in read_stick(exported.data).bundles] == [1, 1]
    assert before.epoch == 1


def test_bundles_stay_within_what_a_hub_takes(founded: Founded) -> None:
    text = "INSERT INTO journal_entry VALUES (?, ?, 1, 0, ?, ?, ?, ?, ?)"
    mine = (founded.org_id.bytes, founded.keys.node_id.bytes)
    with sqlite3.connect(founded.settings.database) as db:
        for seq in range(3, 1_203):
            data = chance_bytes(200_000 if seq < 50 else 60)
            db.execute(text, (*mine, seq, bytes(16), b"", entry_hash(data), data))
    db.close()
    exported = waiting(founded)
    assert exported is not None
    bundles = [unpack(data)[0] for data in read_stick(exported.data).bundles]
    assert sum(len(bundle.entries) for bundle in bundles) == exported.entries == 1_202
    assert len(bundles) >= 4
    assert [one.first + len(one.entries) for one in bundles[:-1]] == [one.first for one in bundles[1:]]


def test_a_folder_that_belongs_to_no_hub_has_nothing_to_export(tmp_path: Path) -> None:
    founded = Founded(tmp_path)
    with pytest.raises(NotJoined):
        asyncio.run(waiting_stick(Settings(folder=tmp_path), founded.keys))


def test_the_command_writes_files_and_says_what_is_in_them(founded: Founded, tmp_path: Path) -> None:
    folder, file = str(founded.folder), tmp_path / "stick"
    done = tillhouse("edge", "export", "--folder", folder, str(file))
    assert (done.returncode, "1 bundles, 2 entries" in done.stderr) == (0, True)
    assert len(read_stick(file.read_bytes()).bundles) == 1
    done = tillhouse("edge", "export", "--folder", folder, "--journal", str(file))
    assert (done.returncode, "the whole journal, 2 entries" in done.stderr) == (0, True)
    sound = tillhouse("verify", "journal", "--hub-key", founded.hub.sign_public.hex(), str(file))
    assert (sound.returncode, "2 leases are the hub's" in sound.stdout) == (0, True)
    spoilt = bytearray(file.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    file.write_bytes(spoilt)
    bad = tillhouse("verify", "journal", "--hub-key", founded.hub.sign_public.hex(), "--json", str(file))
    assert (bad.returncode, msgspec.json.decode(bad.stdout)["bad"][0]["seq"] > 0) == (1, True)
    write(founded, SET_ACKED, founded.hub_node.bytes, 2, 1)
    assert "Nothing waits" in tillhouse("edge", "export", "--folder", folder, str(tmp_path / "none")).stderr
    assert not (tmp_path / "none").exists()


async def _nothing_open(path: Path, owner: Owner) -> bool:
    async with open_reader(path, owner) as reader:
        return bool(await reader.values("SELECT 1"))


def test_the_reader_of_an_export_leaves_the_database_free(founded: Founded) -> None:
    assert waiting(founded) is not None
    assert asyncio.run(_nothing_open(founded.settings.database, founded.owner))
    write(founded, SET_ACKED, founded.hub_node.bytes, 1, 1)
