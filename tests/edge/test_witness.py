"""A database put back from an older copy meets its witness: it sells nothing, and a sound one is never accused."""

import asyncio
import shutil
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.runtime.holds import read_holds
from edge.runtime.witness import (
    SLOT_BYTES,
    SLOTS,
    Record,
    Witness,
    WitnessAway,
    compare,
    newest,
    pack_record,
    read_record,
    stand,
)
from shared.domain.devices.queries import DEVICES
from shared.domain.slices import ALL
from shared.journal.chain import Tip, empty_tip
from shared.journal.entry import Owner
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable
from tests.pipeline.unit import make_database
from tests.support.clock import HandClock
from tests.support.evening import Dice, lease_secret
from tests.support.unit import Desk, Founded, found, running

UNIT = Owner(UUID(int=0xA), UUID(int=0xC), 1)
FILES = ("edge.db", "edge.db-wal", "edge.db-shm")


def tip(seq: int) -> Tip:
    return Tip(seq, seq.to_bytes(32, "big"))


def known(seq: int) -> bytes | None:
    """The hashes of a journal in which all is well."""
    return tip(seq).hash


async def holds(desk: Desk) -> list[str]:
    found = await desk.unit.writer.write(read_holds, rows=False)
    return [f"{hold.cause}:{hold.detail}" for hold in found]


async def sold_with_memory_kept(founded: Founded, kept: Path) -> None:
    """Two sales; then the database is copied as a backup would, and two more are sold."""
    async with running(founded) as desk:
        await desk.log_in()
        for _ in range(2):
            await desk.sold()
    shutil.copytree(founded.folder, kept)
    async with running(founded) as desk:
        await desk.log_in()
        for _ in range(2):
            await desk.sold()


