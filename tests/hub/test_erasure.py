"""Erasing a person: the key goes everywhere and for good; what was sold stays; a restore does not bring it back."""

import asyncio
import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from edge.runtime.database import migrate
from edge.sync.parcels import parcel_for
from hub.office.persons.service import erase_again, erase_person, export_person, ids_beside, ids_of_phone
from hub.runtime.app import HubApp
from hub.runtime.erased_log import ErasedLog, Erasure
from hub.runtime.hub import Hub, open_hub
from hub.runtime.people import PersonKeyBroken
from hub.sync.parcels import take_parcel
from shared.domain.persons.errors import UnknownPerson
from shared.domain.slices import ALL
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys
from shared.journal.vault import PersonKey
from shared.pipeline.replay import replay_journal
from tests.support.hub import RunningHub
from tests.support.hub_web import add_login, browsing, log_in
from tests.support.sync import Edge, OnAir, on_air, until

pytestmark = pytest.mark.anyio
PHONE, OTHER = "+447700900123", "+447700900456"


async def rows(hub: Hub, org_id: UUID, text: str) -> list[tuple[Any, ...]]:
    async with hub.bus.tenant(org_id) as connection:
        found = await (await connection.execute(text.encode())).fetchall()
    return [tuple(row) for row in found]


async def keys_at_hub(running: RunningHub) -> int:
    return len(await rows(running.hub, running.org_id, "select person_id from vault.person"))


async def keys_on(edge: Edge) -> list[UUID]:
    return [UUID(bytes=row[0]) for row in await edge.reader.values("SELECT person_id FROM vault_person")]


async def noted(air: OnAir, *phones: str) -> Edge:
    """A handheld that sold a package to each of these and sent everything."""
    running = air.running
    venue, seller = await running.venue(), await running.staff("Mara")
    event = await running.event(venue)
    edge = await air.edge(venue)
    await edge.ready(event)
    await until(lambda: not edge.contacts.why_not, "the contact key")
    for phone in phones:
        await edge.sell(event, seller, phone=phone)
    await edge.level()
    await until(lambda: told(running, len(set(phones))), "the keys at the hub")
    return edge


async def told(running: RunningHub, count: int) -> bool:
    return await keys_at_hub(running) == count


async def erase(running: RunningHub, hub: Hub, phone: str = PHONE) -> list[UUID]:
    person_ids = await ids_of_phone(hub, running.org_id, phone)
    await erase_person(hub, running.org_id, person_ids, command_id=uuid4())
    return person_ids


async def test_an_erased_phone_opens_nowhere_and_the_sale_stays(running: RunningHub) -> None:
    async with on_air(running) as air:
        edge = await noted(air, PHONE, OTHER)
        [person] = await erase(running, running.hub)
        assert await keys_at_hub(running) == 1
        held = await export_person(running.hub, running.org_id, await ids_beside(running.hub, running.org_id, person))
        assert (held.state, held.phones, [sale.phone for sale in held.sales]) == ("erased", [], ["erased"])
        assert held.sales[0].amount_minor == 1_000
        with pytest.raises(UnknownPerson):
            await ids_of_phone(running.hub, running.org_id, PHONE)
        edge.link.poke()
        await until(lambda: alone(edge, person), "the unit to lose the key with the next page")


async def alone(edge: Edge, person: UUID) -> bool:
    return person not in await keys_on(edge) and len(await keys_on(edge)) == 1


async def test_a_replay_of_the_journal_brings_back_the_sale_and_no_key(running: RunningHub, tmp_path: Path) -> None:
    async with on_air(running) as air:
        edge = await noted(air, PHONE)
        [person] = await erase(running, running.hub)
        edge.link.poke()
        await until(lambda: emptied(edge), "the unit to lose the key")
        fresh = tmp_path / "replayed.db"
        migrate(fresh)
        with closing(sqlite3.connect(edge.path)) as source, closing(sqlite3.connect(fresh)) as into:
            replay_journal(source, into, ALL, edge.owner)
            into.commit()
            kept = source.execute("SELECT person_id, sealed_phone FROM raffle_buyer").fetchall()
            again = into.execute("SELECT person_id, sealed_phone FROM raffle_buyer").fetchall()
            assert again == kept == [(person.bytes, kept[0][1])]
            assert into.execute("SELECT count(*) FROM vault_person").fetchone() == (0,)


async def emptied(edge: Edge) -> bool:
    return await keys_on(edge) == []


