"""Sets the demo's stage: admin, venue, staff, units and an event, through commands and the hub's API alone."""

import asyncio
import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from shared.demo import cast
from shared.demo.chance import readable_password
from shared.demo.clock import present
from shared.demo.faults import HubSaidNo
from shared.demo.processes import Children

SALES_HOURS = 8
MEMORY = "demo.json"
Tell = Callable[[str], None]


class Memory(msgspec.Struct):
    """What the demo remembers between two starts, mode 600: the admin's password, and what was set up."""

    password: str
    venue_id: str = ""
    staffed: bool = False


def remember(folder: Path, memory: Memory) -> None:
    """Write the memory down."""
    path = folder / MEMORY
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(memory))


def recall(folder: Path) -> Memory:
    """The memory of an earlier start, or a new one."""
    try:
        return msgspec.json.decode((folder / MEMORY).read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory(readable_password())


class Stage:
    """The hub as its admin sees it."""

    def __init__(self, folder: Path, hub_url: str, children: Children) -> None:
        self.folder = folder
        self.memory = recall(folder)
        self._children = children
        self._http = httpx.AsyncClient(base_url=hub_url, trust_env=False, timeout=20)

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    def edge_folder(self, role: cast.Role) -> Path:
        """Where an edge keeps its state."""
        return self.folder / role.key

    async def set_up(self, tell: Tell) -> None:
        """Everything that is not there yet; what is there stays."""
        tell("Head office")
        await self.found()
        if not self.memory.staffed:
            await self.hire(cast.STAFF)
            self.memory.staffed = True
            remember(self.folder, self.memory)
        await self._event()
        tell("Counter and handhelds")
        await asyncio.gather(*(self.pair(role) for role in cast.EDGES))

    async def found(self) -> None:
        """The organisation with its admin, who is logged in from here on, and its venue."""
        remember(self.folder, self.memory)
        if not self.memory.venue_id:
            await self._admin()
        await self.log_in()
        if not self.memory.venue_id:
            answer = await self.ask(
                "POST", "/api/identity/venues", {"name": cast.VENUE, "place": cast.PLACE, "zone": cast.ZONE}
            )
            self.memory.venue_id = answer["venue_id"]
            remember(self.folder, self.memory)

    async def hire(self, staff: Iterable[cast.Player]) -> None:
        """People who work at the venue."""
        for player in staff:
            body = {"name": player.name, "role": player.role, "pin": player.pin, "venue_id": self.memory.venue_id}
            await self.ask("POST", "/api/identity/staff", body)

    async def _admin(self) -> None:
        await self._children.run(
            "hub", "create-admin", "--folder", str(self.folder / "hub"), "--organization", cast.ORGANIZATION,
            "--licence", cast.LICENCE, "--currency", cast.CURRENCY, "--site", cast.SITE, "--login", cast.ADMIN_LOGIN,
            "--name", cast.ADMIN_NAME, "--password-stdin", stdin=self.memory.password.encode() + b"\n",
        )  # fmt: skip

    async def pair(self, role: cast.Role) -> None:
        """Let head office make a one-time code for this edge, and the edge enrol with it; once.

        A unit that head office knows is enrolled anew: one that was cut short, or was added before there were codes.
        """
        folder = self.edge_folder(role)
        if _is_paired(folder / "membership.json"):
            return
        known = await self.ask("GET", "/api/identity/units")
        room = {
            "venue_id": self.memory.venue_id,
            "kind": role.kind,
            "code": role.code,
            "name": role.name,
            "unit_id": next((one["unit_id"] for one in known if one["code"] == role.code), None),
            "enable": True,
        }
        made = await self.ask("POST", "/api/identity/pairings", room)
        await self._children.run("edge", "enrol", "--folder", str(folder), made["code"])

    async def log_in(self) -> None:
        """A session of the admin."""
        body = {"login": cast.ADMIN_LOGIN, "password": self.memory.password}
        answer = await self.ask("POST", "/api/staff_access/sessions", body)
        self._http.headers["authorization"] = f"Bearer {answer['token']}"

    async def _event(self) -> None:
        """An event that sells for hours to come; a new one when the last is over."""
        now = present()
        events = await self.ask("GET", "/api/raffle/events")
        if any(_sells_on(one, now + timedelta(hours=1)) for one in events):
            return
        code = f"HO-{sum(not one['training'] for one in events) + 1}"
        await self.open_event(cast.EVENT, code)

    async def open_event(self, name: str, code: str, **more: Any) -> str:
        """Plan an event that sells for hours to come, and activate it; `more` are other terms of its plan."""
        now = present()
        close = now + timedelta(hours=SALES_HOURS)
        body = {
            "name": name,
            "code": code,
            "venue_id": self.memory.venue_id,
            "sales_open": (now - timedelta(hours=1)).isoformat(),
            "sales_close": close.isoformat(),
            "draw": (close + timedelta(minutes=15)).isoformat(),
            "claim_by": (close + timedelta(days=30)).isoformat(),
            "packages": [{"ticket_count": count, "price": price} for count, price in cast.PACKAGES],
        }
        planned = await self.ask("POST", "/api/raffle/events", body | more)
        await self.ask("POST", f"/api/raffle/events/{planned['event_id']}/activate", {})
        return str(planned["event_id"])

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        """One request to the hub's API; HubSaidNo with its sentence when it refuses."""
        answer = await self._http.request(method, path, json=body, params=query)
        if answer.status_code >= 400:
            try:
                said = answer.json().get("detail", answer.text)
            except json.JSONDecodeError:
                said = answer.text[:200]
            raise HubSaidNo(what=f"{method} {path}", said=said)
        return answer.json()

    async def database_url(self) -> str:
        """The owner role's address, already set to this organisation (its password stands in the passfile)."""
        return (await self._children.run("hub", "database-url", "--folder", str(self.folder / "hub"))).strip()


def _is_paired(membership: Path) -> bool:
    """Whether the edge was enrolled with a code, so that it knows the hub's authority."""
    try:
        return bool(json.loads(membership.read_text()).get("hub_ca"))
    except (OSError, ValueError):
        return False


def _sells_on(event: dict[str, Any], until: datetime) -> bool:
    lasts = event["sales_close_ms"] > until.timestamp() * 1_000
    return event["state"] == "active" and not event["training"] and lasts
