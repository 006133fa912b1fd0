"""One sale, from Command object to answer, durable; against plain sqlite3 that commits the same rows."""

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from edge.runtime.database import migrate
from edge.runtime.membership import UnitIdentity
from edge.runtime.slips import Slips
from shared.pipeline.sqlite_writer import open_durable
from tests.benchmarks.measure import Measure, median
from tests.benchmarks.selling import Effects, SellingUnit, selling_unit

SALES = 2_000
CALLERS = 16
ROUNDS = 5
TABLES = ("journal_entry", "raffle_sale", "raffle_range", "spool_job")
WE = "load, decide, seal, project, spool the document, commit; WAL, synchronous=FULL, one writer thread"
THEY = "sqlite3 in a loop: BEGIN, the same rows into the same tables, COMMIT; WAL, synchronous=FULL"


async def _one_caller(unit: SellingUnit) -> float:
    orders = [unit.order() for _ in range(SALES)]
    began = time.perf_counter()
    for order in orders:
        await unit.writer.handle(order)
    return SALES / (time.perf_counter() - began)


async def _many_callers(unit: SellingUnit) -> float:
    orders = iter([unit.order() for _ in range(SALES)])

    async def caller() -> None:
        for order in orders:
            await unit.writer.handle(order)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return SALES / (time.perf_counter() - began)


class Plain:
    """The same rows, read back from the unit's database, inserted by plain sqlite3."""

    def __init__(self, unit: SellingUnit, folder: Path) -> None:
        source = sqlite3.connect(unit.path)
        self._rows = {name: source.execute(_ordered(name)).fetchall() for name in TABLES}
        del self._rows["journal_entry"][0]
        self._lease = source.execute("SELECT * FROM raffle_lease_taken").fetchone()
        source.close()
        self._folder = folder
        self._round = 0

    def run(self) -> float:
        """Sales a second."""
        self._round += 1
        path = self._folder / f"plain-{self._round}.db"
        migrate(path)
        db = open_durable(path)
        db.execute(_insert("raffle_lease_taken", len(self._lease)), self._lease)
        texts = [(_insert(name, len(rows[0])), rows) for name, rows in self._rows.items()]
        began = time.perf_counter()
        for place in range(SALES):
            db.execute("BEGIN IMMEDIATE")
            for text, rows in texts:
                db.execute(text, rows[place])
            db.execute("COMMIT")
        spent = time.perf_counter() - began
        db.close()
        return SALES / spent


def _ordered(name: str) -> str:
    order = {"journal_entry": "seq", "raffle_sale": "seq", "raffle_range": "first_number", "spool_job": "queued_ms"}
    return f"SELECT * FROM {name} ORDER BY {order[name]} LIMIT {SALES + 1}"


def _insert(name: str, columns: int) -> str:
    return f"INSERT INTO {name} VALUES ({', '.join('?' * columns)})"


def tickets() -> Effects:
    """The unit's real effects: the ticket's document is made and spooled in the sale's transaction."""
    return lambda owner: Slips(owner, UnitIdentity(owner.node_id, uuid4(), "rsu", "R07", "RSU 07")).effects


async def measure() -> list[Measure]:
    """Both lines of the table: one caller, and sixteen at once; medians of interleaved rounds."""
    with tempfile.TemporaryDirectory() as name:
        unit = await selling_unit(Path(name) / "unit.db", tickets())
        await _one_caller(unit)
        plain = Plain(unit, Path(name))
        ones, manys, plains = [], [], []
        for _ in range(ROUNDS):
            plains.append(await asyncio.to_thread(plain.run))
            ones.append(await _one_caller(unit))
            manys.append(await _many_callers(unit))
        unit.writer.close()
    one_ratio = median([ours / theirs for ours, theirs in zip(ones, plains, strict=True)])
    many_ratio = median([ours / theirs for ours, theirs in zip(manys, plains, strict=True)])
    base = Measure(name="one sale, one caller", ours=median(ones), unit="sales/s", we_do=WE, they_do=THEY)
    one = replace(base, theirs=median(plains), ratio=one_ratio, reach=0.5)
    many = replace(one, name=f"{CALLERS} callers at once", ours=median(manys), ratio=many_ratio, reach=1.5)
    return [one, many]
