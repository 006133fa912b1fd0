"""An evening with programs of two versions: head office, one handheld, and how much each says was sold."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from hub.runtime.postgres_process import free_port
from shared.journal.clock import SystemClock
from tests.support.demo import Till, wait_for
from tests.versions.programs import Program

PASSWORD = "a long enough password"
SELLER = {"name": "Mara", "role": "seller", "pin": "731904"}
VENUE, UNIT = "Harbour Stand", ("--kind", "rsu", "--code", "R07", "--name", "RSU 07")
LEVEL_S_MAX = 60.0


class HeadOffice:
    """The hub's API to its admin."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=20)
        token = self._send("/api/staff_access/sessions", login="ada", password=PASSWORD)["token"]
        self._http.headers["authorization"] = f"Bearer {token}"

    def _send(self, path: str, **body: Any) -> Any:
        answer = self._http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.text[:300]}"
        return answer.json()

    def prepare(self) -> None:
        """A venue, a seller, an event that sells now."""
        venue = self._send("/api/identity/venues", name=VENUE, zone="Europe/London")["venue_id"]
        self._send("/api/identity/staff", **SELLER)
        now = datetime.fromtimestamp(SystemClock().now().wall_ms / 1_000, UTC)
        event = self._send(
            "/api/raffle/events", name="Home Opener 50/50", venue_id=venue,
            sales_close=(now + timedelta(hours=4)).isoformat(), draw=(now + timedelta(hours=5)).isoformat(),
            packages=[{"ticket_count": 3, "price": "5"}, {"ticket_count": 10, "price": "10"}],
        )["event_id"]  # fmt: skip
        self._send(f"/api/raffle/events/{event}/activate", command_id=str(uuid4()))

    def sold_minor(self) -> int:
        """What the hub counts, voids subtracted, in minor units."""
        events = self._http.get("/api/raffle/totals").raise_for_status().json()["events"]
        return sum(int(one["amount_minor"]) for one in events)


class House:
    """The folders of one evening, and the programs that open them, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        self.unit = folder / "unit"
        self._hub = folder / "hub"

    @contextmanager
    def hub(self, program: Program, *, tls: bool) -> Iterator[HeadOffice]:
        """The hub served by `program`, over plain HTTP on this machine; with `tls`, beside its own port."""
        port, beside = free_port(), free_port()
        words: list[str | Path] = ["hub", "serve", "--folder", self._hub, "--port", str(port)]
        words += ["--plain-port", str(beside)] if tls else []
        if not (self._hub / "hub.key").exists():
            self._found(program)
        url = f"http://127.0.0.1:{beside if tls else port}"
        with program.serving(words, url, self.folder / "hub.log"):
            yield HeadOffice(url)

    def _found(self, program: Program) -> None:
        program.run(
            "hub", "create-admin", "--folder", self._hub, "--organization", "Rovers", "--licence", "L-1",
            "--site", "rovers.example", "--login", "ada", "--name", "Ada", "--password-stdin", given=PASSWORD + "\n",
        )  # fmt: skip

    def join(self, program: Program) -> None:
        """Make the handheld known the way of 0.1.0: its keys to the hub, the hub's membership to the folder."""
        said = program.run("edge", "init", "--folder", self.unit)
        where = ("--folder", self._hub, "--venue", VENUE, *UNIT)
        membership = program.run("hub", "add-node", *where, "--identity", "-", given=said)
        assert json.loads(membership)["unit"]["code"] == "R07"
        program.run("edge", "join", "--folder", self.unit, "--membership", "-", given=membership)

    def enrol(self, program: Program) -> None:
        """Make the handheld known by a one-time code; the hub must serve."""
        code = program.run("hub", "pair", "--folder", self._hub, "--venue", VENUE, *UNIT, "--enable")
        program.run("edge", "enrol", "--folder", self.unit, "-", given=code)

    @contextmanager
    def handheld(self, program: Program, hub_url: str, folder: Path | None = None) -> Iterator[Till]:
        """The handheld served by `program`, with the seller logged in."""
        port = free_port()
        words: list[str | Path] = [
            "edge",
            "serve",
            "--folder",
            folder or self.unit,
            "--port",
            str(port),
            "--hub-url",
            hub_url,
        ]
        with program.serving(
            [*words, "--printer", "none"], f"http://127.0.0.1:{port}", self.folder / "unit.log"
        ) as url:
            wait_for("the seller is known", lambda: httpx.get(f"{url}/api/identity/staff", trust_env=False).json())
            till = Till({"name": "RSU 07", "url": url, "staff": [SELLER]})
            wait_for("numbers to sell", lambda: _numbers(till))
            yield till
            till.http.close()


def _numbers(till: Till) -> int:
    return sum(int(one["numbers_left"]) for one in till.get("/api/raffle/events") if not one["training"])


def sell_some(till: Till) -> int:
    """Four sales, one of them undone; what stays, in minor units."""
    kept = [till.sell(tickets=10), till.sell(tickets=3), till.sell(tickets=10, tender="card", reference="TERM 17")]
    undone = till.sell(tickets=3)
    address = f"/api/raffle/sales/{undone['sale_id']}/undo"
    till.http.post(address, json={"command_id": str(uuid4())}).raise_for_status()
    return sum(int(sale["amount"]["minor"]) for sale in kept)


def level(till: Till, office: HeadOffice, minor: int) -> None:
    """Until nothing waits, and both sides say so much was sold."""
    wait_for("nothing waits", lambda: till.get("/api/sync/status")["connected"] and till.waiting() == 0, LEVEL_S_MAX)
    wait_for(f"{minor} at the hub", lambda: office.sold_minor() == minor, LEVEL_S_MAX)
    assert till.sold_minor() == minor, (till.sold_minor(), minor)
