"""The hub's whole application, asked without a socket, and a handheld that must get through whatever comes."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from hub.runtime.app import make_app
from hub.runtime.migrate import migrate
from shared.domain.raffle.queries_page import NUMBER_TOTALS
from shared.journal.chain import Sealed
from shared.journal.entry import Owner
from shared.kernel.codec import decode, encode
from shared.kernel.errors import Refusal
from shared.sync.protocol import HELLO_TAG, SESSION_TAG, Hello, HelloAnswer, PushAnswer, UnitReport
from tests.support.hub import MIGRATED, RunningHub, running_hub
from tests.support.hub_web import add_login, browsing, log_in
from tests.support.journals import TICKETS, Desk, Journal, desk_at, journal_at
from tests.support.postgres import RunningPostgres

T = TypeVar("T")
PENDING = 3
"""Sales that the handheld has made and the hub not yet heard of."""
KNOWN = 20
"""Entries of an upload that comes a second time."""
STORED = "select node_id, epoch, branch, seq, hash from journal.entry where node_id <> %s"
Stored = set[tuple[UUID, int, int, int, bytes]]


@dataclass
class Door:
    """One hub for many tests; `card` is a handheld of it whose last sales still wait."""

    runner: asyncio.Runner
    running: RunningHub
    client: httpx.AsyncClient
    venue_id: UUID
    desk: Desk
    card: Journal
    other: Journal
    foreign_org: UUID
    guests: list[Journal] = field(default_factory=list)
    behind: int = 0
    kept: Stored = field(default_factory=set)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry it out in the hub's loop."""
        return self.runner.run(work)

    def session(self, journal: Journal, **other: Any) -> bytes:
        """A session as the hub gives it after a hello; `other` is what an attacker would like it to say."""
        session = self.running.session(journal.owner)
        return self.running.hub.key.document(SESSION_TAG, encode(msgspec.structs.replace(session, **other)))

    def post(self, path: str, data: bytes, *, session: bytes | None = None, packing: str = "") -> httpx.Response:
        """Send bytes to `/sync/v1`; whatever they are, the answer is no fault of the hub and says its sentence."""
        headers = {"authorization": f"Node {session.hex()}"} if session is not None else {}
        if packing:
            headers["content-encoding"] = packing
        answer = self.run(self.client.post(f"/sync/v1/{path}", content=data, headers=headers))
        assert answer.status_code < 500, answer.text
        if answer.status_code != 200:
            said = answer.json()
            assert said["code"] != "bug"
            assert said["detail"]
        return answer

    def push(self, data: bytes, journal: Journal | None = None) -> httpx.Response:
        """Upload, as the handheld unless another is named."""
        return self.post("push", data, session=self.session(journal or self.card))

    def refused(self, data: bytes, *codes: str, journal: Journal | None = None) -> str:
        """The upload is refused with one of the codes, in this sentence; that nothing was stored shows `goes_on`."""
        answer = self.push(data, journal)
        assert answer.status_code != 200, answer.content
        assert answer.json()["code"] in codes, answer.text
        return str(answer.json()["detail"])

    def say_hello(self, journal: Journal | None = None, **other: Any) -> httpx.Response:
        """A true hello, or one whose fields are `other`, signed by the handheld itself."""
        journal = journal or self.card
        owner = journal.owner
        challenge = self.post(f"challenge/{owner.node_id}", b"").content
        hello = Hello(
            challenge=challenge, org=owner.org_id, node=owner.node_id, epoch=owner.epoch, seq=journal.tip.seq,
            hash=journal.tip.hash, generation=1, position=0,
        )  # fmt: skip
        said = msgspec.structs.replace(hello, **other)
        return self.post(f"hello/{owner.node_id}", journal.key.document(HELLO_TAG, encode(said)))

    def fetch(self, text: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of the organisation."""

        async def ask() -> list[tuple[Any, ...]]:
            async with self.running.hub.bus.tenant(self.running.org_id) as connection:
                return [tuple(row) for row in await (await connection.execute(text.encode(), params)).fetchall()]

        return self.run(ask())

    def entries(self) -> int:
        """How many entries of units the hub holds."""
        return int(self.fetch("select count(*) from journal.entry where node_id <> %s", self.running.hub.node_id)[0][0])

    def stored(self) -> Stored:
        """Every entry of a unit that the hub holds."""
        rows = self.fetch(STORED, self.running.hub.node_id)
        return {(row[0], row[1], row[2], row[3], bytes(row[4])) for row in rows}

    def goes_on(self) -> None:
        """Nothing is lost, nothing is held that nobody wrote, and both upload on: what waited, and a sale of now."""
        held, everybody = self.stored(), [self.card, self.other, *self.guests]
        assert self.kept <= held
        written = {(one.owner.node_id, 1, 0, own.entry.seq, own.entry.hash) for one in everybody for own in one.sealed}
        assert held <= written
        for journal in everybody[:2]:
            self.uploads(journal)
            self.hears(journal)
        self.run(self.running.hub.many(self.running.org_id, NUMBER_TOTALS))
        self.kept = self.stored()
        self.behind = self.card.tip.seq
        for _ in range(PENDING):
            self.sell(self.card)

    def sell(self, journal: Journal) -> list[Sealed]:
        """A sale; when its numbers end, it asks for more first, unless its epoch is over."""
        lease = journal.lease
        assert lease is not None
        if journal.next_number + TICKETS > lease.last:
            try:
                self.run(journal.take())
            except Refusal:
                journal.next_number = lease.first
        return journal.sell()

    def uploads(self, journal: Journal) -> None:
        """This handheld sells, says hello and uploads everything that the hub does not hold."""
        self.sell(journal)
        greeted = self.say_hello(journal)
        assert greeted.status_code == 200, greeted.text
        answer = decode(greeted.content, HelloAnswer)
        shared = [one.seq for one in answer.landmarks if one.seq == 0 or self._hash(journal, one.seq) == one.hash]
        sent = self.push(journal.bundle(max(shared, default=0) + 1), journal)
        assert sent.status_code == 200, sent.text
        assert decode(sent.content, PushAnswer).seq == journal.tip.seq

    def hears(self, journal: Journal) -> None:
        """This handheld reports, hears the totals of the night, and reads the feed."""
        self.running.clock.forward(2_000)
        said = UnitReport(
            wall_ms=self.running.clock.wall_ms, tip_seq=journal.tip.seq, waiting=0, printer="ready",
            battery_percent=None, numbers_left=0, seller="",
        )  # fmt: skip
        session = self.session(journal)
        assert self.post("report", encode(said), session=session).status_code == 200
        headers = {"authorization": f"Node {session.hex()}"}
        fed = self.run(self.client.get("/sync/v1/feed?since=0", headers=headers))
        # A handheld whose own words stopped its epoch reads no feed any more; nobody else suffers for it.
        assert fed.status_code == 200 or (journal is self.card and fed.json()["code"] == "sync.not_allowed")

    @staticmethod
    def _hash(journal: Journal, seq: int) -> bytes:
        return journal.sealed[seq - 1].entry.hash if seq <= len(journal.sealed) else b""

    @property
    def waiting(self) -> bytes:
        """The handheld's next upload, whole and good."""
        return self.card.bundle(self.behind + 1)

    @property
    def known(self) -> bytes:
        """Some of what the hub holds already, as a bundle."""
        return self.card.bundle(max(1, self.behind - KNOWN), self.behind)

    @property
    def owner(self) -> Owner:
        """The handheld's journal."""
        return self.card.owner


async def _open(stack: AsyncExitStack, running: RunningHub, runner: asyncio.Runner) -> Door:
    venue = await running.venue()
    desk = await desk_at(running, venue)
    card, other = [await journal_at(running, desk, venue, code) for code in ("R07", "R12")]
    await add_login(running, "admin", "ada")
    client = await stack.enter_async_context(browsing(make_app(running.hub)))
    assert (await log_in(client)).status_code == 201
    client.headers["x-as-ada"] = client.headers.pop("authorization")
    return Door(runner, running, client, venue, desk, card, other, await running.found())


@pytest.fixture(scope="module")
def door(postgres: RunningPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One hub for all tests of a file, with two handhelds at an event."""
    postgres.make_template(MIGRATED, migrate)
    address = postgres.fresh_database(MIGRATED)
    with asyncio.Runner() as runner, capture_logs():
        stack = AsyncExitStack()
        running = runner.run(stack.enter_async_context(running_hub(address, tmp_path_factory.mktemp("hub"))))
        door = runner.run(_open(stack, running, runner))
        door.goes_on()
        yield door
        runner.run(stack.aclose())
    postgres.drop_database(address)