def put_back(kept: Path, folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
        if (kept / name).exists():
            shutil.copy(kept / name, folder / name)


def test_an_older_copy_of_the_database_beside_its_witness_sells_nothing_and_says_why(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        await sold_with_memory_kept(founded, tmp_path / "kept")
        put_back(tmp_path / "kept", founded.folder, *FILES)
        for _ in range(2):
            async with running(founded) as desk:
                await desk.log_in()
                assert await holds(desk) == ["witness:behind"]
                refused = await desk.sell()
                assert (refused.status_code, refused.json()["code"]) == (409, "raffle.unit_stopped")
                assert "older than its own record" in refused.json()["detail"]
                assert (await desk.page("/sell")).status_code == 200

    asyncio.run(play())


def test_a_ticket_that_waits_in_an_older_copy_comes_out_marked_once_a_person_says_so(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        async with running(founded) as desk:
            await desk.log_in()
            await without_paper(desk)
            await desk.sold()
            assert await desk.unit.reader.values("SELECT state, tries FROM spool_job") == [("waiting", 0)]
        shutil.copytree(founded.folder, tmp_path / "kept")
        async with running(founded) as desk:
            await desk.log_in()
            await desk.sold()
            assert not any("REPRINT" in paper for paper in await desk.until_paper(2))
        put_back(tmp_path / "kept", founded.folder, *FILES)
        async with running(founded) as desk:
            await desk.log_in()
            before = desk.unit.writer.tip
            assert desk.unit.incidents.stale
            [slip] = await desk.get("/api/devices/held")
            assert slip["tries"] == 1
            said = await desk.client.post("/api/devices/held", json={"job_id": slip["job_id"], "answer": "again"})
            assert said.json() == []
            [paper] = await desk.until_paper(1)
            assert "REPRINT" in paper
            assert desk.unit.writer.tip == before, "one more fact would be another history"

    asyncio.run(play())


async def without_paper(desk: Desk) -> None:
    async def is_out() -> bool:
        return bool((await desk.get("/api/devices/printer"))["state"] == "paper_out")

    await desk.client.post("/api/devices/virtual-printer/trouble", json={"trouble": "paper_out"})
    await desk.until(is_out)


def test_an_older_copy_without_devices_takes_none_into_use(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        shutil.copytree(founded.folder, tmp_path / "kept")
        async with running(founded) as desk:
            assert len(await desk.unit.reader.many(DEVICES)) == 1
        put_back(tmp_path / "kept", founded.folder, *FILES)
        async with running(founded) as desk:
            assert await holds(desk) == ["witness:behind"]
            assert await desk.unit.reader.many(DEVICES) == []

    asyncio.run(play())


def test_a_folder_put_back_whole_sells_on_for_only_the_hub_can_know(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        await sold_with_memory_kept(founded, tmp_path / "kept")
        put_back(tmp_path / "kept", founded.folder, *FILES, "witness")
        async with running(founded) as desk:
            await desk.log_in()
            await desk.sold()
            assert await holds(desk) == []

    asyncio.run(play())


def test_a_witness_on_another_disk_tells_a_folder_put_back_whole(tmp_path: Path) -> None:
    async def play() -> None:
        founded, elsewhere = await found(tmp_path / "unit"), tmp_path / "other" / "witness"
        elsewhere.parent.mkdir()
        async with running(founded, witness_file=elsewhere) as desk:
            await desk.log_in()
            await desk.sold()
        shutil.copytree(founded.folder, tmp_path / "kept")
        async with running(founded, witness_file=elsewhere) as desk:
            await desk.log_in()
            await desk.sold()
        shutil.rmtree(founded.folder)
        shutil.copytree(tmp_path / "kept", founded.folder)
        async with running(founded, witness_file=elsewhere) as desk:
            assert await holds(desk) == ["witness:behind"]

    asyncio.run(play())


def test_a_unit_whose_witness_disk_is_not_mounted_does_not_start_and_says_what_to_do(tmp_path: Path) -> None:
    async def play() -> None:
        founded, disk = await found(tmp_path / "unit"), tmp_path / "disk"
        with pytest.raises(WitnessAway) as told:
            async with running(founded, witness_file=disk / "r07" / "witness"):
                pass
        assert f"The folder {disk / 'r07'} of the witness file is not there" in str(told.value)
        assert "Mount its disk, or name a folder that exists with --witness-file" in str(told.value)
        assert not disk.exists(), "nothing was made where the disk belongs"
        (disk / "r07").mkdir(parents=True)
        async with running(founded, witness_file=disk / "r07" / "witness") as desk:
            await desk.log_in()
            await desk.sold()
        assert newest((disk / "r07" / "witness").read_bytes()) is not None
        (disk / "r07").rename(disk / "away")
        with pytest.raises(WitnessAway):
            async with running(founded, witness_file=disk / "r07" / "witness"):
                pass
        async with running(founded) as desk:
            await desk.log_in()
            await desk.sold()

    asyncio.run(play())


def test_an_older_copy_that_went_on_its_own_way_is_another_history(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        await sold_with_memory_kept(founded, tmp_path / "kept")
        kept = replace_folder(founded, tmp_path / "kept")
        async with running(kept) as desk:
            await desk.log_in()
            for _ in range(3):
                await desk.sold()
        put_back(tmp_path / "kept", founded.folder, *FILES)
        async with running(founded) as desk:
            await desk.log_in()
            assert await holds(desk) == ["witness:other"]
            assert (await desk.sell()).status_code == 409

    asyncio.run(play())


def replace_folder(founded: Founded, folder: Path) -> Founded:
    """The same unit in a copied folder."""
    copied = Founded(folder)
    copied.__dict__.update({**founded.__dict__, "folder": folder})
    return copied


def test_another_units_witness_stops_selling(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        stranger = Witness(founded.settings.witness, Owner(founded.org_id, uuid4(), 1))
        stranger.start(tip(3))
        stranger.close()
        async with running(founded) as desk:
            await desk.log_in()
            assert await holds(desk) == ["witness:foreign"]
            assert (await desk.sell()).status_code == 409

    asyncio.run(play())


@pytest.mark.parametrize("wrong", [None, b"", b"\x00" * 12_288, b"not a witness, " * 1_000])
def test_a_missing_or_unreadable_witness_is_written_anew_and_stops_nobody(tmp_path: Path, wrong: bytes | None) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        path = founded.settings.witness
        if wrong is not None:
            path.write_bytes(wrong)
        async with running(founded) as desk:
            await desk.log_in()
            await desk.sold()
            assert await holds(desk) == []
            written = newest(path.read_bytes())
            assert written is not None
            assert (written.owner, written.tip) == (founded.owner, desk.unit.writer.tip)

    asyncio.run(play())


def test_removing_the_witness_does_not_lift_a_hold_and_a_new_epoch_does(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        await sold_with_memory_kept(founded, tmp_path / "kept")
        put_back(tmp_path / "kept", founded.folder, *FILES)
        async with running(founded) as desk:
            assert await holds(desk) == ["witness:behind"]
        founded.settings.witness.unlink()
        async with running(founded) as desk:
            assert await holds(desk) == ["witness:behind"]
            desk.unit.witness.begin(2)
        begun = newest(founded.settings.witness.read_bytes())
        assert begun is not None
        second = replace(founded.owner, epoch=2)
        assert (begun.owner, begun.tip) == (second, empty_tip(second))

    asyncio.run(play())


@pytest.mark.parametrize("stranger", [UNIT, replace(UNIT, node_id=UUID(int=0xD), epoch=7)])
def test_a_unit_enrolled_anew_begins_its_epoch_without_the_hold(tmp_path: Path, stranger: Owner) -> None:
    path, database, second = tmp_path / "witness", make_database(tmp_path / "edge.db"), replace(UNIT, epoch=2)
    before = Witness(path, stranger)
    before.start(tip(9))
    before.close()

    async def open_as(owner: Owner) -> tuple[str, list[str]]:
        witness = Witness(path, owner)
        tools = Tools(HandClock(), Dice("d"), lease_secret, committed=witness.note)
        writer = SqliteWriter(open_durable(database), ALL, owner, tools)
        finding = await stand(witness, writer, 1)
        causes = [hold.cause for hold in await writer.write(read_holds)]
        writer.close()
        witness.close()
        return finding, causes

    assert asyncio.run(open_as(UNIT)) == ("behind" if stranger is UNIT else "foreign", ["witness"])
    assert asyncio.run(open_as(second)) == ("older epoch", [])
    assert asyncio.run(open_as(second)) == ("sound", [])
    assert asyncio.run(open_as(UNIT)) == ("behind", ["witness"])


def test_a_witness_that_cannot_be_written_is_shown_and_the_unit_sells_on(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path / "unit")
        blocked = tmp_path / "blocked"
        blocked.mkdir()
        async with running(founded, witness_file=blocked) as desk:
            await desk.log_in()
            await desk.sold()
            assert "The witness file cannot be written." in (await desk.page("/sell")).text
            blocked.rmdir()
            await desk.until(lambda: repaired(desk))
            assert "witness file" not in (await desk.page("/sell")).text
        async with running(founded, witness_file=blocked) as desk:
            assert await holds(desk) == []

    async def repaired(desk: Desk) -> bool:
        return desk.unit.witness.fault == ""

    asyncio.run(play())


def test_a_slot_torn_by_a_power_cut_leaves_the_one_that_was_synced(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness", UNIT)
    witness.start(tip(1))
    for seq in range(2, 9):
        witness.note(tip(seq))
        witness.sync()
        whole = witness.path.read_bytes()
        witness.note(tip(100 + seq))
        written = witness.path.read_bytes()
        [torn] = [n for n in range(SLOTS) if slot(whole, n) != slot(written, n)]
        at = torn * SLOT_BYTES + 30
        damaged = written[:at] + bytes([written[at] ^ 0x55]) + written[at + 1 :]
        left = newest(damaged)
        assert left is not None
        assert left.tip == tip(seq)
    witness.close()


def slot(data: bytes, place: int) -> bytes:
    return data[place * SLOT_BYTES : (place + 1) * SLOT_BYTES]


def test_the_file_never_grows_and_goes_on_behind_its_newest_slot(tmp_path: Path) -> None:
    path = tmp_path / "witness"
    for start in range(1, 40, 4):
        witness = Witness(path, UNIT)
        assert witness.check(tip(start), known) in ("missing", "sound")
        witness.start(tip(start))
        for seq in range(start, start + 4):
            witness.note(tip(seq))
        witness.close()
        found_now = newest(path.read_bytes())
        assert found_now is not None
        assert found_now.tip == tip(start + 3)
        assert path.stat().st_size == SLOTS * SLOT_BYTES
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_held_unit_leaves_its_witness_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "witness"
    first = Witness(path, UNIT)
    first.start(tip(9))
    first.close()
    before = path.read_bytes()
    held = Witness(path, UNIT)
    assert held.check(tip(5), known) == "behind"
    held.note(tip(6))
    held.sync()
    held.close()
    assert path.read_bytes() == before


def test_each_way_of_differing_has_its_name() -> None:
    seen = Record(1, UNIT, tip(5))
    assert compare(seen, UNIT, tip(5), known) == "sound"
    assert compare(seen, UNIT, tip(7), known) == "sound"
    assert compare(seen, UNIT, tip(4), known) == "behind"
    assert compare(seen, UNIT, tip(7), lambda _: bytes(32)) == "other"
    assert compare(seen, UNIT, tip(7), lambda _: None) == "sound"
    assert compare(seen, replace(UNIT, epoch=2), tip(0), known) == "older epoch"
    assert compare(Record(1, replace(UNIT, epoch=2), tip(0)), UNIT, tip(5), known) == "behind"
    assert compare(seen, replace(UNIT, node_id=uuid4()), tip(5), known) == "foreign"
    assert compare(seen, replace(UNIT, org_id=uuid4()), tip(5), known) == "foreign"
    stranger = Record(1, replace(UNIT, node_id=uuid4(), epoch=7), tip(5))
    assert compare(stranger, UNIT, tip(0), known) == "foreign"
    assert compare(stranger, replace(UNIT, epoch=2), tip(0), known) == "older epoch"
    assert compare(stranger, replace(UNIT, epoch=2), tip(1), known) == "foreign"


@given(st.binary(max_size=200), st.integers(0, 100), st.integers(0, 255))
def test_bytes_that_are_no_record_are_none(noise: bytes, at: int, by: int) -> None:
    assert read_record(noise) is None
    record = Record(7, UNIT, tip(5))
    data = bytearray(pack_record(record))
    assert read_record(bytes(data)) == record
    data[at % len(data)] ^= by
    assert read_record(bytes(data)) == (record if by == 0 else None)