async def test_a_key_that_comes_after_the_erasure_is_not_taken(running: RunningHub) -> None:
    async with on_air(running) as air:
        edge = await noted(air, PHONE)
        key = edge.keys.node_key()
        late = await parcel_for(edge.reader, edge.owner, 1, 99, hub_seal_key=running.hub.key.seal_public, key=key)
        await erase(running, running.hub)
        assert late is not None
        assert await take_parcel(running.hub, edge.owner, late)
        assert await keys_at_hub(running) == 0


async def test_a_key_and_an_erasure_that_come_together_end_without_the_key(running: RunningHub) -> None:
    hub, owner = running.hub, Owner(running.org_id, uuid4(), 1)
    for _ in range(10):
        one = PersonKey(uuid4(), uuid4().bytes, chance_bytes(32))
        await asyncio.gather(
            took(hub, owner, one),
            erase_person(hub, running.org_id, [one.person_id], command_id=uuid4()),
            took(hub, owner, one),
        )
    assert await keys_at_hub(running) == 0


async def took(hub: Hub, owner: Owner, one: PersonKey) -> None:
    async with hub.bus.tenant(owner.org_id) as connection:
        await hub.people.take(connection, owner, [one], 1)


async def test_one_order_erases_every_id_that_the_phone_has_and_a_second_changes_nothing(running: RunningHub) -> None:
    hub, org_id = running.hub, running.org_id
    digest = chance_bytes(16)
    people = [PersonKey(uuid4(), digest, chance_bytes(32)) for _ in range(3)]
    for one in people:
        await took(hub, Owner(org_id, uuid4(), 1), one)
    same = await ids_beside(hub, org_id, people[0].person_id)
    assert set(same) == {one.person_id for one in people}
    await erase_person(hub, org_id, same, command_id=uuid4())
    before = await rows(hub, org_id, "select seq from journal.entry order by seq")
    await erase_person(hub, org_id, same, command_id=uuid4())
    assert await rows(hub, org_id, "select seq from journal.entry order by seq") == before
    assert await keys_at_hub(running) == 0


async def test_a_restored_database_is_erased_again_by_the_log_beside_it(running: RunningHub, tmp_path: Path) -> None:
    log = ErasedLog(tmp_path / "erased.log")
    async with open_hub(running.address, running.keys, running.clock, erased=log) as hub:
        one, owner = PersonKey(uuid4(), chance_bytes(16), chance_bytes(32)), Owner(running.org_id, uuid4(), 1)
        await took(hub, owner, one)
        await erase_person(hub, running.org_id, [one.person_id], command_id=uuid4())
        assert log.read() == [Erasure(running.org_id, one.person_id, running.clock.wall_ms)]
        await forget_erasure(hub, running.org_id)
        await took(hub, owner, one)
        assert await keys_at_hub(running) == 1, "so it is after last night's backup came back"
        running.clock.forward(1_000)
        assert await erase_again(hub, log) == 1
        assert await keys_at_hub(running) == 0
        await took(hub, owner, one)
        assert await erase_again(hub, log) == 1
        assert (await keys_at_hub(running), len(log.read())) == (0, 1)


async def forget_erasure(hub: Hub, org_id: UUID) -> None:
    async with hub.bus.tenant(org_id) as connection:
        await connection.execute(b"delete from persons.persons_erased")


