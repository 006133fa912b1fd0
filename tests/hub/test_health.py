"""The hub's health address: for machines that only ask whether it serves."""

from contextlib import AsyncExitStack

import httpx
import pytest

from hub.runtime.app import make_app
from hub.runtime.hub import POOL_SIZE_MAX
from tests.support.hub import RunningHub
from tests.support.hub_web import browsing

pytestmark = pytest.mark.anyio


async def test_health_answers_without_login_and_names_nothing(running: RunningHub) -> None:
    async with browsing(make_app(running.hub)) as anybody:
        answer = await anybody.get("/health")
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["cache-control"] == "no-store"
        told = {name.lower() for name in answer.headers}
        assert not told & {"set-cookie", "server", "x-powered-by"}


async def test_a_rush_that_takes_every_connection_is_no_illness(running: RunningHub) -> None:
    async with browsing(make_app(running.hub)) as anybody, AsyncExitStack() as rush:
        for _ in range(POOL_SIZE_MAX):
            await rush.enter_async_context(running.hub.pool.connection())
        answer = await anybody.get("/health")
        assert (answer.status_code, answer.text) == (200, "ok\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_health_takes_no_orders(running: RunningHub, method: str) -> None:
    async with browsing(make_app(running.hub)) as anybody:
        answer: httpx.Response = await anybody.request(method, "/health")
        assert answer.status_code == 405
