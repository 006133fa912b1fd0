"""Devices of all venues at head office: what each unit has, what is in trouble, what went wrong in seven days."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from hub.runtime.tenant import tenant
from shared.domain.devices.rows import DeviceRow, DeviceTroubleRow, DrawerOpeningRow, SlipRow
from shared.domain.identity.commands import RevokeUnit
from shared.domain.raffle.rows import SaleRow
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS
from shared.pipeline.changes import Put, Row
from shared.pipeline.postgres_applier import apply
from tests.hub.test_units_pages import page
from tests.support.hub import RunningHub
from tests.support.rows import a_report

pytestmark = pytest.mark.anyio


async def put(running: RunningHub, *rows: Row) -> None:
    async with tenant(running.hub.pool, running.org_id) as connection:
        await apply(connection, map(Put, rows))


async def device(running: RunningHub, unit: Keys, name: str, **other: Any) -> DeviceRow:
    """A printer of tickets, unless `other` says otherwise."""
    fields: dict[str, Any] = {
        "kind": "printer", "profile": "epson-tm-t88v", "line": "tcp:10.0.0.7:9100", "roles": "ticket,receipt",
        "fallback_id": None, "firmware": "30.21 ESC/POS", "in_use": True, "epoch": 1,
    } | other  # fmt: skip
    owner = Owner(running.org_id, unit.node_id, fields.pop("epoch"))
    row = DeviceRow(owner=owner, device_id=uuid4(), name=name, **fields)
    await put(running, row)
    return row


async def trouble(
    running: RunningHub, of: DeviceRow, word: str, *, ago_ms: int, lasted_ms: int | None = None
) -> DeviceTroubleRow:
    """A trouble that began so long ago, and is open unless it lasted."""
    since_ms = running.clock.wall_ms - ago_ms
    row = DeviceTroubleRow(
        owner=of.owner, trouble_id=uuid4(), device_id=of.device_id, trouble=word, since_ms=since_ms,
        ended_ms=None if lasted_ms is None else since_ms + lasted_ms, job_id=None, seq=9,
    )  # fmt: skip
    await put(running, row)
    return row


async def a_bar(running: RunningHub, code: str = "R07", *, heard: bool = True) -> tuple[Keys, DeviceRow]:
    """A handheld with a printer."""
    unit = await running.unit(await running.venue(f"Venue of {code}"), code)
    if heard:
        await a_report(running, unit)
    return unit, await device(running, unit, f"Printer of {code}")


async def test_a_device_is_shown_with_model_unit_venue_roles_firmware_and_state(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    for address in ("/devices", "/devices?show=trouble"):
        assert "No device yet." in await page(ada, running, address)
    unit, bar = await a_bar(running)
    await device(running, unit, "Old printer", in_use=False)
    assert "No device is in trouble." in await page(ada, running, "/devices?show=trouble")
    said = await page(ada, running, "/devices")
    assert "Printer of R07 Epson TM-T88V RSU 07 Venue of R07 Works No trouble in 7 days" in said
    assert "Tickets, receipts 30.21 ESC/POS No minimum known" in said
    assert "Old printer" not in said
    await trouble(running, bar, "paper_out", ago_ms=3 * HOUR_MS, lasted_ms=MINUTE_MS)
    assert "Works Paper out until 08:07 1 1 paper out" in await page(ada, running, "/devices")
    assert (await ada.get("/devices?show=nonsense")).status_code == 422


async def test_what_is_in_trouble_stands_first_and_alone_behind_its_filter(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    await a_bar(running, "R01")
    _, broken = await a_bar(running, "R09")
    await trouble(running, broken, "interrupted", ago_ms=7 * MINUTE_MS)
    await trouble(running, broken, "paper_out", ago_ms=6 * MINUTE_MS)
    await trouble(running, broken, "paper_out", ago_ms=DAY_MS, lasted_ms=1)
    await trouble(running, broken, "absent", ago_ms=8 * DAY_MS, lasted_ms=1)
    said = await page(ada, running, "/devices")
    assert "All 2 In trouble 1" in said
    assert said.index("Printer of R09") < said.index("Printer of R01")
    assert "Paper out for 6 min, slip cut short 3 2 paper out, 1 slip cut short Tickets" in said
    alone = await page(ada, running, "/devices?show=trouble")
    assert "Printer of R09" in alone
    assert "Printer of R01" not in alone


async def test_the_state_of_a_unit_out_of_reach_is_as_old_as_it_says(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    _, bar = await a_bar(running)
    await a_bar(running, "R02", heard=False)
    await trouble(running, bar, "cover_open", ago_ms=MINUTE_MS)
    running.clock.forward(HOUR_MS)
    said = await page(ada, running, "/devices")
    assert "Cover open at 11:06" in said
    assert "Works Its unit was never heard" in said


async def test_devices_of_former_epochs_and_of_revoked_units_are_gone_from_the_list(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit, bar = await a_bar(running)
    await trouble(running, bar, "absent", ago_ms=MINUTE_MS)
    await device(running, unit, "Printer of now", epoch=2)
    said = await page(ada, running, "/devices")
    assert "Printer of now" in said
    assert "Printer of R07" not in said
    assert "Not connected" not in said
    await running.do(RevokeUnit(command_id=uuid4(), unit_id=unit.node_id, reason="lost"))
    assert "No device yet." in await page(ada, running, "/devices")


async def test_what_only_a_newer_unit_knows_is_shown_as_it_was_told(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit, _ = await a_bar(running)
    lamp = await device(running, unit, "Till light", kind="lamp", profile="acme-lamp", roles="glow", firmware="")
    await trouble(running, lamp, "bulb_dead", ago_ms=MINUTE_MS)
    said = await page(ada, running, "/devices?show=trouble")
    assert "Till light acme-lamp" in said
    assert "Bulb dead for 1 min 1 1 bulb dead Glow –" in said


async def test_slips_and_drawers_say_who_and_why_for_all_units_and_for_one(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit, bar = await a_bar(running)
    other, _ = await a_bar(running, "R02")
    ines = await running.staff("Ines Duarte", role="supervisor")
    now = running.clock.wall_ms
    of: dict[str, Any] = {"owner": bar.owner, "device_id": bar.device_id}
    slip: dict[str, Any] = of | {"job_id": uuid4(), "entity_id": uuid4(), "role": "counterfoil", "at_ms": now}
    await put(
        running,
        SlipRow(**slip, seq=3, what="reprinted", reason="torn", person_id=ines, times=2),
        SlipRow(**(slip | {"role": "ticket"}), seq=4, what="reprinted", reason="", person_id=None, times=1),
        SlipRow(
            **(slip | {"at_ms": now - 8 * DAY_MS}), seq=5, what="voided", reason="long ago", person_id=ines, times=0
        ),
        DrawerOpeningRow(**of, seq=6, sale_id=None, reason="change for 50", opened_by=ines, at_ms=now),
        DrawerOpeningRow(**of, seq=7, sale_id=uuid4(), reason="", opened_by=ines, at_ms=now),
    )
    said = await page(ada, running, "/devices")
    assert "RSU 07 Counterfoil printed again, time 2 Ines Duarte torn" in said
    assert "Ticket printed again The unit, by rule –" in said
    assert "Drawer opened without a cash sale Ines Duarte change for 50" in said
    assert said.count("Drawer opened") == 1, "a cash sale opens it without being news"
    assert "long ago" not in said
    assert "torn" not in await page(ada, running, f"/devices?unit={other.node_id}")
    assert 'href="/devices"' in (await ada.get("/units")).text
    mine = f"/devices?unit={unit.node_id}"
    assert f'href="{mine}"' in (await ada.get(f"/units/{unit.node_id}")).text
    there = (await ada.get(mine)).text
    assert "Devices of RSU 07" in there
    assert "torn" in there
    assert f'href="/units/{unit.node_id}"' in there
    assert "Printer of R02" not in there
    assert (await ada.get(f"/devices?unit={uuid4()}")).status_code == 404


async def test_every_opening_of_a_drawer_says_who_and_why_or_with_which_sale(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit, _ = await a_bar(running)
    till = await device(running, unit, "Till drawer", kind="drawer", profile="printer-driven", roles="", firmware="")
    assert "Openings of drawers" not in await page(ada, running, "/devices")
    mara, now = await running.staff("Mara Kovač"), running.clock.wall_ms
    of: dict[str, Any] = {"owner": till.owner, "device_id": till.device_id, "opened_by": mara}
    sale = SaleRow(
        owner=till.owner, seq=6, sale_id=uuid4(), event_id=uuid4(), package_id=uuid4(), seller_id=mara,
        ticket_count=10, amount_minor=1_000, currency="USD", tender="cash", received_minor=1_000, reference="",
        validation_number="V", sold_ms=now, chain="9F3A C41E",
    )  # fmt: skip
    await put(
        running,
        sale,
        DrawerOpeningRow(**of, seq=7, sale_id=sale.sale_id, reason="", at_ms=now),
        DrawerOpeningRow(**of, seq=8, sale_id=uuid4(), reason="", at_ms=now - MINUTE_MS),
        DrawerOpeningRow(**of, seq=9, sale_id=None, reason="Give change", at_ms=now - 2 * MINUTE_MS),
    )
    said = await page(ada, running, "/devices")
    assert "Till drawer Mara Kovač Sale: 10 tickets, $10" in said
    assert "Till drawer Mara Kovač Sale 2" in said, "one whose sale did not arrive"
    assert "Till drawer Mara Kovač Give change" in said
    gone = DrawerOpeningRow(**(of | {"device_id": uuid4()}), seq=10, sale_id=None, reason="Empty it", at_ms=now)
    await put(running, gone)
    assert "A drawer out of use Mara Kovač Empty it" in await page(ada, running, f"/devices?unit={unit.node_id}")
    far, _ = await a_bar(running, "R08")
    elsewhere = await device(running, far, "Other", kind="drawer", profile="printer-driven")
    other: dict[str, Any] = of | {"owner": elsewhere.owner, "device_id": elsewhere.device_id, "reason": "Rush"}
    busy = [DrawerOpeningRow(**other, seq=20 + place, sale_id=None, at_ms=now + place) for place in range(30)]
    await put(running, *busy)
    assert "Till drawer Mara Kovač Give change" in await page(ada, running, f"/devices?unit={unit.node_id}")
    assert "3 openings, 1 without a sale" in said
    [told] = [one for one in (await ada.get("/api/devices")).json() if one["name"] == "Till drawer"]
    assert (told["openings"], told["openings_without_sale"]) == (3, 1)


async def test_who_took_a_device_out_of_service_and_when_is_known_at_head_office(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit, bar = await a_bar(running)
    ines, since_ms = await running.staff("Ines Duarte", role="supervisor"), running.clock.wall_ms - HOUR_MS
    out: dict[str, Any] = {"out_since_ms": since_ms, "out_by": ines}
    await device(running, unit, "Spare scanner", kind="scanner", roles="", **out)
    assert "Out of service since 10:06, Ines Duarte" in await page(ada, running, f"/devices?unit={unit.node_id}")
    await put(running, msgspec.structs.replace(bar, **out))
    await trouble(running, bar, "disabled", ago_ms=HOUR_MS)
    assert (await page(ada, running, "/devices")).count("Out of service since 10:06, Ines Duarte") == 2
    [told] = [one for one in (await ada.get("/api/devices")).json() if one["kind"] == "printer"]
    assert (told["out_since_ms"], told["out_by"]) == (since_ms, str(ines))


async def test_the_api_tells_an_organisation_its_own_and_finds_incidents_by_time(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    unit, bar = await a_bar(running)
    began = await trouble(running, bar, "paper_out", ago_ms=HOUR_MS)
    running.clock.forward(1_000)
    [told] = (await ada.get("/api/devices")).json()
    assert told["unit_id"] == str(unit.node_id)
    assert told["roles"] == ["ticket", "receipt"]
    assert told["troubles"] == [{"trouble": "paper_out", "since_ms": began.since_ms, "job_id": None}]
    assert (told["incidents"], told["firmware_standing"], told["firmware_min"]) == ({"paper_out": 1}, "unknown", None)
    [found] = (await ada.get(f"/api/devices/troubles?from_ms={began.since_ms}")).json()
    assert (found["device_id"], found["ended_ms"]) == (str(bar.device_id), None)
    assert (await ada.get(f"/api/devices/troubles?to_ms={began.since_ms}")).json() == []
    for of in ("slips", "openings"):
        assert (await ada.get(f"/api/devices/{of}")).json() == []
    assert (await ada.get("/api/devices/troubles?most=0")).status_code == 422
    assert (await ada.get(f"/api/devices/troubles?from_ms={10**30}")).status_code == 422
    other = await running.found()
    row = DeviceRow(
        owner=Owner(other, UUID(int=5), 1), device_id=uuid4(), kind="printer", name="Theirs", profile="virtual-80",
        line="virtual", roles="", fallback_id=None, firmware="", in_use=True,
    )  # fmt: skip
    async with tenant(running.hub.pool, other) as connection:
        await apply(connection, [Put(row)])
    assert len((await ada.get("/api/devices")).json()) == 1, "another organisation's are not shown"
    del ada.headers["authorization"]
    assert (await ada.get("/api/devices")).status_code == 401
