"""A new unit that knows no address hears its hub: sixteen letters are enough, for the hub proves that it made them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
import uvicorn
from structlog.testing import capture_logs

from edge.runtime.enrol import enrol
from edge.runtime.enrol_app import enrol_app
from edge.runtime.membership import read_membership
from edge.runtime.settings import Settings
from edge.runtime.unit import open_unit
from edge.runtime.world import World
from edge.sync.pairing_proof import NoHubKnows, hub_of
from hub.runtime.announce import announced
from hub.runtime.app import make_app
from hub.runtime.authority import Authority
from hub.runtime.entrance import Entrance
from hub.runtime.hub import Hub
from hub.runtime.postgres_process import free_port
from hub.runtime.settings import HubSettings
from hub.sync.enrol import Room, open_pairing
from hub.sync.pairing_proof import prove
from shared.domain.identity.errors import UnknownPairing
from shared.journal.keyfile import read_keys
from shared.kernel.clock import HOUR_MS
from shared.kernel.codec import encode
from shared.sync.pairing import (
    PairingCode,
    ProofAnswer,
    ProofRequest,
    hub_proof,
    pairing_name,
    secret_digest,
    secret_text,
)
from tests.discovery.air import LOOPBACK, ears
from tests.support.clock import RunningClock
from tests.support.hub import RunningHub
from tests.support.sync import QuietServer, until
from tests.support.tls import answering, authority, context_of, make_authority, over_tls
from tests.support.unit import PAGE, QUICK

pytestmark = pytest.mark.anyio
REFUSED = "what announces itself as a hub claims a code that it does not know; refused"


@asynccontextmanager
async def hub_in_the_venue(running: RunningHub) -> AsyncIterator[tuple[Hub, int]]:
    """A hub whose own address leads nowhere in this venue, and which announces itself."""
    url, port = f"https://localhost:{free_port()}", free_port()
    hub = msgspec.structs.replace(running.hub, entrance=Entrance(url, authority().pem))
    config = uvicorn.Config(
        make_app(hub).asgi, host=LOOPBACK, port=port, log_level="error", timeout_graceful_shutdown=1
    )
    server = QuietServer(over_tls(config))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the hub to listen")
    try:
        async with announced(HubSettings(port=port, discovery_interfaces=(LOOPBACK,)), hub.node_id, hub.entrance):
            yield hub, port
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def stranger(signer: Authority) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Somebody who answers every question with a proof of his own; his port, and what he was asked."""
    url, mark, heard = "https://127.0.0.1:1", "ab" * 32, []
    forged = encode(ProofAnswer(url=url, fingerprint=mark, proof=hub_proof(b"guess", b"n" * 32, url, mark)))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(forged) + forged)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0, ssl=context_of(signer))
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
        await server.wait_closed()


async def code(running: RunningHub, hub: Hub, name: str = "R07") -> PairingCode:
    """What the hub's page shows."""
    venue_id = await running.venue()
    room = Room(venue_id=venue_id, kind="rsu", code=name, name=f"RSU {name[1:]}", enable=True)
    return await open_pairing(hub, running.org_id, room, actor=None)


async def test_sixteen_letters_enrol_a_unit_that_hears_its_hub_and_its_line_finds_it(
    running: RunningHub, tmp_path: Path
) -> None:
    settings = Settings(folder=tmp_path, printer="none", port=0)
    world = World(clock=RunningClock(), printer_pace=QUICK, nearby=ears())
    async with hub_in_the_venue(running) as (hub, port):
        made = await code(running, hub)
        transport = httpx.ASGITransport(app=cast(Any, enrol_app(settings, world, lambda: None)))
        async with httpx.AsyncClient(transport=transport, base_url="http://till.test") as client:
            assert 'hx-get="/enrol/nearby"' in (await client.get("/enrol", headers=PAGE)).text

            async def is_heard() -> bool:
                return f"https://{LOOPBACK}:{port}" in (await client.get("/enrol/nearby", headers=PAGE)).text

            await until(is_heard, "the page to name the hub")
            letters = secret_text(made.secret).lower()
            answer = await client.post("/enrol", data={"code": letters}, headers=PAGE)
            assert (answer.status_code, "This is RSU 07." in answer.text) == (200, True), answer.text
        member = read_membership(settings.membership_file, node_id=read_keys(settings.key_file).node_id)
        assert (member.hub_url, member.hub_ca.strip()) == (hub.entrance.url, authority().pem.strip())
        async with open_unit(settings, world) as unit:
            await until(lambda: unit.line.connected, "the line to find the hub that no name leads to")
    await world.nearby.close()


