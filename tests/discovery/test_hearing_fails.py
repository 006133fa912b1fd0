"""What nobody foresaw in the network's library costs a unit its ears for a moment, and nothing else."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from zeroconf import EventLoopBlocked, NotRunningException

from edge.discovery.found import Around, look_around
from edge.discovery.nodes import Neighbourhood
from edge.discovery.services import Service
from shared.nearby.mdns import Mdns, announcing
from shared.nearby.signs import HUB_SERVICE, HubSign
from tests.discovery.air import LOOPBACK, ears, here
from tests.support.sync import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """asyncio, as everywhere."""
    return "asyncio"


class Machine:
    """The addresses of a machine that gets into trouble, so often, when it is asked for them."""

    def __init__(self, errors: int) -> None:
        self.errors = errors

    def __call__(self) -> Sequence[str]:
        if self.errors:
            self.errors -= 1
            raise NotRunningException
        return here()


@pytest.mark.parametrize("error", [NotRunningException(), EventLoopBlocked(), OSError("no network"), KeyError("?")])
async def test_what_hangs_on_cables_is_shown_whatever_the_network_does(tmp_path: Path, error: Exception) -> None:
    async def browse(_kinds: Sequence[str]) -> Sequence[Service]:
        raise error

    node = tmp_path / "sys" / "class" / "input" / "event5" / "device"
    (node / "id").mkdir(parents=True)
    (node / "capabilities").mkdir()
    for name, said in (("id/bustype", "0003"), ("id/vendor", "0c2e"), ("id/product", "0200"), ("name", "Scanner")):
        (node / name).write_text(said)
    (node / "capabilities" / "key").write_text("ffffffffffffffff\n")
    with capture_logs() as told:
        (scanner,) = await look_around(Around(tmp_path / "sys", tmp_path / "dev", list, browse))
    assert (scanner.kind, scanner.title) == ("scanner", "Scanner")
    assert len(told) == 1


async def test_a_unit_that_cannot_hear_goes_on_without_and_hears_again_later() -> None:
    hub, unit, mouth = HubSign(uuid4()), Neighbourhood(Machine(errors=3)), Mdns(here)
    try:
        with capture_logs() as told:
            assert await unit.hubs() == ()
            assert await unit.find_hub(hub.node_id) == ()
            assert await unit.browse([HUB_SERVICE]) == ()
        assert [one["event"] for one in told] == 3 * ["nobody can be heard"]
        async with announcing(mouth, hub, host=LOOPBACK, port=8_411):
            await until(lambda: unit.find_hub(hub.node_id), "the hub to be heard")
    finally:
        await asyncio.gather(unit.close(), mouth.close())


async def test_an_announcement_that_failed_is_tried_again_until_it_is_heard() -> None:
    hub, unit, mouth = HubSign(uuid4()), ears(), Mdns(Machine(errors=2))
    try:
        with capture_logs() as told:
            async with announcing(mouth, hub, host=LOOPBACK, port=8_411):
                await until(lambda: unit.find_hub(hub.node_id), "the hub to be heard")
        waited = [one["in_s"] for one in told if one["event"].startswith("announcing failed")]
        assert waited == [0.5, 1.0]
    finally:
        await asyncio.gather(unit.close(), mouth.close())


async def test_sockets_that_ended_by_themselves_are_opened_anew() -> None:
    mouth = Mdns(here)
    first = await mouth.zeroconf()
    assert first is not None
    await first.async_close()
    second = await mouth.zeroconf()
    assert second is not None
    assert second is not first
    assert not second.zeroconf.done
    await mouth.close()
    assert second.zeroconf.done
