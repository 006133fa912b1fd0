"""A hub whose stored address no longer answers is found nearby, by its pinned certificate and by nothing else."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from edge.sync.detour import Detour, DetourPace
from edge.sync.trust import hub_tls
from hub.runtime.authority import Authority
from hub.runtime.postgres_process import free_port
from tests.support.clock import HandClock
from tests.support.tls import answering, authority, context_of, make_authority

PACE = DetourPace(away_s=60, again_s=30, kept_s=600)


class Road:
    """A unit's road to a hub stored under a name, and what is announced for it at this moment."""

    def __init__(self, port: int | None = None, host: str = "localhost", *, pinned: bool = True) -> None:
        self.clock, self.announced, self.looks = HandClock(), [""][:0], 0
        self.url = f"https://{host}:{port or free_port()}"
        tls = hub_tls(self.url, authority().pem, now_ms=lambda: 0)
        assert isinstance(tls, ssl.SSLContext)
        self.detour = Detour(self.url, tls, self.find, self.now_s, PACE, pinned=pinned)

    def now_s(self) -> float:
        """The unit's clock."""
        return self.clock.now().monotonic_ns / 1e9

    async def find(self) -> Sequence[str]:
        """What mDNS says."""
        self.looks += 1
        return self.announced

    async def ask(self) -> str:
        """What the hub says; empty when it is nowhere."""
        request = httpx.Request("POST", f"{self.url}/sync/v1/challenge/{uuid4()}", content=b"who are you")
        request.extensions = {"timeout": httpx.Timeout(5).as_dict()}
        try:
            answer = await self.detour.handle_async_request(request)
            return (await answer.aread()).decode()
        except httpx.ConnectError:
            return ""


@asynccontextmanager
async def hub(signer: Authority, *names: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server at a free port, under these names; its address by number, and what it was sent."""
    async with answering("the hub", context_of(signer, names or ("localhost",))) as (port, heard):
        yield f"https://127.0.0.1:{port}", heard


def test_a_hub_that_moved_is_asked_where_it_announces_itself_under_its_own_name() -> None:
    async def scene() -> None:
        road = Road()
        async with hub(authority()) as (url, heard):
            road.announced = [url]
            assert await road.ask() == "the hub"
            assert road.detour.elsewhere == url
            assert road.detour.strangers == ()
            assert b"host: localhost" in heard[-1].lower()
            assert heard[-1].endswith(b"who are you")
        await road.detour.aclose()

    asyncio.run(scene())


@pytest.mark.parametrize("other", ["another authority", "another name"])
def test_what_announces_itself_as_the_hub_and_is_another_is_refused_and_told(tmp_path: Path, other: str) -> None:
    async def scene() -> None:
        road = Road()
        server = hub(make_authority(tmp_path)) if other == "another authority" else hub(authority(), "elsewhere.test")
        async with server as (url, heard), hub(authority()) as (right, _):
            road.announced = [url]
            with capture_logs() as logs:
                assert await road.ask() == ""
            assert (road.detour.elsewhere, road.detour.strangers) == ("", (url,))
            assert [(one["log_level"], one["url"]) for one in logs] == [("error", url)]
            assert heard == [], "not a word was sent beneath TLS"
            road.announced = [url, right]
            road.clock.forward(30_000)
            assert await road.ask() == "the hub", "a stranger beside it keeps nobody from it"
            assert road.detour.elsewhere == right
        await road.detour.aclose()

    asyncio.run(scene())


def test_a_hub_that_was_stored_by_number_is_known_by_the_pinned_authority_at_its_new_number() -> None:
    async def scene() -> None:
        road = Road(host="127.0.0.9")
        async with hub(authority(), "127.0.0.1") as (url, heard):
            road.announced = [url]
            assert [await road.ask(), await road.ask()] == ["the hub", "the hub"]
            assert (road.detour.elsewhere, road.detour.strangers) == (url, ())
            assert len(heard) == 3
        await road.detour.aclose()
        still = Road(host="127.0.0.9")
        async with hub(authority(), "127.0.0.9") as (url, _):
            still.announced = [url]
            assert await still.ask() == "the hub", "its certificate names the old number still"
        await still.detour.aclose()

    asyncio.run(scene())


def test_a_number_is_no_way_around_the_authority_or_the_names(tmp_path: Path) -> None:
    async def scene() -> None:
        strangers = (hub(make_authority(tmp_path), "127.0.0.1"), hub(authority(), "elsewhere.test"))
        for stranger in strangers:
            road = Road(host="127.0.0.9")
            async with stranger as (url, heard):
                road.announced = [url]
                assert (await road.ask(), road.detour.strangers) == ("", (url,))
                assert heard == []
            await road.detour.aclose()
        for road in (Road(), Road(host="127.0.0.9", pinned=False)):  # a name goes with its hub; an authority of many
            async with hub(authority(), "127.0.0.1") as (url, _):
                road.announced = [url]
                assert (await road.ask(), road.detour.strangers) == ("", (url,))
            await road.detour.aclose()

    asyncio.run(scene())


def test_nobody_looks_around_for_a_hub_that_answers_or_was_away_for_a_moment() -> None:
    async def scene() -> None:
        async with hub(authority()) as (url, _):
            road = Road(httpx.URL(url).port)
            assert await road.ask() == "the hub"
        async with hub(authority()) as (moved, _):
            road.announced = [moved]
            assert [await road.ask(), road.looks] == ["", 0]
            road.clock.forward(59_000)
            assert [await road.ask(), road.looks] == ["", 0]
            road.clock.forward(1_000)
            assert [await road.ask(), road.looks] == ["the hub", 1]
        await road.detour.aclose()

    asyncio.run(scene())


def test_a_detour_is_left_when_it_ends_and_the_stored_address_comes_first_again() -> None:
    async def scene() -> None:
        road = Road()
        async with hub(authority()) as (url, _):
            road.announced = [url]
            assert await road.ask() == "the hub"
        assert await road.ask() == "", "it is gone"
        assert road.detour.elsewhere == ""
        assert [await road.ask(), road.looks] == ["", 1], "and is not looked for at every request"
        road.clock.forward(30_000)
        async with hub(authority()) as (url, heard):
            road.announced = [url]
            assert [await road.ask(), road.looks] == ["the hub", 2]
            asked = len(heard)
            async with answering("at home", context_of(authority()), port=httpx.URL(road.url).port or 0):
                assert await road.ask() == "the hub"
                road.clock.forward(600_000)
                assert await road.ask() == "at home"
            assert len(heard) == asked + 1
        await road.detour.aclose()

    asyncio.run(scene())
