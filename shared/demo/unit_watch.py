"""What the demo sees of one unit: asked over its HTTP API, logged in as the first of its people."""

import asyncio
import contextlib
from typing import Any

import httpx
import msgspec

from shared.demo import cast

READY_TRIES = 300
READY_PAUSE_S = 0.1
LOOKS_ON = {"tillhouse-live": "1"}
"""Requests that only look: they keep no session awake and make nobody a seller."""


class Paper(msgspec.Struct, frozen=True):
    """The newest slip: where its picture is, and its size in dots."""

    source: str = ""
    width: int = 0
    height: int = 0
    torn: bool = False


class Seen(msgspec.Struct, frozen=True):
    """The last answers of the unit; `sold` is minor units by event."""

    up: bool = False
    waiting: int = 0
    printer: str = "absent"
    interrupted: bool = False
    trouble: str = ""
    paper: Paper = Paper()
    sold: dict[str, int] = {}


class UnitWatch:
    """Asks one unit how it is."""

    def __init__(self, role: cast.Role, url: str) -> None:
        self.role = role
        self.url = url
        self.seen = Seen()
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=5, headers=LOOKS_ON)
        self._newest: tuple[Any, ...] = ()

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def ready(self) -> None:
        """Until somebody can log in and sell; after a while the page shows what is missing."""
        for _ in range(READY_TRIES):
            with contextlib.suppress(httpx.HTTPError, ValueError, KeyError):
                await self._log_in()
                if any(event["selling"] and event["numbers_left"] for event in await self._get("/api/raffle/events")):
                    return
            await asyncio.sleep(READY_PAUSE_S)

    async def look(self) -> None:
        """Ask once; a unit that does not answer is not up."""
        try:
            if "authorization" not in self._http.headers:
                await self._log_in()
            sync, printer = await self._get("/api/sync/status"), await self._get("/api/devices/printer")
            virtual, totals = await self._get("/api/devices/virtual-printer"), await self._get("/api/raffle/totals")
            self.seen = Seen(
                up=True,
                waiting=sync["waiting"],
                printer=printer["state"],
                interrupted=printer["interrupted_job_id"] is not None,
                trouble=virtual["trouble"],
                paper=await self._paper(virtual["slips"]),
                sold={total["event_id"]: total["amount"]["minor"] for total in totals},
            )
        except (httpx.HTTPError, ValueError, KeyError):
            self._http.headers.pop("authorization", None)
            self.seen = msgspec.structs.replace(self.seen, up=False)

    async def _paper(self, slips: list[dict[str, Any]]) -> Paper:
        """The newest slip; its picture is fetched when it changed, for its size (PNG 11.2.2: IHDR)."""
        if not slips:
            return Paper()
        slip = slips[-1]
        newest = (slip["number"], len(slip["text"]), slip["torn"], slip["finished"])
        if newest == self._newest:
            return self.seen.paper
        picture = (await self._http.get(slip["picture"])).raise_for_status().content
        width, height = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
        self._newest = newest
        return Paper(f"/paper/{self.role.key}/{slip['number']}.png?{height}", width, height, slip["torn"])

    async def _log_in(self) -> None:
        person = self.role.staff[0]
        answer = await self._http.post("/api/identity/sessions", json={"name": person.name, "pin": person.pin})
        self._http.headers["authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"

    async def _get(self, path: str) -> Any:
        return (await self._http.get(path)).raise_for_status().json()
