"""The hub decides: once per command id, and any number of hub processes as one writer."""

import asyncio
from itertools import pairwise
from uuid import uuid4

import pytest

from hub.runtime.hub import open_hub
from hub.runtime.keyring import NodeElsewhere
from shared.domain.identity.commands import OpenVenue
from shared.domain.identity.queries import UNITS
from shared.domain.raffle.commands import GrantLease
from shared.domain.raffle.facts import LeaseGranted
from shared.pipeline.decision import CommandReused
from tests.support.hub import RunningHub

pytestmark = pytest.mark.anyio


def _open(name: str) -> OpenVenue:
    return OpenVenue(command_id=uuid4(), name=name, place="Section D", zone="Europe/London")


async def test_the_same_order_twice_opens_one_venue(running: RunningHub) -> None:
    order = _open("Harbour Stand")
    first = await running.hub.bus.handle(running.org_id, order)
    again = await running.hub.bus.handle(running.org_id, order)
    assert [entry.hash for entry in again] == [entry.hash for entry in first]


async def test_one_command_id_with_another_order_is_refused(running: RunningHub) -> None:
    order = _open("Harbour Stand")
    await running.do(order)
    other = OpenVenue(command_id=order.command_id, name="Kingsway Hall", place="", zone="Europe/London")
    with pytest.raises(CommandReused):
        await running.do(other)


async def test_two_hub_processes_never_lease_one_number_twice(running: RunningHub) -> None:
    venue_id = await running.venue()
    units = [await running.unit(venue_id, code) for code in ("R01", "R02", "R03", "R04")]
    event_id = await running.event(venue_id)
    async with open_hub(running.address, running.keys, running.clock) as other:
        orders = [
            (hub, GrantLease(
                command_id=uuid4(), event_id=event_id, holder_id=unit.node_id, holder_epoch=1, request_id=uuid4()
            ))
            for unit in units
            for hub in (running.hub, other)
        ]  # fmt: skip
        answers = await asyncio.gather(*(hub.bus.handle(running.org_id, order) for hub, order in orders))
    leases = sorted((fact.first, fact.last) for [entry] in answers if isinstance(fact := entry.body, LeaseGranted))
    assert len(leases) == 8
    assert all(before[1] < after[0] for before, after in pairwise(leases))


async def test_a_unit_of_one_organisation_is_not_registered_for_another(running: RunningHub) -> None:
    keys = await running.unit(await running.venue())
    other_org = await running.found()
    other_venue = await running.venue("Kingsway Hall", other_org)
    with pytest.raises(NodeElsewhere):
        await running.unit(other_venue, keys=keys, org_id=other_org)
    assert await running.hub.many(other_org, UNITS) == []
