"""The hub's web side in tests: its application on the running hub, and people who are logged in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest

from hub.office.staff_access.service import StaffAccess
from hub.runtime.app import HubApp, make_app
from tests.support.hub import RunningHub

PASSWORD = "a long enough password"
ADDRESS = "http://hub.test"


@asynccontextmanager
async def browsing(app: HubApp, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks to the application without a network."""
    transport = httpx.ASGITransport(app=cast(Any, app.asgi))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, **more) as client:
        yield client


async def log_in(client: httpx.AsyncClient, login: str = "ada", password: str = PASSWORD) -> httpx.Response:
    """Try to log in by the API; the client carries the token afterwards."""
    answer = await client.post("/api/staff_access/sessions", json={"login": login, "password": password})
    client.cookies.clear()
    if answer.status_code == 201:
        client.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return answer


async def add_login(running: RunningHub, role: str, login: str) -> None:
    """A person with that role."""
    access = StaffAccess(running.hub.pool, running.clock)
    await access.add_person(running.org_id, login=login, name=f"{login.capitalize()} L", role=role, password=PASSWORD)


@pytest.fixture
def app(running: RunningHub) -> HubApp:
    """The application on the running hub."""
    return make_app(running.hub)


@pytest.fixture
async def ada(anyio_backend: str, running: RunningHub, app: HubApp) -> AsyncIterator[httpx.AsyncClient]:
    """The admin, logged in."""
    await add_login(running, "admin", "ada")
    async with browsing(app) as client:
        assert (await log_in(client)).status_code == 201
        yield client
