"""The first walk as a script tries it: a whole house, real processes, real lines, the figures to the cent."""

import json
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.support.demo import (
    PROGRAM,
    RunningDemo,
    Till,
    free_base_port,
    remove,
    still_there,
    wait_for,
)

PAPER_ENDS = ("rovers.example/5050", "TRAINING")
OVERLAPPING_LEASE = """
insert into raffle.raffle_lease select org_id, node_id, epoch, branch, gen_random_uuid(), gen_random_uuid(), event_id,
    holder_id, holder_epoch, last_number, last_number + 5 from raffle.raffle_lease limit 1
"""
OVERLAPPING_RANGE = """
insert into raffle.raffle_range select org_id, node_id, epoch, branch, lease_id, lease_first, lease_last,
    first_number + 1, last_number, event_id, sale_seq from raffle.raffle_range where last_number > first_number limit 1
"""


@pytest.fixture
def handheld(demo: RunningDemo) -> Iterator[Till]:
    """RSU 12, whose line is up again afterwards."""
    till = demo.till("12")
    yield till
    till.connected(True)


def line_address(demo: RunningDemo, place: int) -> tuple[str, int]:
    """The hub as an edge sees it."""
    return "127.0.0.1", demo.base_port + 10 + place


def slips_of(till: Till, sale: dict[str, Any]) -> list[dict[str, Any]]:
    """The sale's tickets that came out whole; paper writes the validation number in fours."""
    whole = [slip for slip in till.slips() if slip["text"].endswith(PAPER_ENDS)]
    return [slip for slip in whole if sale["validation_number"] in slip["text"].replace("-", "")]


def test_the_one_line_of_json_names_everything_a_script_needs(demo: RunningDemo) -> None:
    said = demo.said
    assert set(said) == {"hub", "edges", "database"}
    assert set(said["hub"]["admin"]) == {"login", "password"}
    assert sorted(edge["kind"] for edge in said["edges"]) == ["rsu", "rsu", "venue"]
    for edge in said["edges"]:
        assert set(edge) == {"name", "kind", "url", "staff", "printer", "scanner", "line"}
        assert all(set(one) == {"name", "role", "pin"} and len(one["pin"]) == 6 for one in edge["staff"])
        assert httpx.get(edge["printer"], trust_env=False).status_code == 200
        assert httpx.get(edge["line"], trust_env=False).json() == {"connected": True}


def test_a_sale_over_the_api_gives_change_and_its_ticket_comes_out(demo: RunningDemo) -> None:
    till = demo.till("07")
    sale = till.sell(received_minor=20_00)
    assert (sale["amount"]["minor"], sale["change"]["minor"], sale["voided"]) == (10_00, 10_00, False)
    paper = wait_for("the ticket on paper", lambda: slips_of(till, sale))
    picture = httpx.get(till.edge["url"] + paper[0]["picture"], trust_env=False)
    assert picture.content.startswith(b"\x89PNG")


def test_the_same_order_sent_twice_is_one_sale(demo: RunningDemo) -> None:
    till = demo.till("07")
    before, order = till.sold_minor(), till.offer(tickets=3)
    first, again = (till.http.post("/api/raffle/sales", json=order).json() for _ in range(2))
    assert (first["sale_id"], till.sold_minor() - before) == (again["sale_id"], 5_00)


def test_cutting_a_line_resets_its_connections_and_refuses_new_ones(demo: RunningDemo, handheld: Till) -> None:
    address = line_address(demo, 2)
    trusting = ssl.create_default_context(cafile=demo.folder / "hub" / "authority.pem")
    with trusting.wrap_socket(socket.create_connection(address, timeout=5), server_hostname=address[0]) as through:
        through.sendall(b"GET /nowhere HTTP/1.1\r\nhost: hub\r\n\r\n")
        assert through.recv(4_096).startswith(b"HTTP/1.1 ")
    with socket.create_connection(address, timeout=5) as beneath:  # TLS would take a reset for an end
        handheld.connected(False)
        with pytest.raises(ConnectionResetError):
            list(iter(lambda: beneath.recv(4_096), b""))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_twelve_sales_wait_while_the_line_is_cut_and_arrive_to_the_cent(demo: RunningDemo, handheld: Till) -> None:
    handheld.connected(True)
    handheld.connected(False)
    hub_before = demo.hub_minor()
    handheld.sell_many(12)
    assert handheld.get("/api/sync/status")["waiting"] == 12
    assert demo.hub_minor() == hub_before
    handheld.connected(True)
    assert handheld.waiting() == 0
    assert demo.hub_minor() == hub_before + 120_00
    for till in demo.tills():
        till.connected(True)
    assert demo.hub_minor() == demo.edges_minor()


def test_head_office_and_units_agree_in_every_column(demo: RunningDemo) -> None:
    demo.till("counter").sell(tickets=40, tender="card", reference="TERM 0017")
    for till in demo.tills():
        till.connected(True)
    event_id = demo.till("07").event()["event_id"]
    hub = [one for one in demo.hub("/api/raffle/totals")["units"] if one["event_id"] == event_id]
    edges = [one for till in demo.tills() for one in till.get("/api/raffle/totals") if one["event_id"] == event_id]
    assert len(hub) == len(edges) == 3
    for column in ("sale_count", "ticket_count"):
        assert sum(one[column] for one in hub) == sum(one[column] for one in edges)
    for column in ("amount", "cash"):
        assert sum(one[f"{column}_minor"] for one in hub) == sum(one[column]["minor"] for one in edges)


