"""What happens to a unit's devices is known at head office: real edge, real hub, real upload."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from hub.runtime.hub import open_hub
from hub.sync.late import project_late
from hub.sync.receive import receive
from shared.domain.devices.commands import (
    AddDevice,
    NoteDeviceTrouble,
    NoteDeviceWell,
    NoteSlipConfirmed,
    NoteSlipReprinted,
    OpenDrawer,
    RemoveDevice,
    ServeDevice,
)
from shared.domain.devices.errors import DrawerReasonNeeded, SupervisorNeeded
from shared.domain.devices.facts import DeviceAdded
from shared.domain.devices.manifest import FACTS, ROWS
from shared.domain.devices.queries_page import (
    INVENTORY,
    OPENINGS_BETWEEN,
    OPENINGS_COUNTED,
    OPENINGS_SHOWN,
    SLIPS_BETWEEN,
    TROUBLES_BETWEEN,
    TROUBLES_COUNTED,
    TROUBLES_NOW,
)
from shared.pipeline.command import Command
from shared.pipeline.postgres_applier import table_name
from shared.pipeline.queries import Query
from shared.pipeline.tables import fields_of
from tests.support.hub import RunningHub
from tests.support.journals import journal_of
from tests.support.sync import Edge, on_air
from tests.sync.test_late import before

pytestmark = pytest.mark.anyio
EVER: dict[str, Any] = {"from_ms": 0, "to_ms": 2**50, "most": 100}


def add(kind: str, line: str, **more: Any) -> AddDevice:
    return AddDevice(command_id=uuid4(), kind=kind, name=f"The {kind}", profile="virtual-80", line=line, **more)


async def does(edge: Edge, command: Command) -> UUID:
    """Carry it out twice, as after a lost answer; the id of what it was about."""
    first = await edge.writer.handle(command)
    again = await edge.writer.handle(command)
    assert [one.seq for one in again] == [one.seq for one in first]
    edge.link.poke()
    return first[0].envelope.entity


async def same_rows(running: RunningHub, edge: Edge) -> None:
    """Every row of the unit's devices is the same on both sides, and there are some of each kind."""
    for kind in ROWS:
        names = ", ".join(fields_of(kind))
        here = await edge.reader.values(f"SELECT {names} FROM {kind.TABLE.full_name}")
        async with running.hub.bus.tenant(running.org_id) as connection:
            cursor = await connection.execute(f"select {names} from {table_name(kind)}".encode())
            there = [tuple(map(_plain, row)) for row in await cursor.fetchall()]
        assert sorted(here, key=repr) == sorted(there, key=repr), kind
        assert here, kind


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.bytes
    return int(value) if isinstance(value, bool) else value


async def test_an_evening_with_a_printer_and_a_drawer_is_the_same_at_head_office(running: RunningHub) -> None:
    async def asked(query: Query[Any], **params: Any) -> list[Any]:
        await edge.level()
        found: list[Any] = await running.hub.many(running.org_id, query, **params)
        return found

    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        printer = await does(edge, add("printer", "tcp:10.0.0.7:9100", roles=("ticket",)))
        drawer = await does(edge, add("drawer", "none"))
        sale, job = (await edge.sell(event, seller)).body.sale_id, uuid4()
        opened = OpenDrawer(command_id=uuid4(), actor=seller, device_id=drawer, sale_id=sale)
        await does(edge, opened)
        with pytest.raises(DrawerReasonNeeded):
            await edge.writer.handle(msgspec.structs.replace(opened, command_id=uuid4()))
        await does(edge, NoteDeviceTrouble(command_id=uuid4(), device_id=printer, trouble="paper_out", job_id=job))
        [trouble] = await asked(TROUBLES_NOW)
        assert (trouble.device_id, trouble.trouble, trouble.job_id) == (printer, "paper_out", job)
        await does(edge, NoteDeviceWell(command_id=uuid4(), device_id=printer))
        slip = NoteSlipReprinted(command_id=uuid4(), actor=seller, job_id=job, entity_id=sale, role="ticket")
        await does(edge, slip)
        assert await asked(TROUBLES_NOW) == []
        [ended], [count] = await asked(TROUBLES_BETWEEN, **EVER), await asked(TROUBLES_COUNTED, since_ms=0)
        assert (ended.since_ms, count.count, count.ended_ms) == (trouble.since_ms, 1, ended.ended_ms)
        [reprint], [opening] = await asked(SLIPS_BETWEEN, **EVER), await asked(OPENINGS_BETWEEN, **EVER)
        assert (reprint.what, reprint.entity_id, reprint.person_id, reprint.times) == ("reprinted", sale, seller, 1)
        assert (opening.sale_id, opening.opened_by, opening.reason) == (sale, seller, "")
        assert {(one.device_id, one.roles_text) for one in await asked(INVENTORY, most=9)} == {
            (printer, "ticket"), (drawer, "")
        }  # fmt: skip
        await does(edge, ServeDevice(command_id=uuid4(), actor=seller, device_id=drawer, on=False))
        confirmed = NoteSlipConfirmed(command_id=uuid4(), actor=seller, job_id=uuid4(), entity_id=sale, role="ticket")
        await does(edge, confirmed)
        assert [one.what for one in await asked(SLIPS_BETWEEN, **EVER)] == ["confirmed", "reprinted"]
        out = {one.device_id: (one.out_since_ms is not None, one.out_by) for one in await asked(INVENTORY, most=9)}
        assert out == {printer: (False, None), drawer: (True, seller)}
        [shown] = await asked(OPENINGS_SHOWN, **EVER)
        assert (shown.sale_id, shown.ticket_count, shown.currency) == (sale, 10, "USD")
        [counted] = await asked(OPENINGS_COUNTED, since_ms=0)
        assert (counted.device_id, counted.count, counted.without_sale) == (drawer, 1, 0)
        await does(edge, RemoveDevice(command_id=uuid4(), device_id=printer))
        assert [one.device_id for one in await asked(INVENTORY, most=9)] == [drawer]
        await same_rows(running, edge)


async def test_the_roles_that_a_unit_knows_from_head_office_decide_who_prints_a_counterfoil_again(
    running: RunningHub,
) -> None:
    async with on_air(running) as air:
        venue, seller = await running.venue(), await running.staff("Mara")
        ines = await running.staff("Ines", role="supervisor")
        event = await running.event(venue)
        edge = await air.edge(venue)
        await edge.ready(event)
        order = NoteSlipReprinted(
            command_id=uuid4(), actor=seller, job_id=uuid4(), entity_id=uuid4(), role="counterfoil"
        )
        with pytest.raises(SupervisorNeeded):
            await edge.writer.handle(order)
        [entry] = await edge.writer.handle(msgspec.structs.replace(order, actor=ines))
        assert entry.envelope.actor == ines


async def test_a_hub_of_before_keeps_what_units_say_of_their_devices_and_shows_it_after_its_upgrade(
    running: RunningHub,
) -> None:
    card = await journal_of(running, sales=1)
    device = DeviceAdded(
        device_id=uuid4(), kind="lamp", name="Till light", profile="unheard-of", line="usb:1", roles=("glow",),
        fallback_id=None, firmware="",
    )  # fmt: skip
    card.add(device)
    async with open_hub(running.address, running.keys, running.clock, slices=before(*FACTS)) as old:
        await receive(old, card.session, card.bundle())
        assert await old.many(running.org_id, INVENTORY, most=9) == []
    assert await project_late(running.hub) == 1
    [shown] = await running.hub.many(running.org_id, INVENTORY, most=9)
    assert (shown.device_id, shown.kind, shown.roles_text) == (device.device_id, "lamp", "glow")
