"""The hub's database goes away in mid-service: a clear answer, a log line, and it comes back by itself."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.runtime.app import make_app
from hub.runtime.database import open_embedded
from hub.runtime.migrate import migrate
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_process import free_port
from tests.support.hub import running_hub
from tests.support.hub_web import add_login, browsing, log_in

pytestmark = pytest.mark.anyio
TRIES_MAX = 300


@dataclass
class Stoppable:
    """A database server of this test's own, always on the same port."""

    server: EmbeddedPostgres
    address: PostgresAddress
    folder: Path


@pytest.fixture
def own_server() -> Iterator[Stoppable]:
    """Started and migrated; gone with its files at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tillhouse-test-"))
    server = EmbeddedPostgres(folder / "postgres", free_port(), durable=False)
    address = open_embedded(server, folder / "keys")
    try:
        migrate(address)
        yield Stoppable(server, address, folder)
    finally:
        server.stop()
        remove_embedded(folder / "postgres")
        shutil.rmtree(folder)


async def test_a_database_that_stops_in_mid_service_is_a_sentence_and_comes_back(own_server: Stoppable) -> None:
    async with running_hub(own_server.address, own_server.folder) as running:
        await add_login(running, "admin", "ada")
        async with browsing(make_app(running.hub)) as ada:
            await log_in(ada)
            assert (await ada.get("/api/identity/venues")).status_code == 200
            assert (await ada.get("/health")).status_code == 200
            own_server.server.stop()
            running.clock.forward(999)
            assert (await ada.get("/health")).status_code == 200, "asked at most once a second"
            running.clock.forward(1)
            unwell = await ada.get("/health")
            assert (unwell.status_code, unwell.text) == (503, "database away\n")
            for path in ("/api/identity/venues", "/api/raffle/totals"):
                away = await ada.get(path)
                assert (away.status_code, away.json()["code"]) == (503, "storage.away")
                assert "Nothing was lost" in away.json()["detail"]
                assert int(away.headers["retry-after"]) >= 1
            page = await ada.get("/units")
            assert page.status_code == 503
            assert "Nothing was lost and units sell on" in page.text
            await asyncio.to_thread(own_server.server.start)
            for _ in range(TRIES_MAX):
                if (await ada.get("/api/identity/venues")).status_code == 200:
                    break
                await asyncio.sleep(0.2)
            running.clock.forward(1_000)
            assert (await ada.get("/health")).status_code == 200
            venue = await ada.post("/api/identity/venues", json={"name": "Harbour Stand", "zone": "UTC"})
            assert venue.status_code == 201
