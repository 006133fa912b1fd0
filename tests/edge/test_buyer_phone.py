"""A buyer leaves a phone with the sale: sealed before it reaches the journal, found again, and nowhere in the clear."""

import asyncio
import hashlib
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from structlog.testing import capture_logs

from edge.runtime.contact_key import read_contact_key, store_contact_key
from edge.sync.parcels import keys_sent
from shared.domain.persons.rows import ErasedRow
from shared.journal.entry import Envelope
from shared.journal.vault import PHONE, open_text, phone_digest, seal_contact_key
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.pipeline.decision import command_digest
from shared.pipeline.queries import KeyAsk
from shared.pipeline.sqlite_journal import entries_behind
from tests.slices.raffle.counter import order
from tests.support.unit import Desk, Founded, found, running

CONTACT_KEY = b"c" * 32
TYPED, PHONE_READ, OTHER = "07700 900123", "+447700900123", "07700 900456"
DIGITS = (b"7700900123", b"7700 900123", b"07700900123", b"900123")


def at_a_unit_with_the_key(scene: Callable[[Desk], Awaitable[None]], folder: Path, **more: Any) -> None:
    """Run one scene at a unit that the hub gave the contact key."""

    async def play() -> None:
        founded = await found(folder, **more)
        store_contact_key(founded.settings.contact_key_file, founded.org_id, CONTACT_KEY)
        async with running(founded) as desk:
            name = "Ines Duarte" if more.get("kind") == "venue" else "Mara Kovač"
            assert (await desk.log_in(name)).status_code == 201
            await scene(desk)

    asyncio.run(play())


async def people(desk: Desk) -> list[tuple[UUID, bytes, bytes]]:
    rows = await desk.unit.reader.values("SELECT person_id, digest, key FROM vault_person ORDER BY person_id")
    return [(UUID(bytes=row[0]), row[1], row[2]) for row in rows]


async def buyers(desk: Desk) -> list[tuple[UUID, UUID, bytes]]:
    rows = await desk.unit.reader.values("SELECT sale_id, person_id, sealed_phone FROM raffle_buyer ORDER BY seq")
    return [(UUID(bytes=row[0]), UUID(bytes=row[1]), row[2]) for row in rows]


async def journal(desk: Desk) -> list[bytes]:
    return await desk.unit.writer.write(lambda db: entries_behind(db, desk.unit.owner, 0, 1_000))


