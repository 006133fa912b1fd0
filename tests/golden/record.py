"""Records what two real nodes say to each other: `python -m tests.golden.record v0.1.0`, once a tagged version.

A hub and a handheld are brought up, head office sets an evening up, the handheld sells, undoes and uploads. Kept are
the exact bytes: the handheld's journal, its bundle, the hub's feed page, one request and answer of each kind (`talk`,
by the last word of its address), and the keys to check them.
"""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import msgspec
from litestar.types import ASGIApp

from hub.runtime.database import open_embedded
from hub.runtime.migrate import migrate
from hub.runtime.postgres import EmbeddedPostgres
from hub.sync.feed import read_feed
from shared.journal.bundle import pack
from shared.journal.chain import Tip, entry_hash
from shared.sync.protocol import Session
from tests.support.hub import RunningHub, running_hub
from tests.support.sync import Edge, on_air

HERE = Path(__file__).parent


class Recording(msgspec.Struct, frozen=True):
    """One evening in bytes (base64), with what it must lead to."""

    version: str
    org: UUID
    hub_node: UUID
    hub_key: str
    event: UUID
    unit: UUID
    unit_sign_key: str
    unit_seal_key: str
    unit_code: str
    journal: list[str]
    bundle: str
    feed_page: str
    sale_count: int
    ticket_count: int
    amount_minor: int
    talk: dict[str, tuple[str, str]]


def text(data: bytes) -> str:
    """Bytes as they stand in the file."""
    return base64.b64encode(data).decode()


def data(value: str) -> bytes:
    """And back."""
    return base64.b64decode(value)


@asynccontextmanager
async def _evening(folder: Path, heard: dict[str, tuple[bytes, bytes]]) -> AsyncIterator[tuple[RunningHub, Edge, UUID]]:
    server = EmbeddedPostgres(folder / "database", durable=False)
    address = open_embedded(server, folder / "keys")
    try:
        migrate(address)
        async with running_hub(address, folder) as running, on_air(running, lambda app: listen(app, heard)) as air:
            venue, seller = await running.venue(), await running.staff("Mara")
            await running.staff("Ines", "supervisor")
            event = await running.event(venue)
            edge = await air.edge(venue, "R07")
            await edge.ready(event)
            for place in (0, 1, 2, 1):
                await edge.sell(event, seller, place=place)
            undone = await edge.sell(event, seller, place=2)
            await edge.undo(undone.body.sale_id, seller)
            await edge.level()
            yield running, edge, event
    finally:
        server.stop()


def listen(app: ASGIApp, heard: dict[str, tuple[bytes, bytes]]) -> ASGIApp:
    """The application, with the first request and answer of each kind of the protocol written down."""

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        asked, answered = bytearray(), bytearray()

        async def hear() -> Any:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def say(message: Any) -> None:
            answered.extend(message.get("body", b""))
            await send(message)

        await app(scope, hear, say)
        path = scope.get("path", "")
        if path.startswith("/sync/v1/"):
            heard.setdefault(path.split("/")[3], (bytes(asked), bytes(answered)))

    return listening


async def record(version: str) -> Recording:
    """The recording of one evening."""
    heard: dict[str, tuple[bytes, bytes]] = {}
    with TemporaryDirectory() as name:
        async with _evening(Path(name), heard) as (running, edge, event):
            entries = await edge.entries()
            key, owner = edge.keys.node_key(), edge.owner
            total = await edge.total(event)
            assert total is not None
            session = Session(owner.org_id, owner.node_id, owner.epoch, 2**52)
            return Recording(
                version=version,
                org=running.org_id,
                hub_node=running.hub.node_id,
                hub_key=running.hub.key.sign_public.hex(),
                event=event,
                unit=owner.node_id,
                unit_sign_key=key.sign_public.hex(),
                unit_seal_key=key.seal_public.hex(),
                unit_code="R07",
                journal=[text(entry) for entry in entries],
                bundle=text(pack(owner, 1, entries, Tip(len(entries), entry_hash(entries[-1])), key)),
                feed_page=text(await read_feed(running.hub, session, 0)),
                sale_count=total.sale_count,
                ticket_count=total.ticket_count,
                amount_minor=total.amount_minor,
                talk={name: (text(asked), text(answer)) for name, (asked, answer) in heard.items()},
            )


def load(version: str) -> Recording:
    """A kept recording."""
    return msgspec.json.decode((HERE / f"{version}.json").read_bytes(), type=Recording)


if __name__ == "__main__":
    made = asyncio.run(record(sys.argv[1]))
    (HERE / f"{made.version}.json").write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