@pytest.mark.parametrize("statement", [OVERLAPPING_LEASE, OVERLAPPING_RANGE], ids=["lease", "range"])
def test_overlapping_numbers_written_by_hand_are_refused(demo: RunningDemo, statement: str) -> None:
    till = demo.till("07")
    till.sell()
    till.connected(True)
    with psycopg.connect(demo.said["database"]) as connection, pytest.raises(psycopg.IntegrityError) as refused:
        connection.execute(statement)
    assert refused.value.sqlstate == "23P01"


def test_a_training_sale_is_in_no_other_events_figures(demo: RunningDemo, handheld: Till) -> None:
    before = [one for till in demo.tills() for one in till.get("/api/raffle/totals")]
    real, hub_real, training = handheld.sold_minor(), demo.hub_minor(), demo.hub_minor(training=True)
    sale = handheld.sell(training=True)
    handheld.connected(True)
    assert (handheld.sold_minor(), demo.hub_minor()) == (real, hub_real)
    assert demo.hub_minor(training=True) == training + sale["amount"]["minor"]
    event_id = handheld.event(training=True)["event_id"]
    after = [one for till in demo.tills() for one in till.get("/api/raffle/totals") if one["event_id"] != event_id]
    assert after == [one for one in before if one["event_id"] != event_id]
    paper = wait_for("its paper", lambda: slips_of(handheld, sale))
    lines = paper[0]["text"].split()
    assert (lines[0], lines[-1]) == ("TRAINING", "TRAINING")


HUB_ACTS = {
    "/login": "/api/staff_access/sessions",
    "/logout": "/api/staff_access/sessions/current",
    "/events": "/api/raffle/events",
    "/events/{event_id}/activate": "/api/raffle/events/{event_id}/activate",
    "/events/{event_id}/close": "/api/raffle/events/{event_id}/close",
    "/people": "/api/identity/staff",
    "/people/{staff_id}/dismiss": "/api/identity/staff/{staff_id}",
}
EDGE_ACTS = {
    "/login": "/api/identity/sessions",
    "/logout": "/api/identity/sessions",
    "/sell": "/api/raffle/sales",
    "/sell/undo": "/api/raffle/sales/{sale_id}/undo",
    "/virtual-printer/trouble": "/api/devices/virtual-printer/trouble",
    "/more/training": "/api/raffle/sales",  # a script says in each order which event it is for
}


@pytest.mark.parametrize(("place", "acts"), [("hub", HUB_ACTS), ("07", EDGE_ACTS)], ids=["hub", "unit"])
def test_every_form_of_a_page_has_its_act_in_the_documented_api(
    demo: RunningDemo, place: str, acts: dict[str, str]
) -> None:
    base = demo.said["hub"]["url"] if place == "hub" else demo.edge(place)["url"]
    paths = httpx.get(f"{base}/schema/openapi.json", trust_env=False).raise_for_status().json()["paths"]
    assert all(set(paths[path]) & {"post", "delete"} for path in acts.values())
    side = Path(__file__).resolve().parents[2] / ("hub" if place == "hub" else "edge") / "web"
    forms = "".join(page.read_text() for page in side.rglob("*.html"))
    for act in acts:
        assert f'action="{act.partition("{")[0]}' in forms, f"no page sends {act}; forget it here"


def test_a_taken_port_is_one_sentence_with_the_way_out(demo: RunningDemo, tmp_path: Path) -> None:
    asked = [*PROGRAM, "--folder", str(tmp_path / "state"), "--base-port", str(demo.base_port), "--json"]
    ended = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    words = " ".join(ended.stderr.split())
    assert f"Port {demo.base_port} is taken." in words
    assert f"--base-port {demo.base_port + 100}" in words
    assert "Traceback" not in ended.stderr


class Remembered:
    """A demo of its own folder that sold while cut off, and then was asked to end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_base_port()
        first = self.started()
        till = first.till("07")
        till.connected(False)
        till.sell_many(3)
        self.said = first.said
        self.sold_minor, self.seq = first.edges_minor(), till.get("/api/sync/status")["seq"]
        self.family = first.family()
        self.exit_code = first.end(signal.SIGTERM)

    def started(self) -> RunningDemo:
        """The same demo again."""
        return RunningDemo(self.folder, self.port).wait_up()


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembered]:
    """Started, sold, ended; its state is there."""
    folder = tmp_path_factory.mktemp("demo") / "state"
    try:
        yield Remembered(folder)
    finally:
        remove(folder)


def test_a_demo_that_is_asked_to_end_leaves_no_process(remembered: Remembered) -> None:
    assert remembered.exit_code == 0
    assert len(remembered.family) > 5
    assert still_there(remembered.family) == []


def test_a_demo_goes_on_where_it_was_even_after_it_was_killed(remembered: Remembered) -> None:
    killed = remembered.started()
    family = killed.family()
    try:
        assert without_lease(killed.said) == without_lease(remembered.said)
        wait_for("what waited has arrived", lambda: killed.hub_minor() == remembered.sold_minor)
        killed.till("07").sell()
    finally:
        killed.end(signal.SIGKILL)
    assert len(still_there(family)) > 3
    again = remembered.started()
    try:
        assert not set(still_there(family)) & set(family[1:5]), "what was left running is stopped"
        assert without_lease(again.said) == without_lease(remembered.said)
        wait_for("nothing is lost", lambda: again.hub_minor() == remembered.sold_minor + 10_00)
        assert again.edges_minor() == remembered.sold_minor + 10_00
        family = again.family()
    finally:
        code = again.end(signal.SIGINT)
    assert (code, still_there(family)) == (0, [])


def without_lease(said: dict[str, Any]) -> str:
    """What a demo said, without the port that its database got this time."""
    return json.dumps([said["hub"], said["edges"], urlsplit(said["database"]).query])
