"""One simulated seller at one unit, over the unit's HTTP API: sells, undoes, and asks again when an answer is lost.

An order has its `command_id` from the beginning, so asking again is never a second sale. A unit that is not there
(its power is gone, it starts anew) is asked until it is; one that is out of numbers until its next lease has come.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import httpx

from shared.demo.cast import PACKAGES, Player
from shared.demo.faults import NoAnswer, SellerRefused
from shared.demo.script.plan import Order
from shared.demo.script.tally import Sale, Told, joined

AGAIN_S = 0.2
PATIENCE_S = 90.0
TIMEOUT_S = 30.0
MAY_PASS = {"raffle.no_numbers", "raffle.few_numbers"}
LEAVES = "http11.send_request_body.started"
"""What the HTTP client calls the moment at which an order leaves it."""
KILL_S = 0.004
"""A unit needs longer for a sale, and an order is written sooner."""


class Seller:
    """Somebody with a PIN at a unit; `told` collects every answer."""

    def __init__(self, name: str, url: str, player: Player, told: list[Told]) -> None:
        self._name = name
        self._player = player
        self._told = told
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=TIMEOUT_S)
        self._event_id = ""
        self._packages: dict[int, str] = {}

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def begin(self, event_id: str, numbers: int = 1) -> None:
        """Log in, and wait until the event has so many numbers here."""
        self._event_id = event_id
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            answer = await self._asked("GET", "/api/raffle/events")
            for event in answer.json():
                if event["event_id"] == event_id and event["selling"] and event["numbers_left"] >= numbers:
                    self._packages = {one["ticket_count"]: one["package_id"] for one in event["packages"]}
                    return
            await asyncio.sleep(AGAIN_S)
        raise NoAnswer(unit=self._name, seconds=int(PATIENCE_S), last="the event has too few numbers here")

    async def wait_closed(self) -> None:
        """Until the unit knows that the event's sale has ended."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            events = (await self._asked("GET", "/api/raffle/events")).json()
            if any(one["event_id"] == self._event_id and one["state"] == "closed" for one in events):
                return
            await asyncio.sleep(AGAIN_S)
        raise NoAnswer(unit=self._name, seconds=int(PATIENCE_S), last="the event is still open there")

    async def total_minor(self) -> int:
        """What the unit itself says that it sold of the event."""
        totals = (await self._asked("GET", "/api/raffle/totals")).json()
        return sum(int(one["amount"]["minor"]) for one in totals if one["event_id"] == self._event_id)

    async def serve(self, order: Order) -> None:
        """Sell, and undo at once where the plan says that the buyer changes their mind."""
        sale = self._note(order, await self._asked("POST", "/api/raffle/sales", self._form(order)))
        if order.undone:
            path = f"/api/raffle/sales/{sale.sale_id}/undo"
            self._note(order, await self._asked("POST", path, {"command_id": str(order.undo_id)}))

    async def serve_until(self, orders: Sequence[Order], kill: Callable[[], None]) -> int:
        """Send the orders at once and `kill` the unit right after the last has left; how many it did not answer.

        A thread kills: with twenty sellers at work this loop would come to it when all is answered.
        """
        left = len(orders)

        async def trace(name: str, _: Any) -> None:
            nonlocal left
            left -= name == LEAVES
            if name == LEAVES and not left:
                threading.Timer(KILL_S, kill).start()

        async def send(order: Order) -> bool:
            try:
                form = self._form(order)
                answer = await self._http.post("/api/raffle/sales", json=form, extensions={"trace": trace})
            except httpx.TransportError:
                return False
            if answer.status_code == 201:
                self._note(order, answer)
            return True

        return (await asyncio.gather(*map(send, orders))).count(False)

    def _form(self, order: Order) -> dict[str, Any]:
        form = {
            "command_id": str(order.command_id),
            "event_id": self._event_id,
            "package_id": self._packages[PACKAGES[order.package][0]],
            "tender": order.tender,
        }
        return form | {"reference": f"TERM {order.command_id.hex[:6]}"} if order.tender == "card" else form

    def _note(self, order: Order, answer: httpx.Response) -> Sale:
        said = answer.json()
        ranges = joined((first, last) for first, last in said["ranges"])
        sale = Sale(UUID(said["sale_id"]), ranges, said["amount"]["minor"], said["voided"])
        self._told.append(Told(order.command_id, sale))
        return sale

    async def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """The answer; asked again while the unit is away, logs in where its session ended, or waits for numbers."""
        until = time.monotonic() + PATIENCE_S
        last = "nothing"
        while time.monotonic() < until:
            try:
                if "authorization" not in self._http.headers:
                    await self._log_in()
                answer = await self._http.request(method, path, json=body)
            except httpx.TransportError as error:
                last = type(error).__name__
            else:
                if answer.status_code < 400:
                    return answer
                last = f"{answer.status_code} {answer.text[:200]}"
                if answer.status_code == 401:
                    self._http.headers.pop("authorization", None)
                elif answer.status_code < 500 and _code(answer) not in MAY_PASS:
                    raise SellerRefused(unit=self._name, said=last)
            await asyncio.sleep(AGAIN_S)
        raise NoAnswer(unit=self._name, seconds=int(PATIENCE_S), last=last)

    async def _log_in(self) -> None:
        """A session; without one the unit says 401 to the next request, as while it does not know its people yet."""
        body = {"name": self._player.name, "pin": self._player.pin}
        answer = await self._http.post("/api/identity/sessions", json=body)
        if answer.status_code == 201:
            self._http.headers["authorization"] = f"Bearer {answer.json()['token']}"


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", ""))
    except ValueError:
        return ""