async def test_a_whole_code_whose_address_leads_nowhere_is_taken_to_the_hub_with_its_authority(
    running: RunningHub, tmp_path: Path
) -> None:
    world = World(clock=RunningClock(), nearby=ears())
    async with hub_in_the_venue(running) as (hub, port):
        made = await code(running, hub)

        async def is_heard() -> bool:
            return f"https://{LOOPBACK}:{port}" in {one.url for one in await world.nearby.hubs()}

        await until(is_heard, "the hub")
        certificate = await enrol(Settings(folder=tmp_path), world, made.text())
        assert certificate.code == "R07"
    await world.nearby.close()


async def test_a_hub_proves_only_what_it_made_and_only_within_its_hour(running: RunningHub) -> None:
    hub = msgspec.structs.replace(running.hub, entrance=Entrance("https://hub.example", authority().pem))
    made = await code(running, hub)
    nonce = b"n" * 32
    said = await prove(hub, ProofRequest(name=pairing_name(made.digest), nonce=nonce))
    assert (said.url, said.fingerprint) == (made.url, made.fingerprint)
    assert said.proof == hub_proof(made.digest, nonce, made.url, made.fingerprint)
    for name in (made.digest, b"x" * 32):
        with pytest.raises(UnknownPairing):
            await prove(hub, ProofRequest(name=name, nonce=nonce))
    later = RunningClock()
    later.ahead_ms = HOUR_MS + 60_000 + hub.clock.now().wall_ms - later.now().wall_ms
    with pytest.raises(UnknownPairing):
        await prove(
            msgspec.structs.replace(hub, clock=later), ProofRequest(name=pairing_name(made.digest), nonce=nonce)
        )


async def test_a_stranger_who_announces_himself_as_a_hub_learns_nothing_and_enrols_nobody(
    running: RunningHub, tmp_path: Path
) -> None:
    secret = (await code(running, running.hub)).secret
    digest = secret_digest(secret)
    async with stranger(make_authority(tmp_path)) as (port, heard):
        with capture_logs() as logs, pytest.raises(NoHubKnows, match="1 heard"):
            await hub_of(secret, digest, [f"https://127.0.0.1:{port}"])
    [said] = heard
    assert [one["event"] for one in logs if one["log_level"] == "warning"] == [REFUSED]
    assert secret.encode() not in said
    assert digest not in said
    assert pairing_name(digest) in said


async def test_of_many_that_announce_themselves_the_one_that_proves_it_is_the_hub(running: RunningHub) -> None:
    async with hub_in_the_venue(running) as (hub, port), answering("no", context_of(authority())) as (other, _):
        made = await code(running, hub)
        urls = [f"https://127.0.0.1:{one}" for one in (other, free_port(), port)]
        proven = await hub_of(made.secret, made.digest, urls)
        assert (proven.code, proven.at) == (made, urls[-1])
        with pytest.raises(NoHubKnows):
            await hub_of(made.secret, made.digest, urls[:2])


async def test_a_question_that_is_none_is_refused_and_tells_nothing(running: RunningHub) -> None:
    made = await code(running, running.hub)
    name = pairing_name(made.digest)
    good = encode(ProofRequest(name=name, nonce=b"n" * 32))
    cut = encode({"name": name, "nonce": b"n" * 31})
    transport = httpx.ASGITransport(app=cast(Any, make_app(running.hub).asgi))
    async with httpx.AsyncClient(transport=transport, base_url="https://hub.test") as client:
        asked = [b"", b"\xc1", good[:-1], cut, encode({"name": name}), encode([name]), b"x" * 20_000]
        answers = [await client.post("/sync/v1/pairing", content=body) for body in asked]
        assert [answer.status_code for answer in answers] == [422] * 6 + [413]
        assert not [answer for answer in answers if made.fingerprint and made.fingerprint in answer.text]
        stranger_asks = await client.post("/sync/v1/pairing", content=encode({"name": b"x" * 32, "nonce": b"n" * 32}))
        assert (stranger_asks.status_code, "No unit waits" in stranger_asks.text) == (409, True)
        assert (await client.post("/sync/v1/pairing", content=good)).status_code == 200
