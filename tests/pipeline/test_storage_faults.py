"""When the disk is full, read-only or the power fails, a unit says so, and keeps every sale it acknowledged."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.kernel.errors import StorageFault
from shared.pipeline.sqlite_writer import open_durable
from tests.pipeline.unit import journal, make_database, open_writer, rows, take

PAGE_OF_PAPER = bytes(3_000)
NOBODY = 65_534
ACKNOWLEDGED_MIN = 40


def _take_until_full(path: Path, bytes_max: int) -> int:
    """Take leases until the database is full; the place of the order that found it so."""
    with open_writer(path, bytes_max=bytes_max) as writer:
        for place in range(2_000):
            before = writer.tip
            try:
                asyncio.run(writer.handle(take(place, document=PAGE_OF_PAPER)))
            except StorageFault:
                assert writer.tip == before
                return place
    raise AssertionError("the limit was never met")


def test_a_full_database_stops_selling_and_a_raised_limit_sells_on(tmp_path: Path) -> None:
    path = make_database(tmp_path / "edge.db")
    limit = path.stat().st_size + 200_000
    full_at = _take_until_full(path, limit)
    assert journal(path)[1].seq == full_at > 0
    assert path.stat().st_size <= limit
    with open_writer(path, bytes_max=limit) as writer, pytest.raises(StorageFault, match="Nothing was sold"):
        asyncio.run(writer.handle(take(full_at, document=PAGE_OF_PAPER)))
    with open_writer(path, bytes_max=limit + 500_000) as writer:
        asyncio.run(writer.handle(take(full_at, document=PAGE_OF_PAPER)))
        assert asyncio.run(writer.handle(take(0, document=PAGE_OF_PAPER)))[0].seq == 1
    assert journal(path)[1].seq == full_at + 1
    assert rows(path, "SELECT count(*) FROM raffle_lease_taken") == [(full_at + 1,)]


def test_in_a_group_that_meets_the_limit_every_order_is_either_whole_or_absent(tmp_path: Path) -> None:
    path = make_database(tmp_path / "edge.db")

    async def work() -> list[object]:
        orders = (writer.handle(take(place, document=PAGE_OF_PAPER)) for place in range(200))
        return await asyncio.gather(*orders, return_exceptions=True)

    with open_writer(path, bytes_max=path.stat().st_size + 200_000) as writer:
        answers = asyncio.run(work())
    done = [answer for answer in answers if isinstance(answer, list)]
    assert 0 < len(done) < 200
    assert all(isinstance(answer, list | StorageFault) for answer in answers)
    assert journal(path)[1].seq == len(done) == rows(path, "SELECT count(*) FROM raffle_lease_taken")[0][0]


@contextmanager
def _as_somebody_else() -> Iterator[None]:
    """As a user whom file modes bind: root writes to anything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others may look into."""
    folder = Path(tempfile.mkdtemp(prefix="tillhouse-test-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_database_is_a_storage_fault_and_stays_as_it_was(open_folder: Path) -> None:
    path = make_database(open_folder / "edge.db")
    with open_writer(path) as writer:
        asyncio.run(writer.handle(take(1)))
    path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    open_folder.chmod(0o555)
    before = path.read_bytes()

    def sell() -> None:
        with open_writer(path) as writer:
            asyncio.run(writer.handle(take(2)))

    with _as_somebody_else(), pytest.raises(StorageFault):
        sell()
    assert path.read_bytes() == before
    assert journal(path)[1].seq == 1


def test_a_database_that_is_none_or_nowhere_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "edge.db").write_bytes(b"not a database, " * 64)
    with pytest.raises(StorageFault):
        open_durable(tmp_path / "edge.db")
    with pytest.raises(StorageFault):
        open_durable(tmp_path / "gone" / "edge.db")


@pytest.mark.parametrize("after", [0, 7, 23])
def test_a_unit_that_loses_power_while_selling_keeps_every_acknowledged_sale(tmp_path: Path, after: int) -> None:
    path = make_database(tmp_path / "edge.db")
    unit = subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.selling", str(path)], stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert unit.stdout is not None
    try:
        told = [int(unit.stdout.readline()) for _ in range(ACKNOWLEDGED_MIN + after)]
    finally:
        unit.send_signal(signal.SIGKILL)
        told += [int(line) for line in unit.stdout.read().split("\n")[:-1]]
        unit.stdout.close()
        assert unit.wait() == -signal.SIGKILL
    entries, tip = journal(path)
    assert set(told) <= set(range(1, tip.seq + 1))
    assert len(entries) == tip.seq == rows(path, "SELECT count(*) FROM raffle_lease_taken")[0][0]
    with open_writer(path) as writer:
        assert writer.tip == tip
        [entry] = asyncio.run(writer.handle(take(1_000_000)))
    assert entry.seq == tip.seq + 1
    assert journal(path)[1].seq == tip.seq + 1
