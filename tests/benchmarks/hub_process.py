"""A hub for benchmarks: a durable embedded Postgres of ours, and `tillhouse hub serve` on it as its own process."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from edge.sync.trust import hub_tls
from hub.runtime.database import open_embedded
from hub.runtime.hub import Hub, open_hub
from hub.runtime.place import HubPlace
from hub.runtime.postgres import EmbeddedPostgres
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_process import free_port
from hub.runtime.roles import OWNER
from hub.runtime.settings import HubSettings
from shared.domain.identity.commands import EnrolUnit, FoundOrganization, OpenPairing, OpenVenue
from shared.journal.chance import chance_bytes
from shared.journal.clock import SystemClock
from shared.journal.keyfile import Keys, read_or_make_keys
from shared.kernel.clock import DAY_MS, HOUR_MS
from tests.benchmarks.ingest import HubProcess, Node, journal

START_S_MAX = 15
FACTS_MAX = 24_000


class BenchHub:
    """The running hub, and what head office does before a bench."""

    def __init__(self, folder: Path, address: PostgresAddress, process: HubProcess, keys: Keys) -> None:
        self.folder = folder
        self.address = address
        self.process = process
        self.keys = keys
        self.org_id = uuid4()
        self.venue_id: UUID | None = None
        self._units = 0

    async def found(self) -> None:
        """An organisation with one venue."""
        async with open_hub(self.address, self.keys) as hub:
            order = FoundOrganization(command_id=uuid4(), name="Bench", licence="L", currency="USD")
            await hub.bus.handle(self.org_id, order)
            venue = OpenVenue(command_id=uuid4(), name="V", place="P", zone="Europe/London")
            self.venue_id = (await hub.bus.handle(self.org_id, venue))[0].envelope.entity

    async def register(self, hub: Hub) -> Keys:
        """One more handheld."""
        assert self.venue_id is not None
        self._units += 1
        path = self.folder / f"unit-{self._units}.key"
        keys = read_or_make_keys(path, now_ms=SystemClock().now().wall_ms, chance=chance_bytes)
        key, code = keys.node_key(), f"B{self._units:03}"
        now_ms, digest = SystemClock().now().wall_ms, chance_bytes(32)
        room = OpenPairing(
            command_id=uuid4(), venue_id=self.venue_id, kind="rsu", code=code, name=code, digest=digest,
            expires_ms=now_ms + HOUR_MS, enable=True,
        )  # fmt: skip
        await hub.bus.handle(self.org_id, room)
        order = EnrolUnit(
            command_id=uuid4(), unit_id=keys.node_id, digest=digest, sign_key=key.sign_public,
            seal_key=key.seal_public, valid_ms=DAY_MS,
        )  # fmt: skip
        await hub.bus.handle(self.org_id, order)
        return keys

    async def nodes(self, count: int) -> list[Node]:
        """Registered handhelds, each with its share of the facts to upload."""
        async with open_hub(self.address, self.keys) as hub:
            keys = [await self.register(hub) for _ in range(count)]
        return [await journal(self.folder, one, self.org_id, FACTS_MAX // count) for one in keys]


@contextmanager
def bench_hub(folder: Path) -> Iterator[BenchHub]:
    """Start database and hub; both are stopped at the end."""
    place = HubPlace(HubSettings(folder=folder / "hub"))
    keys = place.keys()
    server = EmbeddedPostgres(folder / "database")
    address = open_embedded(server, place.folder)
    port = free_port()
    try:
        with (folder / "hub.log").open("wb") as log:
            command = [sys.executable, "-m", "shared.console.main", "hub", "serve", "--folder", str(place.folder)]
            command += ["--port", str(port), "--database-url", address.url(OWNER)]
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            url = f"https://127.0.0.1:{port}"
            _wait(url)
            process = HubProcess(
                url=url,
                tls=hub_tls(url, place.entrance_of_anyone().authority),
                pid=child.pid,
                sign_key=keys.node_key().sign_public,
                superuser=lambda: server.superuser(address.database),
            )
            yield BenchHub(folder, address, process, keys)
        finally:
            child.terminate()
            child.wait(30)
    finally:
        server.stop()


def _wait(url: str) -> None:
    began = time.monotonic()
    while time.monotonic() - began < START_S_MAX:
        try:
            httpx.get(f"{url}/authority.pem", verify=False, trust_env=False, timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the hub did not come up")
