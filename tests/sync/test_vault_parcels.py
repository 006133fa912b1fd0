"""Keys of buyers on their way to the hub, over real HTTP: beside the bundle, once, in the dark, holding up nothing."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from structlog.testing import capture_logs

from edge.sync.hub_client import HubClient
from edge.sync.parcels import keys_sent, parcel_for, parcel_of, push_with_keys
from hub.office.persons.service import HeldPerson, export_person, ids_of_phone
from hub.sync.parcels import take_parcel
from hub.sync.receive import receive
from shared.journal.bundle import pack
from shared.journal.chain import Tip, entry_hash
from shared.journal.vault import PersonKey, pack_parcel
from tests.support.hub import RunningHub
from tests.support.sync import Edge, OnAir, on_air, until

pytestmark = pytest.mark.anyio
PHONE, OTHER = "+447700900123", "+447700900456"
DIGITS = b"7700900"
VAULT = "select node_id, person_id, digest, sealed_key from vault.person order by person_id"


async def fetched(air: OnAir, text: str) -> list[tuple[Any, ...]]:
    async with air.running.hub.bus.tenant(air.running.org_id) as connection:
        rows = await (await connection.execute(text.encode())).fetchall()
    return [tuple(row) for row in rows]


async def waiting(edge: Edge) -> int:
    rows = await edge.reader.values("SELECT count(*) FROM vault_person WHERE sent_ms IS NULL")
    return int(rows[0][0])


async def held(air: OnAir, phone: str) -> HeldPerson:
    hub, org_id = air.running.hub, air.running.org_id
    return await export_person(hub, org_id, await ids_of_phone(hub, org_id, phone))


async def scene(air: OnAir, *codes: str) -> tuple[UUID, UUID, list[Edge]]:
    """An event, a seller, and handhelds with numbers and the contact key."""
    running = air.running
    venue, seller = await running.venue(), await running.staff("Mara")
    event = await running.event(venue)
    edges = [await air.edge(venue, code) for code in codes]
    for edge in edges:
        await edge.ready(event)
        await until(partial(takes_phones, edge), "the contact key")
        await edge.level()
    return event, seller, edges


def takes_phones(edge: Edge) -> bool:
    return not edge.contacts.why_not


async def bundle_of(edge: Edge) -> bytes:
    """The whole journal as one bundle."""
    entries = await edge.entries()
    return pack(edge.owner, 1, entries, Tip(len(entries), entry_hash(entries[-1])), edge.keys.node_key())


async def test_a_phone_noted_at_a_stand_can_be_read_at_head_office(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        sale = await edge.sell(event, seller, phone=PHONE)
        await edge.sell(event, seller)
        await edge.level()
        found = await held(air, "07700 900123")
        assert (found.state, found.phones) == ("held", [PHONE])
        [sold] = found.sales
        assert (sold.sale_id, sold.unit, sold.amount_minor, sold.phone) == (sale.body.sale_id, "R07", 1_000, PHONE)
        assert sold.numbers == [(sale.body.ranges[0].first, sale.body.ranges[0].last)]
        assert await waiting(edge) == 0


async def test_one_phone_at_two_stands_is_shown_as_one_person_and_nothing_is_merged(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [one, two] = await scene(air, "R07", "R12")
        for edge in (one, two, two):
            await edge.sell(event, seller, phone=PHONE)
        await two.sell(event, seller, phone=OTHER)
        await one.level()
        await two.level()
        found = await held(air, PHONE)
        assert (len(found.person_ids), len(found.sales), found.phones) == (2, 3, [PHONE])
        assert len(await fetched(air, VAULT)) == 3
        assert len({row[2] for row in await fetched(air, VAULT)}) == 2


async def test_keys_taken_offline_come_with_their_bundles_when_the_line_is_back(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        await edge.line.cut()
        for place in range(5):
            await edge.sell(event, seller, phone=f"+4477009001{place:02}")
        assert await waiting(edge) == 5
        await edge.line.connect()
        await edge.level()
        assert (await waiting(edge), len(await fetched(air, VAULT))) == (0, 5)


async def test_no_key_no_phone_and_no_digest_is_seen_on_the_way_or_at_rest(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        with capture_logs() as logged:
            await edge.sell(event, seller, phone=PHONE)
            parcel = await parcel_for(
                edge.reader, edge.owner, 1, 99, hub_seal_key=air.running.hub.key.seal_public, key=edge.keys.node_key()
            )
            await edge.level()
        assert parcel is not None
        [(digest, key)] = await edge.reader.values("SELECT digest, key FROM vault_person")
        [(_, _, at_hub, sealed_key)] = await fetched(air, VAULT)
        assert bytes(at_hub) == digest
        entries = [bytes(row[0]) for row in await fetched(air, "select data from journal.entry")]
        seen = [
            parcel,
            await bundle_of(edge),
            bytes(sealed_key),
            *entries,
            *await edge.entries(),
            repr(logged).encode(),
        ]
        for secret in (key, DIGITS):
            assert [data for data in seen if secret in data] == []
        assert [data for data in [parcel, *entries] if digest in data] == []


async def test_the_same_parcel_twice_changes_nothing(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        await edge.sell(event, seller, phone=PHONE)
        await edge.level()
        before = await fetched(air, VAULT)
        client = await proven(air, edge)
        ready = await parcel_of(
            edge.reader, edge.owner, 1, 99, hub_seal_key=air.running.hub.key.seal_public, key=edge.keys.node_key()
        )
        assert ready is not None, "the keys of a bundle's people go with it every time"
        for _ in range(2):
            answer = await push_with_keys(client, edge.writer, await bundle_of(edge), ready, 1)
            assert (answer.seq, answer.keys_kept) == (edge.writer.tip.seq, True)
        assert await fetched(air, VAULT) == before


async def proven(air: OnAir, edge: Edge) -> HubClient:
    client = await air.client(edge.keys)
    client.session = air.running.hub.key.document(
        "tillhouse/session/v1", msgspec.msgpack.encode(air.running.session(edge.owner))
    )
    return client


async def test_a_parcel_that_cannot_be_read_holds_up_no_sale_and_its_keys_wait(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        await edge.line.cut()
        await edge.sell(event, seller, phone=PHONE)
        client = await proven(air, edge)
        bad = await parcel_of(
            edge.reader, edge.owner, 1, 99, hub_seal_key=edge.keys.node_key().seal_public, key=edge.keys.node_key()
        )
        assert bad is not None
        answer = await push_with_keys(client, edge.writer, await bundle_of(edge), bad, 1)
        assert (answer.seq, answer.keys_kept) == (edge.writer.tip.seq, False)
        assert (await waiting(edge), await fetched(air, VAULT)) == (1, [])
        await edge.line.connect()
        await edge.sell(event, seller)
        await edge.level()
        assert (await waiting(edge), len(await fetched(air, VAULT))) == (0, 1)


async def test_a_hub_of_the_first_release_gets_bundles_alone_and_the_keys_wait_for_a_newer_one(
    running: RunningHub,
) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        await edge.line.cut()
        await edge.sell(event, seller, phone=PHONE)
        nothing = await parcel_of(edge.reader, edge.owner, 1, 99, hub_seal_key=b"", key=edge.keys.node_key())
        assert nothing is None
        await receive(air.running.hub, air.running.session(edge.owner), await bundle_of(edge))
        assert (await waiting(edge), await fetched(air, VAULT)) == (1, [])
        await edge.line.connect()
        await edge.sell(event, seller)
        await edge.level()
        assert (await held(air, PHONE)).phones == [PHONE]


async def test_a_restored_hub_gets_the_keys_back_with_the_entries(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        await edge.sell(event, seller, phone=PHONE)
        await edge.level()
        async with air.running.hub.bus.tenant(air.running.org_id) as connection:
            await connection.execute(b"delete from vault.person")
        assert await waiting(edge) == 0
        ready = await parcel_of(
            edge.reader, edge.owner, 1, 99, hub_seal_key=air.running.hub.key.seal_public, key=edge.keys.node_key()
        )
        assert ready is not None
        assert await take_parcel(air.running.hub, edge.owner, ready.data)
        assert (await held(air, PHONE)).phones == [PHONE]


async def test_a_unit_cannot_put_another_key_in_the_place_of_one_that_is_there(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [one, two] = await scene(air, "R07", "R12")
        await one.sell(event, seller, phone=PHONE)
        await one.level()
        [(_, person_id, digest, _)] = await fetched(air, VAULT)
        wrong = [PersonKey(person_id, bytes(digest), b"w" * 32)]
        for edge in (one, two):
            forged = pack_parcel(
                wrong, owner=edge.owner, first=1, last=9, hub_seal_key=running.hub.key.seal_public,
                key=edge.keys.node_key(),
            )  # fmt: skip
            assert await take_parcel(air.running.hub, edge.owner, forged)
        assert (await held(air, PHONE)).phones == [PHONE]


async def test_a_phone_whose_key_has_not_come_says_so(running: RunningHub) -> None:
    async with on_air(running) as air:
        event, seller, [edge] = await scene(air, "R07")
        await edge.line.cut()
        await edge.sell(event, seller, phone=PHONE)
        [(person,)] = await edge.reader.values("SELECT person_id FROM vault_person")
        await receive(air.running.hub, air.running.session(edge.owner), await bundle_of(edge))
        found = await export_person(air.running.hub, air.running.org_id, [UUID(bytes=person)])
        assert (found.phones, [sale.phone for sale in found.sales]) == ([], ["its key has not come yet"])


async def test_a_parcel_for_people_that_nobody_noted_takes_little_and_shows_nobody(running: RunningHub) -> None:
    async with on_air(running) as air:
        _, _, [edge] = await scene(air, "R07")
        ghosts = [PersonKey(uuid4(), uuid4().bytes, b"g" * 32) for _ in range(50)]
        forged = pack_parcel(
            ghosts, owner=edge.owner, first=1, last=9, hub_seal_key=running.hub.key.seal_public,
            key=edge.keys.node_key(),
        )  # fmt: skip
        assert await take_parcel(air.running.hub, edge.owner, forged)
        found = await export_person(air.running.hub, air.running.org_id, [ghosts[0].person_id])
        assert found.sales == []
        await edge.writer.write(lambda db: keys_sent(db, (ghosts[0].person_id,), 1))