def test_a_phone_is_noted_with_its_sale_and_opens_under_the_persons_key(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sale = await desk.sold(phone=TYPED)
        [(person_id, digest, key)] = await people(desk)
        [(sale_id, noted, sealed)] = await buyers(desk)
        assert (str(sale_id), noted) == (sale["sale_id"], person_id)
        assert digest == phone_digest(CONTACT_KEY, PHONE_READ)
        assert open_text(sealed, key, org=desk.unit.owner.org_id, person=person_id, purpose=PHONE) == PHONE_READ
        types = [decode(data, Envelope).type for data in await journal(desk)]
        assert types[-2:] == ["raffle.tickets_sold", "raffle.buyer_noted"]

    at_a_unit_with_the_key(scene, tmp_path)


def test_the_same_phone_is_the_same_person_however_it_is_typed_and_another_is_another(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        for typed in (TYPED, "+44 7700-900123", "0044 (0)7700 900123", OTHER):
            await desk.sold(phone=typed)
        noted = [person for _, person, _ in await buyers(desk)]
        assert len(set(noted[:3])) == 1
        assert noted[3] not in noted[:3]
        assert len(await people(desk)) == 2
        sealed = {found for _, _, found in await buyers(desk)}
        assert len(sealed) == 4, "the same phone never looks the same twice"

    at_a_unit_with_the_key(scene, tmp_path)


def test_sales_of_one_phone_that_come_together_note_one_person(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        answers = await asyncio.gather(*(desk.sell(0, phone=TYPED) for _ in range(8)))
        assert [answer.status_code for answer in answers] == [201] * 8
        assert len(await people(desk)) == 1
        assert len({person for _, person, _ in await buyers(desk)}) == 1

    at_a_unit_with_the_key(scene, tmp_path)


def test_an_order_sent_twice_is_one_sale_and_its_first_phone_stays(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        sent = desk.order(phone=TYPED)
        first = await desk.client.post("/api/raffle/sales", json=sent)
        again = await desk.client.post("/api/raffle/sales", json=sent)
        assert first.json()["sale_id"] == again.json()["sale_id"]
        changed = await desk.client.post("/api/raffle/sales", json=sent | {"phone": OTHER})
        assert changed.json()["sale_id"] == first.json()["sale_id"]
        assert len(await buyers(desk)) == 1
        assert [digest for _, digest, _ in await people(desk)] == [phone_digest(CONTACT_KEY, PHONE_READ)]
        other = await desk.client.post("/api/raffle/sales", json=sent | {"times": 2})
        assert (other.status_code, other.json()["code"]) == (409, "command.reused")

    at_a_unit_with_the_key(scene, tmp_path)


def test_what_is_kept_of_an_order_is_the_same_with_and_without_a_phone() -> None:
    plain = order()
    noted = msgspec.structs.replace(plain, contact=phone_digest(CONTACT_KEY, PHONE_READ))
    assert command_digest(plain) == command_digest(noted) != command_digest(order(times=2))
    before = {name: getattr(plain, name) for name in plain.__struct_fields__ if name != "contact"}
    assert command_digest(plain) == hashlib.sha256(plain.NAME.encode() + encode(before)).digest()[:8]


def test_most_sales_note_nobody(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        await desk.sold(phone="  ")
        assert (await buyers(desk), await people(desk)) == ([], [])

    at_a_unit_with_the_key(scene, tmp_path)


@pytest.mark.parametrize("typed", ["call me", "123", "+44 7700 900123 900123", "07700\x00900123"])
def test_what_is_no_phone_is_refused_sells_nothing_and_says_what_to_do(tmp_path: Path, typed: str) -> None:
    async def scene(desk: Desk) -> None:
        answer = await desk.sell(phone=typed)
        assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid")
        assert "leave it empty" in answer.json()["detail"]
        assert typed not in answer.text
        assert await desk.unit.reader.values("SELECT seq FROM raffle_sale") == []

    at_a_unit_with_the_key(scene, tmp_path)


def test_training_notes_nobody(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        [(package,)] = await desk.unit.reader.values(
            "SELECT package_id FROM raffle_package WHERE event_id = :event_id LIMIT 1",
            {"event_id": desk.founded.training_id},
        )
        named: dict[str, Any] = {"event_id": str(desk.founded.training_id), "package_id": str(UUID(bytes=package))}
        answer = await desk.sell(phone=TYPED, **named)
        assert answer.status_code == 422
        assert "training notes nobody" in answer.json()["detail"]

    at_a_unit_with_the_key(scene, tmp_path)


def test_before_the_hub_gave_the_key_no_phone_is_asked_for_and_more_says_why(tmp_path: Path) -> None:
    async def play() -> None:
        founded = await found(tmp_path)
        async with running(founded) as desk:
            await desk.log_in()
            package = founded.packages[1]
            page = f"/sell/pay?package={package}&times=1"
            assert 'name="phone"' not in (await desk.page(page)).text
            assert "After the next contact with the hub" in (await desk.page("/more")).text
            refused = await desk.sell(phone=TYPED)
            assert (refused.status_code, refused.json()["code"]) == (409, "raffle.no_phones_yet")
            assert (await desk.sell()).status_code == 201
            learn(desk, founded)
            assert 'name="phone"' in (await desk.page(page)).text
            assert "After the next contact with the hub" not in (await desk.page("/more")).text
            await desk.sold(phone=TYPED)
        kept = founded.settings.contact_key_file
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert read_contact_key(kept, founded.org_id) == CONTACT_KEY
        assert read_contact_key(kept, founded.venue_id) is None

    asyncio.run(play())


def learn(desk: Desk, founded: Founded) -> None:
    key = founded.keys.node_key()
    with pytest.raises(BadSignature):
        desk.unit.contacts.learn(seal_contact_key(CONTACT_KEY, founded.feeder, key.seal_public), key)
    desk.unit.contacts.learn(seal_contact_key(CONTACT_KEY, founded.owner, key.seal_public), key)


def test_the_page_keeps_the_phone_beside_the_sentence_and_enter_in_it_sells_nothing(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        form = desk.order() | {"times": "1", "tender": "cash", "received_minor": "2000", "phone": "12 34"}
        refused = await desk.page("/sell", **form)
        assert refused.status_code == 422
        assert 'value="12 34"' in refused.text
        first = refused.text.index("<button", refused.text.index('<form class="cash"'))
        assert refused.text[first:].startswith("<button disabled hidden>")
        sold = await desk.page("/sell", **(form | {"phone": TYPED}))
        assert sold.status_code == 303
        assert len(await buyers(desk)) == 1

    at_a_unit_with_the_key(scene, tmp_path)


@pytest.mark.parametrize("kind", ["rsu", "venue"])
def test_a_refused_phone_stands_at_its_field_in_every_way_to_pay_and_what_else_was_typed_stays(
    tmp_path: Path, kind: str
) -> None:
    async def scene(desk: Desk) -> None:
        typed = {"phone": "12 34", "times": "2"}
        for way in ({"tender": "cash", "received": "55.50"}, {"tender": "card", "reference": "A-77"}):
            refused = await desk.page("/sell", **(desk.order() | typed | way))
            form = refused.text.partition('<form class="cash')[2].partition("</form>")[0]
            assert refused.text.count('role="alert"') == form.count('role="alert"') == 1
            sentence, field = form.index('role="alert"'), form.index('name="phone"')
            assert 0 < field - sentence < 700, "the sentence stands right above its field"
            assert 'class="phone bad"' in form
            assert "data-key=" not in form, "no keys take the digits that are meant for the phone"
            assert f'value="{way.get("received") or way.get("reference")}"' in form
            assert 'name="times" value="2"' in form
        assert not await buyers(desk)

    at_a_unit_with_the_key(scene, tmp_path, kind=kind)


@pytest.mark.parametrize("kind", ["rsu", "venue"])
def test_each_way_to_pay_offers_the_phone_once(tmp_path: Path, kind: str) -> None:
    async def scene(desk: Desk) -> None:
        for step in ("cash", "other", "card"):
            page = await desk.page(f"/sell/pay?package={desk.founded.packages[0]}&times=1&step={step}")
            assert page.text.count('name="phone"') == 1

    at_a_unit_with_the_key(scene, tmp_path, kind=kind)


def test_the_phones_digits_stand_nowhere_in_files_paper_answers_or_logs(tmp_path: Path) -> None:
    logged: list[Any] = []
    seen: list[bytes] = []

    async def scene(desk: Desk) -> None:
        with capture_logs() as lines:
            sale = await desk.sold(phone=TYPED)
            await desk.page("/sell", **desk.order(), times="1", tender="cash", received_minor="1000", phone=TYPED)
            await desk.sell(phone=f"{TYPED} and more")
            seen.extend(paper.encode() for paper in await desk.until_paper(2))
            seen.extend(await journal(desk))
            for address in ("/sell", "/till", f"/lookup?q={sale['validation_number']}"):
                seen.append((await desk.page(address)).text.encode())
            seen.append(str(await desk.get(f"/api/raffle/sales/{sale['sale_id']}")).encode())
            logged.extend(lines)

    at_a_unit_with_the_key(scene, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "edge.db" for path in files)
    everything = [*seen, repr(logged).encode(), *(path.read_bytes() for path in files)]
    assert [digits for digits in DIGITS for data in everything if digits in data.replace(b"\xc2\xa0", b" ")] == []


def test_an_erased_person_is_gone_with_the_page_and_comes_back_as_somebody_new(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold(phone=TYPED)
        [(person_id, _, key)] = await people(desk)
        await desk.put(ErasedRow(owner=desk.founded.feeder, person_id=person_id, erased_ms=desk.clock.wall_ms))
        assert await people(desk) == []
        await desk.sold(phone=TYPED)
        [(new_id, _, new_key)] = await people(desk)
        assert new_id != person_id
        assert new_key != key
        assert len({person for _, person, _ in await buyers(desk)}) == 2

    at_a_unit_with_the_key(scene, tmp_path)


def test_an_erased_key_is_not_left_in_the_files_free_pages(tmp_path: Path) -> None:
    keys: list[bytes] = []

    async def scene(desk: Desk) -> None:
        await desk.sold(phone=TYPED)
        [(person_id, _, key)] = await people(desk)
        await desk.put(ErasedRow(owner=desk.founded.feeder, person_id=person_id, erased_ms=desk.clock.wall_ms))
        keys.append(key)

    at_a_unit_with_the_key(scene, tmp_path)
    assert all(keys[0] not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_key_that_the_hub_has_goes_with_its_last_sale_and_one_that_waits_does_not(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold(phone=TYPED)
        await desk.sold(phone=OTHER)
        sent, waiting = [person for _, person, _ in await buyers(desk)]
        await desk.unit.writer.write(lambda db: keys_sent(db, (sent,), 1))
        assert len(await people(desk)) == 2
        await desk.unit.writer.write(lambda db: db.execute("DELETE FROM raffle_buyer"))
        assert [person for person, _, _ in await people(desk)] == [waiting]
        await desk.unit.writer.write(lambda db: keys_sent(db, (waiting,), 2))
        assert await people(desk) == []

    at_a_unit_with_the_key(scene, tmp_path)


def test_a_sale_that_the_disk_refused_leaves_neither_fact_nor_key(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        def spoil(db: Any) -> None:
            db.execute(
                "CREATE TRIGGER full BEFORE INSERT ON raffle_buyer BEGIN SELECT RAISE(ABORT, 'no more room'); END"
            )

        await desk.unit.writer.write(spoil)
        assert (await desk.sell(phone=TYPED)).status_code == 500
        assert (await people(desk), await buyers(desk)) == ([], [])
        await desk.unit.writer.write(lambda db: db.execute("DROP TRIGGER full"))
        await desk.sold(phone=TYPED)
        assert len(await people(desk)) == 1

    at_a_unit_with_the_key(scene, tmp_path)


def test_an_order_whose_phone_nobody_holds_is_a_bug_that_sells_nothing(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        keyring = desk.unit.contacts.keyring(lambda _: b"another")
        with pytest.raises(AssertionError):
            keyring(KeyAsk("contact", desk.unit.new_id(), b"d" * 16))
        assert keyring(KeyAsk("lease", desk.unit.new_id())) == b"another"

    at_a_unit_with_the_key(scene, tmp_path)