def test_the_log_outlives_a_power_cut_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "erased.log"
    log, org_id, one, two = ErasedLog(path), uuid4(), uuid4(), uuid4()
    assert log.read() == []
    log.append(Erasure(org_id, one, 1))
    with path.open("a") as file:
        file.write(f"{org_id} {str(two)[:9]}")
    log.append(Erasure(org_id, two, 2))
    log.append(Erasure(org_id, one, 3))
    assert log.read() == [Erasure(org_id, one, 1), Erasure(org_id, two, 2)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_failed_erasure_leaves_the_key_and_only_a_line_in_the_log(running: RunningHub, tmp_path: Path) -> None:
    log = ErasedLog(tmp_path / "gone" / "erased.log")
    async with open_hub(running.address, running.keys, running.clock, erased=log) as hub:
        one = PersonKey(uuid4(), chance_bytes(16), chance_bytes(32))
        await took(hub, Owner(running.org_id, uuid4(), 1), one)
        with pytest.raises(OSError, match="gone"):
            await erase_person(hub, running.org_id, [one.person_id], command_id=uuid4())
        assert await keys_at_hub(running) == 1
        assert await rows(hub, running.org_id, "select person_id from persons.persons_erased") == []


async def test_a_key_sealed_under_another_key_file_is_named_and_not_taken_for_erased(running: RunningHub) -> None:
    owner, one = Owner(running.org_id, uuid4(), 1), PersonKey(uuid4(), chance_bytes(16), chance_bytes(32))
    await took(running.hub, owner, one)
    keys = running.keys
    other = Keys(keys.node_id, keys.sign_seed, keys.seal_seed, "77" * 32)
    async with open_hub(running.address, other, running.clock) as hub, hub.bus.tenant(running.org_id) as connection:
        with pytest.raises(PersonKeyBroken):
            await hub.people.key_of(connection, owner, one.person_id)
    async with running.hub.bus.tenant(running.org_id) as connection:
        assert await running.hub.people.key_of(connection, owner, one.person_id) == one.key


async def test_another_organisation_finds_nobody(running: RunningHub) -> None:
    one = PersonKey(uuid4(), chance_bytes(16), chance_bytes(32))
    await took(running.hub, Owner(running.org_id, uuid4(), 1), one)
    lions = await running.found()
    with pytest.raises(UnknownPerson):
        await ids_beside(running.hub, lions, one.person_id)
    await erase_person(running.hub, lions, [one.person_id], command_id=uuid4())
    assert await keys_at_hub(running) == 1
    assert running.hub.keyring.contact_key(lions) != running.hub.keyring.contact_key(running.org_id)


async def test_an_admin_finds_exports_and_erases_by_the_api(running: RunningHub, ada: httpx.AsyncClient) -> None:
    async with on_air(running) as air:
        await noted(air, PHONE)
    found = await ada.post("/api/persons/find", json={"phone": "07700 900123"})
    assert found.status_code == 200, found.text
    [person] = found.json()["person_ids"]
    assert found.json()["phones"] == [PHONE]
    assert (await ada.get(f"/api/persons/{person}")).json() == found.json()
    order = {"command_id": str(uuid4())}
    for _ in range(2):
        erased = await ada.post(f"/api/persons/{person}/erase", json=order)
        assert (erased.status_code, erased.json()["state"], erased.json()["phones"]) == (200, "erased", [])
    nobody = await ada.post("/api/persons/find", json={"phone": PHONE})
    assert (nobody.status_code, nobody.json()["code"]) == (409, "persons.unknown")
    assert (await ada.post("/api/persons/find", json={"phone": "call me"})).status_code == 422
    assert (await ada.get(f"/api/persons/{uuid4()}")).json()["code"] == "persons.unknown"


@pytest.mark.parametrize("role", ["manager", "supervisor", "auditor", "seller"])
async def test_nobody_but_owners_and_admins_may_look_people_up(running: RunningHub, app: HubApp, role: str) -> None:
    await add_login(running, role, "eve")
    async with browsing(app) as client:
        await log_in(client, "eve")
        tries = [
            await client.post("/api/persons/find", json={"phone": PHONE}),
            await client.get(f"/api/persons/{uuid4()}"),
            await client.post(f"/api/persons/{uuid4()}/erase"),
        ]
    assert [answer.status_code for answer in tries] == [403] * 3


async def test_a_person_is_handed_out_and_erased_by_command(running: RunningHub, tmp_path: Path) -> None:
    async with on_air(running) as air:
        await noted(air, PHONE)
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "hub.key").write_bytes((running.folder / "hub.key").read_bytes())
    (folder / "address.json").write_text(json.dumps(address_of(running)))
    file = tmp_path / "person.json"

    async def said(*words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "shared.console.main", "hub", "person", "--folder", str(folder), *words]
        return await asyncio.to_thread(
            subprocess.run, command, input=typed, capture_output=True, text=True, timeout=60, check=False
        )

    exported = await said("--phone", "-", "export", str(file), typed="07700 900123\n")
    assert exported.returncode == 0, exported.stderr
    held = json.loads(file.read_text())
    assert (held["phones"], len(held["sales"]), stat.S_IMODE(file.stat().st_mode)) == ([PHONE], 1, 0o600)
    [person] = held["person_ids"]
    assert "cannot be made" in (await said("--id", person, "export", str(file))).stderr
    assert "say --yes" in (await said("--id", person, "erase")).stderr
    assert "one of them" in (await said("--id", person, "--phone", PHONE, "erase", "--yes")).stderr
    done = await said("--id", person, "erase", "--yes")
    assert done.returncode == 0, done.stderr
    assert await keys_at_hub(running) == 0
    assert [one.person_id for one in ErasedLog(folder / "erased.log").read()] == [UUID(person)]


def address_of(running: RunningHub) -> Any:
    return msgspec.json.decode(msgspec.json.encode(running.address))
