"""Enrolling by page and by command: a unit that belongs to nobody shows one field; a stopped one is enrolled anew."""

import asyncio
import re
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from click.testing import CliRunner

from edge.runtime.console import edge
from edge.runtime.enrol import is_enrolled
from edge.runtime.enrol_app import enrol_app
from edge.runtime.holds import set_hold
from edge.runtime.membership import read_membership
from edge.runtime.settings import Settings
from edge.runtime.world import World
from edge.sync.hub_word import keep_certificate
from hub.sync.enrol import Room, open_pairing
from shared.domain.identity.queries import UNITS
from shared.journal.keyfile import read_keys
from shared.kernel.clock import DAY_MS
from tests.support.clock import RunningClock
from tests.support.hub import RunningHub
from tests.support.sync import at_entrance, on_air
from tests.support.unit import PAGE, Desk, at_the_unit


class Small:
    """The small site of a unit that is not enrolled, and how often it said that it is done."""

    def __init__(self, folder: Path, hub_url: str | None = None) -> None:
        self.settings = Settings(folder=folder, hub_url=hub_url)
        self.done: list[str] = []
        world = World(clock=RunningClock())
        app = enrol_app(self.settings, world, lambda: self.done.append("done"))
        transport = httpx.ASGITransport(app=cast(Any, app))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://till.test")

    async def enter(self, code: str) -> httpx.Response:
        """Type a code and press the button."""
        return await self.client.post("/enrol", data={"code": code}, headers=PAGE, follow_redirects=False)


async def make_code(running: RunningHub, port: int, venue_id: UUID, *, code: str = "R07", enable: bool = True) -> str:
    """What the hub's page would show."""
    room = Room(venue_id=venue_id, kind="rsu", code=code, name=f"RSU {code[1:]}", enable=enable)
    made = await open_pairing(at_entrance(running.hub, port), running.org_id, room, actor=None)
    return made.text()


def test_every_address_of_a_new_unit_leads_to_the_one_field(tmp_path: Path) -> None:
    async def scene() -> None:
        small = Small(tmp_path)
        async with small.client as client:
            for address in ("/", "/sell", "/login", "/more/clock"):
                answer = await client.get(address, headers=PAGE, follow_redirects=False)
                assert (answer.status_code, answer.headers["location"]) == (303, "/enrol"), address
            page = await client.get("/enrol", headers=PAGE)
            assert (page.status_code, page.headers["tillhouse-enrolling"]) == (200, "yes")
            assert "data-scan-field" in page.text
            assert "style=" not in page.text
            assert "default-src 'self'" in page.headers["content-security-policy"]
            foreign = await client.post("/enrol", data={"code": "x"}, headers={"origin": "http://elsewhere.test"})
            assert foreign.status_code == 403

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("typed", "hub_url", "status", "sentence"),
    [
        ("", None, 422, "scan it, or paste it here"),
        ("7KQ4 M2XT 9BVD 0HZF", None, 422, "the hub is not known yet"),
        ("7KQ4 M2XT", "https://127.0.0.1:9", 422, "16 letters"),
        ("TH1*https://hub.example*beef*7KQ4M2XT9BVD0HZF", None, 422, "its fingerprint is damaged"),
        ("TH1*http://hub.example**7KQ4M2XT9BVD0HZF", None, 409, "is no address for a hub"),
        ("TH1*http://127.0.0.1:9**7KQ4M2XT9BVD0HZF", None, 503, "try the whole code again"),
        ("x" * 2_000, None, 422, "longer than any pairing code"),
        ("\x00", None, 422, "the hub is not known yet"),
    ],
)
def test_what_is_no_good_code_is_a_sentence_and_stays_in_the_field(
    tmp_path: Path, typed: str, hub_url: str | None, status: int, sentence: str
) -> None:
    async def scene() -> None:
        small = Small(tmp_path, hub_url)
        async with small.client:
            answer = await small.enter(typed)
        assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
        assert answer.headers["hx-push-url"] == "/enrol"
        assert f'value="{typed[:100]}' in answer.text
        assert not small.done
        assert not is_enrolled(small.settings)

    asyncio.run(scene())


@pytest.mark.anyio
async def test_a_good_code_makes_this_the_unit_and_a_used_one_does_not(running: RunningHub, tmp_path: Path) -> None:
    venue_id = await running.venue()
    async with on_air(running) as air:
        text = await make_code(running, air.port, venue_id)
        first, second = Small(tmp_path / "one"), Small(tmp_path / "two")
        for small in (first, second):
            small.settings.folder.mkdir()
        async with first.client, second.client:
            answer = await first.enter(f"  {text}\r\n")
            assert (answer.status_code, "This is RSU 07." in answer.text) == (200, True), answer.text
            assert 'data-until-up="/login"' in answer.text
            again = await second.enter(text)
            assert (again.status_code, "The code for R07 was used" in again.text) == (409, True), again.text
        assert (first.done, second.done) == (["done"], [])
        keys = read_keys(first.settings.key_file)
        member = read_membership(first.settings.membership_file, node_id=keys.node_id)
        assert (member.unit.code, member.hub_url) == ("R07", air.url)
        units = await running.hub.many(running.org_id, UNITS)
        assert [(unit.unit_id, unit.state) for unit in units] == [(keys.node_id, "enabled")]


