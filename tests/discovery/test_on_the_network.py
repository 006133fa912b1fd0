"""Nodes and printers on a network of real sockets: heard within seconds, gone when they go, and floods harm nobody."""

import asyncio
import random
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest

from edge.devices.lines.address import Tcp, parse_line
from edge.discovery.found import Around, look_around
from edge.discovery.nodes import Neighbourhood, neighbourhood
from edge.discovery.printers import IPP
from edge.discovery.services import SERVICES_MAX
from hub.runtime.announce import announced, hub_interfaces
from hub.runtime.entrance import Entrance
from hub.runtime.settings import HubSettings
from shared.nearby.mdns import chosen_interfaces, machine_interfaces
from shared.nearby.signs import MARK_LETTERS, EdgeSign
from tests.discovery.air import LOOPBACK, ears, flood, garbage, shout
from tests.support.sync import until
from tests.support.tls import authority

pytestmark = pytest.mark.anyio
ENTRANCE = Entrance("https://hub.example", authority().pem)
HUB_PORT = 8_411
UNIT = EdgeSign(uuid4(), "rsu", "R07")
GONE = "198.51.100.77"


@pytest.fixture
def anyio_backend() -> str:
    """asyncio, as everywhere."""
    return "asyncio"


def settings(discovery: Literal["on", "off"] = "on") -> HubSettings:
    """A hub that is told to this machine alone."""
    return HubSettings(port=HUB_PORT, discovery_interfaces=(LOOPBACK,), discovery=discovery)


async def seen(unit: Neighbourhood, folder: Path) -> set[tuple[str, str, str]]:
    """What stands on the page of found things: kind, title, line."""
    found = await look_around(Around(folder, folder, list, unit.browse))
    assert all(text.isprintable() for one in found for text in (one.title, one.line, one.how))
    return {(one.kind, one.title, one.line) for one in found}


async def test_a_unit_hears_its_hub_and_another_unit_and_they_can_be_seen(tmp_path: Path) -> None:
    hub_id, other = uuid4(), EdgeSign(uuid4(), "venue", "C01-OWN")
    unit, second = ears(), ears()
    try:
        async with announced(settings(), hub_id, ENTRANCE), second.announcing(other, host=LOOPBACK, port=8_441):
            await until(lambda: unit.find_hub(hub_id), "the hub to be heard")
            assert await unit.find_hub(hub_id) == (f"https://{LOOPBACK}:{HUB_PORT}",)
            mark = ENTRANCE.fingerprint[:MARK_LETTERS]
            both = {
                ("edge", "Counter C01-OWN", f"{LOOPBACK}:8441"),
                ("hub", f"Hub {mark}", f"https://{LOOPBACK}:{HUB_PORT}"),
            }

            async def stand_on_the_page() -> bool:
                return both <= await seen(unit, tmp_path)

            await until(stand_on_the_page, "hub and counter to be seen")
            assert other.code not in str(await seen(second, tmp_path)), "nobody finds himself"
            assert (hub_id, mark) in {(hub.sign.node_id, hub.sign.mark) for hub in await unit.hubs()}
        assert await unit.find_hub(hub_id) == (), "it said goodbye"
    finally:
        await asyncio.gather(unit.close(), second.close())


async def test_a_hub_that_is_to_be_silent_says_nothing() -> None:
    hub_id, unit = uuid4(), ears()
    try:
        async with announced(settings("off"), hub_id, ENTRANCE):
            await asyncio.sleep(0.2)
            assert await unit.find_hub(hub_id) == ()
    finally:
        await unit.close()


def test_a_hub_is_told_only_on_interfaces_where_it_listens() -> None:
    assert hub_interfaces(HubSettings()) == (LOOPBACK,)
    assert hub_interfaces(HubSettings(discovery="off")) == ()
    assert hub_interfaces(HubSettings(tls="off")) == ()
    assert hub_interfaces(HubSettings(host="198.51.100.77")) == ()
    assert hub_interfaces(HubSettings(host="0.0.0.0")) == machine_interfaces()
    assert hub_interfaces(HubSettings(host="0.0.0.0", discovery_interfaces=(LOOPBACK, "198.51.100.77"))) == (LOOPBACK,)


async def test_a_unit_whose_discovery_is_off_hears_nobody_and_says_nothing() -> None:
    assert chosen_interfaces(on=False, named=(LOOPBACK,)) == ()
    async with neighbourhood(on=False) as unit, unit.announcing(UNIT, host="0.0.0.0", port=1):
        assert await unit.hubs() == ()
        assert await unit.find_hub(uuid4()) == ()


async def test_an_interface_that_went_away_keeps_nobody_from_serving() -> None:
    async with neighbourhood(on=True, named=(GONE,)) as unit, unit.announcing(UNIT, host="0.0.0.0", port=1):
        assert await unit.hubs() == ()
    now = [GONE]
    changing, hub_id = Neighbourhood(lambda: now), uuid4()
    try:
        async with announced(settings(), hub_id, ENTRANCE):
            assert await changing.find_hub(hub_id) == (), "nothing is heard there"
            now[:] = [LOOPBACK]
            await until(lambda: changing.find_hub(hub_id), "the hub to be heard on the interface of now")
    finally:
        await changing.close()


async def test_a_flood_of_lies_is_a_short_list_and_hides_no_hub(tmp_path: Path) -> None:
    hub_id, unit, chance = uuid4(), ears(), random.Random(5)

    async def lie() -> None:
        for _ in range(3):
            await asyncio.to_thread(shout, [*garbage(chance, 200), *flood(IPP, 1_000)])
            await asyncio.sleep(0.2)

    try:
        async with announced(settings(), hub_id, ENTRANCE):
            await until(lambda: unit.find_hub(hub_id), "the hub to be heard")
            lying = asyncio.create_task(lie())
            found = await seen(unit, tmp_path)
            await lying
            lies = [line for kind, _, line in found if kind == "printer"]
            assert len(lies) <= SERVICES_MAX
            assert all(isinstance(parse_line(line), Tcp) for line in lies)
            await until(lambda: unit.find_hub(hub_id), "the hub to be heard beside the flood")

            async def is_seen() -> bool:
                return f"https://{LOOPBACK}:{HUB_PORT}" in {line for _, _, line in await seen(unit, tmp_path)}

            await until(is_seen, "the hub to be seen beside the flood")
    finally:
        await unit.close()
