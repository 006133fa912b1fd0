"""Numbers that no database holds are refused where a message is read, and never end the line's task."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.runtime.contacts import Contacts
from edge.sync.contact import ask_contact_key
from edge.sync.hub_client import HubAway, HubClient, HubRefused
from edge.sync.pages import apply_page
from edge.sync.parcels import FEATURE
from shared.journal.signing import NodeKey
from shared.kernel.codec import encode
from shared.kernel.errors import BadSignature
from shared.sync.feed import FEED_TAG, read_page
from shared.sync.figures import INT64_MAX, WALL_MS_MAX
from shared.sync.protocol import CHALLENGE_TAG, Hello, UnitReport
from tests.edge.season import UNIT, Season, season
from tests.support.evening import HUB, ORG

NODE, HEAD_OFFICE = (NodeKey(bytes([seed]) * 32, bytes([seed]) * 32) for seed in (1, 2))
EDGES = [-(2**63), -1, 0, 1, WALL_MS_MAX, WALL_MS_MAX + 1, INT64_MAX, INT64_MAX + 1, 2**64 - 1]
NO_PROBLEMS = [b"{}", b"[]", b'{"code": 7}', b'{"code": ["sync.busy"]}', b'{"c\xe9de": 1}', b'{"detail": "\xe9"}']
anything = st.one_of(st.sampled_from(EDGES), st.integers(-(2**63), 2**64 - 1))
REPORT = UnitReport(wall_ms=0, tip_seq=0, waiting=0, printer="", battery_percent=None, numbers_left=0, seller="")
FIGURES = {
    "hello": ("seq", "generation", "hub_time_ms"),
    "push": ("seq", "hub_time_ms"),
    "report": ("hub_time_ms", "position"),
}


class Saying(httpx.AsyncBaseTransport):
    """A hub whose every answer, after its challenge, is this."""

    def __init__(self, answer: bytes, status: int = 200) -> None:
        self._answer, self._status = answer, status

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The challenge, or the answer."""
        asked = "/challenge/" in request.url.path
        if asked:
            return httpx.Response(200, stream=httpx.ByteStream(HEAD_OFFICE.document(CHALLENGE_TAG, b"")))
        return httpx.Response(self._status, stream=httpx.ByteStream(self._answer))


def hello(challenge: bytes) -> Hello:
    """The unit's."""
    return Hello(challenge=challenge, org=ORG, node=UNIT.node_id, epoch=1, seq=0, hash=b"", generation=0, position=0)


async def ask(what: str, answer: dict[str, Any]) -> Any:
    """What the unit hears."""
    client = HubClient("https://hub", UNIT.node_id, NODE, HEAD_OFFICE.sign_public, transport=Saying(encode(answer)))
    try:
        if what == "hello":
            return await client.hello(hello)
        return await (client.push(b"") if what == "push" else client.report(REPORT))
    finally:
        await client.close()


def fits(name: str, figure: int) -> bool:
    """Whether a database holds it, and a calendar where it is an instant."""
    return 0 <= figure <= (WALL_MS_MAX if name.endswith("_ms") else INT64_MAX)


@pytest.mark.parametrize("what", FIGURES)
@settings(max_examples=60, deadline=None)
@given(figures=st.lists(anything, min_size=3, max_size=3))
def test_an_answer_whose_numbers_no_database_holds_is_a_hub_that_does_not_answer(what: str, figures: list[int]) -> None:
    said = dict(zip(FIGURES[what], figures, strict=False))
    answer = {"session": b"s", "hash": b"", "totals": [], **said}
    try:
        found = asyncio.run(ask(what, answer))
    except HubAway:
        assert not all(fits(name, figure) for name, figure in said.items())
    else:
        assert {name: getattr(found, name) for name in said} == said
        assert all(fits(name, figure) for name, figure in said.items())


PAGE_FIGURES = ("feeder_epoch", "generation", "upto", "signed_ms")


@given(st.tuples(anything, anything, anything, anything), anything)
def test_a_signed_page_whose_numbers_no_database_holds_is_refused_when_it_is_read(
    figures: tuple[int, int, int, int], position: int
) -> None:
    said = dict(zip(PAGE_FIGURES, figures, strict=True))
    page = {
        "org": ORG, "feeder": HUB.node_id, "since": 0, "end": True, **said,
        "changes": [[position, "unknown", b"", False, b""]],
    }  # fmt: skip
    data = HEAD_OFFICE.document(FEED_TAG, encode(page))
    good = all(fits(name, figure) for name, figure in {**said, "position": position}.items())
    try:
        read_page(data, feeder_key=HEAD_OFFICE.sign_public, org=ORG, since=0)
    except BadSignature:
        assert not good
    else:
        assert good


def test_the_largest_numbers_of_a_page_are_kept(tmp_path: Path) -> None:
    async def play() -> None:
        async with season(tmp_path / "unit.db") as there:
            await take(there)
            assert await there.values("SELECT generation, position, hub_time_ms FROM peer") == [
                (INT64_MAX, INT64_MAX, WALL_MS_MAX)
            ]

    asyncio.run(play())


async def take(there: Season) -> None:
    """A page with the largest numbers that there are."""
    page = {
        "org": ORG, "feeder": HUB.node_id, "feeder_epoch": INT64_MAX, "generation": INT64_MAX, "since": 0,
        "upto": INT64_MAX, "end": True, "signed_ms": WALL_MS_MAX, "changes": [],
    }  # fmt: skip
    data = HEAD_OFFICE.document(FEED_TAG, encode(page))
    found = read_page(data, feeder_key=HEAD_OFFICE.sign_public, org=ORG, since=0)
    await there.writer.write(lambda db: apply_page(db, found))


@settings(deadline=None)
@given(status=st.sampled_from([400, 409, 429, 500, 503]), said=st.binary(max_size=40) | st.sampled_from(NO_PROBLEMS))
def test_a_refusal_that_came_to_pieces_on_the_line_is_a_refusal_without_words(status: int, said: bytes) -> None:
    client = HubClient("https://hub", UNIT.node_id, NODE, HEAD_OFFICE.sign_public, transport=Saying(said, status))

    async def push() -> None:
        try:
            await client.push(b"")
        finally:
            await client.close()

    with pytest.raises((HubAway, HubRefused)) as heard:
        asyncio.run(push())
    assert (status >= 500) == isinstance(heard.value, HubAway)
    assert not isinstance(heard.value, HubRefused) or isinstance(heard.value.refusal_code, str)


@pytest.mark.parametrize(("status", "said"), [(503, b"{}"), (500, b""), (403, b"{}"), (200, b"no key at all")])
def test_a_contact_key_that_does_not_come_keeps_nothing_else_waiting(status: int, said: bytes, tmp_path: Path) -> None:
    client = HubClient("https://hub", UNIT.node_id, NODE, HEAD_OFFICE.sign_public, transport=Saying(said, status))
    contacts = Contacts(tmp_path / "contact.key", UNIT, lambda: bytes(32))

    async def greeted() -> None:
        try:
            await ask_contact_key(client, contacts, NODE, {FEATURE})
        finally:
            await client.close()

    asyncio.run(greeted())
    assert contacts.why_not
