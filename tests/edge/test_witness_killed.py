"""A unit that is killed in mid-sale, again and again, is never accused by its own witness."""

import asyncio
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx

from edge.runtime.holds import read_holds
from edge.runtime.membership import store_membership
from edge.runtime.witness import newest
from shared.pipeline.sqlite_journal import hash_at, read_tip
from tests.support.unit import PIN, Founded

CODE = "import sys; from shared.console.main import main; sys.argv[0] = 'tillhouse'; main()"
ROUNDS = 4
SOLD_MIN = 6


@contextmanager
def killed_at_the_end(founded: Founded) -> Iterator[str]:
    """The address of the unit as its own process; it ends by SIGKILL."""
    arguments = ["edge", "serve", "--folder", str(founded.folder), "--port", "0", "--printer", "none"]
    process = subprocess.Popen([sys.executable, "-c", CODE, *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    reading = threading.Thread(target=process.stderr.read)
    try:
        address = next(match[1] for line in process.stderr if (match := re.search(r"url='(\S+)'", line)))
        reading.start()
        yield address
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if reading.is_alive():
            reading.join()
        process.stderr.close()


def sell_on(address: str, founded: Founded, told: list[int], enough: threading.Event) -> None:
    """Sell until the unit is gone."""
    with httpx.Client(base_url=address, timeout=20, trust_env=False) as till, suppress(httpx.HTTPError):
        login = till.post("/api/identity/sessions", json={"name": "Mara Kovač", "pin": PIN})
        headers = {"authorization": f"Bearer {login.json()['token']}"}
        while True:
            order = {
                "command_id": str(uuid4()),
                "event_id": str(founded.event_id),
                "package_id": str(founded.packages[0]),
            }
            answer = till.post("/api/raffle/sales", json=order, headers=headers)
            assert answer.status_code == 201, answer.text
            told.append(answer.json()["seq"])
            if len(told) >= SOLD_MIN:
                enough.set()


def test_a_unit_killed_in_mid_sale_sells_on_each_time(tmp_path: Path) -> None:
    founded = Founded(tmp_path)
    founded.clock.wall_ms = int(tmp_path.stat().st_mtime * 1_000)
    store_membership(founded.settings.membership_file, founded.membership())
    asyncio.run(founded.fill(numbers=20_000))
    for _ in range(ROUNDS):
        told: list[int] = []
        enough = threading.Event()
        with killed_at_the_end(founded) as address:
            seller = threading.Thread(target=sell_on, args=(address, founded, told, enough))
            seller.start()
            assert enough.wait(60)
        seller.join()
        compare(founded, told)


def compare(founded: Founded, told: list[int]) -> None:
    """Every sale that was told of is in the journal and witnessed; the witness is not ahead, and nobody is held."""
    seen = newest(founded.settings.witness.read_bytes())
    with closing(sqlite3.connect(founded.settings.database)) as db:
        tip, holds = read_tip(db, founded.owner), read_holds(db)
        assert seen is not None
        assert hash_at(db, founded.owner, seen.tip.seq) == seen.tip.hash
    assert holds == ()
    assert max(told) <= seen.tip.seq <= tip.seq