@pytest.mark.anyio
async def test_sixteen_letters_are_enough_where_the_hub_is_known(running: RunningHub, tmp_path: Path) -> None:
    venue_id = await running.venue()
    async with on_air(running) as air:
        text = await make_code(running, air.port, venue_id)
        small = Small(tmp_path, air.url)
        async with small.client as client:
            page = await client.get("/enrol", headers=PAGE)
            assert "type its 16 letters" in page.text
            # Whom to trust there only the whole code says: without it a public authority must vouch.
            assert (await small.enter(text[-16:].lower())).status_code == 503
            assert (await small.enter(text)).status_code == 200


@pytest.mark.anyio
async def test_the_command_reads_the_code_from_stdin(running: RunningHub, tmp_path: Path) -> None:
    venue_id = await running.venue()
    folder = tmp_path / "unit"
    async with on_air(running) as air:
        text = await make_code(running, air.port, venue_id)
        said = await asyncio.to_thread(
            CliRunner().invoke, edge, ["enrol", "--folder", str(folder), "-"], input=text + "\n"
        )
        assert said.exit_code == 0, (said.output, said.exception)
        assert "RSU 07 (R07) is enrolled, epoch 1." in said.output
        used = await asyncio.to_thread(CliRunner().invoke, edge, ["enrol", "--folder", str(tmp_path / "b"), text])
        assert "The code for R07 was used" in str(used.exception)


def test_a_seller_does_not_enrol_a_running_unit_and_a_supervisor_does(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        assert (await desk.page("/enrol")).status_code == 403
        assert "/enrol" not in (await desk.page("/more")).text
        await desk.log_in("Ines Duarte")
        assert "Enrol RSU 07 anew" in (await desk.page("/enrol")).text
        assert 'href="/enrol"' in (await desk.page("/more")).text
        refused = await desk.page("/enrol", code="7KQ4")
        assert (refused.status_code, 'value="7KQ4"' in refused.text) == (422, True)
        desk.client.cookies.clear()
        asked = await desk.page("/enrol")
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?back=%2Fenrol")

    at_the_unit(scene, tmp_path)


@pytest.mark.parametrize(
    ("cause", "detail", "words", "anew"),
    [
        ("hub", "disabled", "Head office disabled this unit.", False),
        ("hub", "forked", "Two histories of this unit exist.", True),
        ("hub", "revoked", "Head office revoked this unit.", True),
        ("witness", "behind", "memory is older than its own record.", True),
    ],
)
def test_a_stopped_unit_says_why_and_only_the_lost_ones_enrol_without_a_pin(
    tmp_path: Path, cause: str, detail: str, words: str, anew: bool
) -> None:
    async def scene(desk: Desk) -> None:
        await desk.unit.writer.write(lambda db: set_hold(db, cause, detail, desk.clock.wall_ms))
        sell = (await desk.page("/sell")).text.replace("&#39;", "'")
        assert (words in sell, "unit stopped" in sell) == (True, True)
        assert ('href="/enrol"' in sell) is anew
        assert (await desk.sell()).status_code == 409
        desk.client.cookies.clear()
        asked = await desk.page("/enrol")
        assert asked.status_code == (200 if anew else 303)
        assert ("Units, Add a unit." in asked.text) is (detail == "revoked"), "a revoked unit has no code of its own"
        assert ('href="/enrol"' in (await desk.page("/login")).text) is anew

    at_the_unit(scene, tmp_path)


def test_a_certificate_that_ends_soon_is_said_beforehand_and_one_that_ended_stops(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        until_ms = desk.clock.wall_ms + 3 * DAY_MS - 1
        await desk.unit.writer.write(lambda db: keep_certificate(db, b"c", until_ms, desk.clock.wall_ms))
        text = (await desk.page("/sell")).text
        assert "certificate ends in 3 days" in text
        assert "unit stopped" not in text
        await desk.unit.writer.write(lambda db: keep_certificate(db, b"c", desk.clock.wall_ms - 1, desk.clock.wall_ms))
        text = (await desk.page("/sell")).text.replace("&#39;", "'")
        assert re.search(r"certificate has ended.*unit stopped", text, re.DOTALL)

    at_the_unit(scene, tmp_path)
