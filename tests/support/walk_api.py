"""The HTTP API of a handheld as a script uses it: log in with a PIN, sell the first package for cash."""

import uuid
from typing import Any

import httpx

from tests.support.limits import WAIT_S_MAX


def _answer(response: httpx.Response) -> Any:
    response.raise_for_status()
    return response.json()


def sell_once(demo: dict[str, Any]) -> str:
    """One cash sale on the first handheld of a running demo; the draw numbers as the API writes them."""
    edge = next(edge for edge in demo["edges"] if edge["kind"] == "rsu")
    seller = next(person for person in edge["staff"] if person["role"] == "seller")
    with httpx.Client(base_url=edge["url"], timeout=WAIT_S_MAX) as till:
        _answer(till.post("/api/identity/sessions", json={"name": seller["name"], "pin": seller["pin"]}))
        event = next(event for event in _answer(till.get("/api/raffle/events")) if not event["training"])
        package = event["packages"][0]
        order = {
            "command_id": str(uuid.uuid4()),
            "event_id": event["event_id"],
            "package_id": package["package_id"],
            "tender": "cash",
        }
        sale = _answer(till.post("/api/raffle/sales", json=order))
    return str(sale["draw_numbers"])
