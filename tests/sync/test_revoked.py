"""A unit that head office took out for good: what it sends is held, within limits, under whichever of its keys."""

import asyncio
from uuid import uuid4

import pytest

from hub.runtime.hub import open_hub
from hub.sync.generation import open_generation
from hub.sync.greet import greet
from hub.sync.held import HELD_BUNDLES_MAX, HELD_BYTES_MAX, HeldFull
from hub.sync.receive import Paused, receive
from hub.sync.recovery import take_evidence
from hub.sync.stick import import_stick
from hub.sync.taking import take_held
from shared.domain.identity.commands import PauseUnit, RevokeUnit
from shared.domain.identity.facts import UnitRevoked
from shared.domain.raffle.errors import LeaseNotForYou
from shared.domain.raffle.facts import LeaseGranted
from shared.journal.entry import Envelope, Fact
from shared.journal.head import verify_receipt
from shared.journal.stick import write_stick
from shared.kernel.codec import decode
from shared.kernel.errors import Refusal
from shared.pipeline.postgres_bus import lock_head
from shared.sync.evidence import Evidence
from tests.support.hub import RunningHub
from tests.support.journals import Journal, journal_of
from tests.sync.test_one_bad_unit import again, generation, said

pytestmark = pytest.mark.anyio
FILL = (
    "insert into sync.refused_bundle select %s, int8send(n), %s, 1, n, 'revoked', "
    "convert_to(repeat('x', %s), 'UTF8'), 0 from generate_series(1, %s) n"
)


async def revoke(running: RunningHub, card: Journal) -> None:
    """Head office takes the unit out for good."""
    await running.do(RevokeUnit(command_id=uuid4(), unit_id=card.owner.node_id, reason="stolen"))


async def held(running: RunningHub, card: Journal) -> tuple[int, int]:
    """How many bundles are held of the card's epoch, and up to which entry its journal is in the books."""
    text = (
        "select (select count(*) from sync.refused_bundle where node_id = %(node)s and epoch = %(epoch)s), "
        "(select coalesce(max(seq), 0) from journal.entry where node_id = %(node)s and epoch = %(epoch)s)"
    )
    async with running.hub.bus.tenant(running.org_id) as connection:
        place = {"node": card.owner.node_id, "epoch": card.owner.epoch}
        row = await (await connection.execute(text, place)).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def own_facts(running: RunningHub) -> list[Fact | None]:
    """What the hub's own journal says, in its order."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        text = "select data from journal.entry where node_id = %s order by epoch, seq"
        rows = await (await connection.execute(text, [running.hub.node_id])).fetchall()
    read = running.hub.slices.facts.read
    return [read(one.type, one.version, one.body) for one in (decode(bytes(row[0]), Envelope) for row in rows)]


async def test_the_keys_of_a_former_epoch_put_nothing_into_the_books_of_a_revoked_unit(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    await receive(running.hub, card.session, card.bundle())
    await again(running, card)
    await revoke(running, card)
    card.sell(2)
    answer = await receive(running.hub, card.session, card.bundle(3))
    assert (answer.seq, await held(running, card)) == (4, (1, 2))
    await greet(running.hub, card.owner.node_id, said(running, card, receipt=answer.receipt))
    await take_evidence(running.hub, card.session, Evidence(receipts=(answer.receipt,)))
    assert await generation(running) == (1, False), "what is held is not lost"
    assert await take_held(running.hub, running.org_id, card.owner.node_id, 1) == 1
    assert await held(running, card) == (1, 4)


async def test_a_unit_that_is_paused_and_then_revoked_hands_in_what_a_former_epoch_sold(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    await again(running, card)
    await running.do(PauseUnit(command_id=uuid4(), unit_id=card.owner.node_id))
    with pytest.raises(Paused):
        await receive(running.hub, card.session, card.bundle())
    await revoke(running, card)
    assert (await receive(running.hub, card.session, card.bundle())).receipt
    assert await held(running, card) == (1, 0)


async def test_a_bundle_that_waited_while_its_unit_was_revoked_is_held(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    async with running.hub.bus.tenant(running.org_id) as connection:
        await lock_head(connection, card.owner)
        upload = asyncio.create_task(receive(running.hub, card.session, card.bundle()))
        await asyncio.sleep(0.2)
        await revoke(running, card)
    assert (await upload).receipt
    assert await held(running, card) == (1, 0)


async def test_the_receipt_for_what_is_held_names_the_hubs_epoch_of_now(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    await revoke(running, card)
    async with open_hub(running.address, running.keys, running.clock) as other:
        await open_generation(other, running.org_id, "restore")
    receipt = (await receive(running.hub, card.session, card.bundle())).receipt
    hub = running.hub
    head = verify_receipt(receipt, card.owner, card.key.sign_public, hub.owner(running.org_id), hub.key.sign_public)
    assert head.hub_epoch == 2


async def test_numbers_are_granted_before_a_revocation_or_not_at_all(running: RunningHub) -> None:
    cards = [await journal_of(running, 1) for _ in range(4)]
    for card in cards:
        asked = [card.copy().take() for _ in range(3)]
        found = await asyncio.gather(*asked[:2], revoke(running, card), asked[2], return_exceptions=True)
        assert all(isinstance(one, LeaseNotForYou) for one in found if isinstance(one, BaseException))
    facts = await own_facts(running)
    for card in cards:
        node = card.owner.node_id
        granted = [place for place, one in enumerate(facts) if isinstance(one, LeaseGranted) and one.holder_id == node]
        [over] = [place for place, one in enumerate(facts) if isinstance(one, UnitRevoked) and one.unit_id == node]
        assert max(granted) < over
        with pytest.raises(LeaseNotForYou):
            await card.take()


@pytest.mark.parametrize(("count", "size"), [(1, HELD_BYTES_MAX), (HELD_BUNDLES_MAX - 1, 1)])
async def test_a_thief_does_not_fill_the_hub_with_what_is_held_and_nothing_held_goes(
    running: RunningHub, count: int, size: int
) -> None:
    card = await journal_of(running, 3)
    await revoke(running, card)
    first, second = card.bundle(1, 2), card.bundle(3)
    await receive(running.hub, card.session, first)
    async with running.hub.bus.tenant(running.org_id) as connection:
        await connection.execute(FILL, (running.org_id, card.owner.node_id, size - len(first) * (count == 1), count))
    before = await held(running, card)
    with pytest.raises(HeldFull, match="the unit keeps the rest") as full:
        await receive(running.hub, card.session, second)
    assert not isinstance(full.value, Refusal), "it may come again"
    assert full.value.retry_after_ms == 60_000
    report = await import_stick(running.hub, running.org_id, write_stick((first, second)))
    assert [one.outcome for one in report.bundles] == ["held", "refused"]
    assert (await receive(running.hub, card.session, first)).receipt, "what is held already is answered as before"
    assert await held(running, card) == before == (count + 1, 0)
