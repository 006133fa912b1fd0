"""What the hub does with bundles: the good, the foreign, the broken, the forked."""

import asyncio
import random
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.runtime.hub import open_hub
from hub.sync.generation import hub_state
from hub.sync.place import OutOfOrder
from hub.sync.receive import ForeignBundle, receive
from hub.sync.sessions import UnknownNode
from shared.domain.raffle.facts import LeaseTaken, SoldRange, TicketsSold
from shared.domain.raffle.queries_page import EVENT_TOTALS
from shared.journal.bundle import pack, unpack
from shared.journal.chain import Sealed, Stamp, Tip, empty_tip, seal
from shared.journal.entry import Fact, Owner
from shared.journal.keyfile import Keys
from shared.kernel.clock import Moment
from shared.kernel.codec import encode
from shared.kernel.errors import BadSignature, ChainBroken, InputRefused
from shared.pipeline.postgres_bus import lock_head
from shared.sync.lease import LEASE_TAG
from shared.sync.protocol import Session
from tests.support.clock import OPENING_MS
from tests.support.hub import RunningHub, make_keys
from tests.support.journals import journal_of as selling

pytestmark = pytest.mark.anyio
LEASE = UUID(int=1)


class Journal:
    """A handheld's journal in memory, made by the same functions as a real one."""

    def __init__(self, running: RunningHub, keys: Keys) -> None:
        self.keys = keys
        self.key = keys.node_key()
        self.owner = Owner(running.org_id, keys.node_id, 1)
        self.session = Session(running.org_id, keys.node_id, 1, OPENING_MS * 2)
        self.sealed: list[Sealed] = []
        self.tip = empty_tip(self.owner)

    def add(self, *facts: Fact) -> None:
        """Put facts behind the tip."""
        stamp = Stamp(uuid4(), None, Moment(OPENING_MS, 1, UUID(int=9)))
        sealed, self.tip = seal(self.owner, self.tip, stamp, [(uuid4(), fact) for fact in facts])
        self.sealed += sealed

    def bundle(self, first: int = 1, last: int | None = None) -> bytes:
        """Entries `first` to `last` as a bundle."""
        run = self.sealed[first - 1 : last]
        return pack(self.owner, first, [one.data for one in run], Tip(run[-1].entry.seq, run[-1].entry.hash), self.key)


def lease(event_id: UUID) -> LeaseTaken:
    """Numbers 101 to 200."""
    return LeaseTaken(lease_id=LEASE, event_id=event_id, granter_id=UUID(int=2), first=101, last=200, document=b"d")


def sale(event_id: UUID, first: int, last: int, *, lease_last: int = 200) -> TicketsSold:
    """A sale of these numbers for a dollar each."""
    count = last - first + 1
    return TicketsSold(
        sale_id=uuid4(),
        event_id=event_id,
        package_id=UUID(int=3),
        seller_id=UUID(int=4),
        ticket_count=count,
        amount_minor=count * 100,
        currency="USD",
        tender="cash",
        received_minor=count * 100,
        reference="",
        validation_number=f"V{first}",
        ranges=(SoldRange(LEASE, 101, lease_last, first, last),),
    )


async def journal_of(running: RunningHub, sales: int = 3) -> tuple[Journal, UUID]:
    """A registered handheld that sold `sales` times one number; its event."""
    venue = await running.venue()
    journal, event = Journal(running, await running.unit(venue)), uuid4()
    journal.add(lease(event))
    for number in range(sales):
        journal.add(sale(event, 101 + number, 101 + number))
    return journal, event


async def sold(running: RunningHub, event: UUID) -> int:
    """Minor units that the hub holds of the event."""
    totals = await running.hub.many(running.org_id, EVENT_TOTALS)
    return sum(one.amount_minor for one in totals if one.event_id == event)


async def test_a_bundle_is_stored_once_however_often_it_comes(running: RunningHub) -> None:
    journal, event = await journal_of(running)
    for _ in range(3):
        answer = await receive(running.hub, journal.session, journal.bundle())
        assert answer.seq == 4
    assert await sold(running, event) == 300


async def test_a_bundle_that_overlaps_the_cursor_adds_only_what_is_new(running: RunningHub) -> None:
    journal, event = await journal_of(running)
    await receive(running.hub, journal.session, journal.bundle(1, 3))
    answer = await receive(running.hub, journal.session, journal.bundle(2, 4))
    assert answer.seq == 4
    assert await sold(running, event) == 300


async def test_a_bundle_from_the_future_is_told_the_cursor(running: RunningHub) -> None:
    journal, _ = await journal_of(running)
    await receive(running.hub, journal.session, journal.bundle(1, 1))
    with pytest.raises(OutOfOrder) as refused:
        await receive(running.hub, journal.session, journal.bundle(3, 4))
    assert refused.value.values == {"seq": 1}


async def test_other_bytes_that_the_unit_never_signed_are_no_fork_and_nothing_of_them_is_kept(
    running: RunningHub, tmp_path: Path
) -> None:
    journal, event = await journal_of(running)
    await receive(running.hub, journal.session, journal.bundle())
    forged = Journal(running, journal.keys)
    forged.key = make_keys(tmp_path / "thief.key").node_key()
    forged.add(lease(event), sale(event, 150, 160))
    spoilt = [bytes(reversed(one.data)) if one.entry.seq == 2 else one.data for one in journal.sealed]
    for data in (forged.bundle(), pack(journal.owner, 1, spoilt, journal.tip, journal.key)):
        with pytest.raises((BadSignature, ChainBroken)):
            await receive(running.hub, journal.session, data)
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select count(*) from sync.refused_bundle")
        assert await cursor.fetchone() == (0,)


async def test_a_bundle_of_another_unit_is_refused(running: RunningHub) -> None:
    journal, _ = await journal_of(running)
    stranger = Journal(running, await running.unit(await running.venue("Kingsway Hall"), "R09"))
    with pytest.raises(ForeignBundle):
        await receive(running.hub, stranger.session, journal.bundle())


async def test_a_foreign_organisations_bundle_is_refused(running: RunningHub) -> None:
    other_org = await running.found()
    journal, event = await journal_of(running)
    as_foreign = Session(other_org, journal.keys.node_id, 1, OPENING_MS * 2)
    with pytest.raises(ForeignBundle):
        await receive(running.hub, as_foreign, journal.bundle())
    assert await sold(running, event) == 0


async def test_an_unregistered_unit_is_refused(running: RunningHub, tmp_path: Path) -> None:
    journal = Journal(running, make_keys(tmp_path / "nobody.key"))
    journal.add(lease(uuid4()))
    with pytest.raises(UnknownNode):
        await receive(running.hub, journal.session, journal.bundle())


async def test_a_bundle_signed_by_another_key_is_refused(running: RunningHub, tmp_path: Path) -> None:
    journal, event = await journal_of(running)
    journal.key = make_keys(tmp_path / "thief.key").node_key()
    with pytest.raises(BadSignature):
        await receive(running.hub, journal.session, journal.bundle())
    assert await sold(running, event) == 0


async def test_a_changed_entry_breaks_the_chain_and_nothing_is_stored(running: RunningHub) -> None:
    journal, event = await journal_of(running)
    tampered = bytearray(journal.sealed[1].data)
    tampered[-3] ^= 1
    run = [one.data for one in journal.sealed]
    run[1] = bytes(tampered)
    with pytest.raises((ChainBroken, BadSignature)):
        await receive(running.hub, journal.session, pack(journal.owner, 1, run, journal.tip, journal.key))
    assert await sold(running, event) == 0


async def test_truncated_and_random_bytes_are_refused_with_a_sentence(running: RunningHub) -> None:
    journal, event = await journal_of(running)
    whole = journal.bundle()
    noise = random.Random(7)
    broken = [whole[:length] for length in range(0, len(whole), 29)]
    broken += [noise.randbytes(length) for length in (0, 1, 64, 5_000)]
    for data in broken:
        with pytest.raises(InputRefused) as refused:
            await receive(running.hub, journal.session, data)
        assert "send it again" in str(refused.value)
    assert await sold(running, event) == 0


@given(st.binary(max_size=400))
def test_no_bytes_make_unpacking_fall_over(data: bytes) -> None:
    try:
        unpack(data)
    except (InputRefused, BadSignature):
        return
    raise AssertionError("noise was taken for a bundle")


async def test_a_poison_fact_is_quarantined_and_the_others_count(running: RunningHub) -> None:
    journal, event = await journal_of(running)
    journal.add(sale(event, 300, 310))
    journal.add(sale(event, 101, 102))
    journal.add(sale(event, 190, 199))
    answer = await receive(running.hub, journal.session, journal.bundle())
    assert answer.seq == 7
    assert await sold(running, event) == 300 + 1_000
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select seq from sync.quarantine order by seq")
        assert [row[0] for row in await cursor.fetchall()] == [5, 6]
        cursor = await connection.execute(
            "select count(*) from journal.entry where node_id = %s", [journal.owner.node_id]
        )
        assert await cursor.fetchone() == (7,)


async def test_an_absurd_amount_is_quarantined_and_spoils_no_sum(running: RunningHub) -> None:
    journal, event = await journal_of(running)
    absurd = msgspec.structs.replace(sale(event, 150, 150), amount_minor=2**62, received_minor=2**62)
    journal.add(absurd, msgspec.structs.replace(absurd, sale_id=uuid4()))
    assert (await receive(running.hub, journal.session, journal.bundle())).seq == 6
    assert await sold(running, event) == 300


class PrizeShown(Fact, frozen=True, kw_only=True):
    """A fact of a later program."""

    TYPE = "raffle.prize_shown"
    ENTITY = "event_id"
    event_id: UUID


async def test_a_fact_of_a_later_program_is_stored_raw(running: RunningHub) -> None:
    journal, event = await journal_of(running)
    journal.add(PrizeShown(event_id=event))
    journal.add(sale(event, 150, 150))
    assert (await receive(running.hub, journal.session, journal.bundle())).seq == 6
    assert await sold(running, event) == 400


async def test_two_hub_processes_take_the_bundles_of_one_unit_and_store_each_entry_once(running: RunningHub) -> None:
    journal, event = await journal_of(running, sales=12)
    pieces = [journal.bundle(first, min(first + 3, 13)) for first in range(1, 14, 2)] * 2
    async with open_hub(running.address, running.keys, running.clock) as other:
        hubs = (running.hub, other)
        for _ in range(8):
            await asyncio.gather(
                *(receive(hubs[place % 2], journal.session, piece) for place, piece in enumerate(pieces)),
                return_exceptions=True,
            )
    async with running.hub.bus.tenant(running.org_id) as connection:
        stored = "select count(*), count(distinct seq), max(branch) from journal.entry where node_id = %s"
        cursor = await connection.execute(stored, [journal.owner.node_id])
        assert await cursor.fetchone() == (13, 13, 0)
    assert await sold(running, event) == 1_200


async def test_a_hub_that_dies_while_an_upload_tells_it_that_it_was_restored_learns_it_from_the_next(
    running: RunningHub,
) -> None:
    card = await selling(running)
    assert card.lease is not None
    lost = msgspec.structs.replace(card.lease, lease=uuid4(), request=uuid4(), first=900_001, last=900_100)
    document = running.hub.key.document(LEASE_TAG, encode(lost))
    card.add(
        LeaseTaken(
            lease_id=lost.lease, event_id=lost.event, granter_id=lost.granter, first=lost.first, last=lost.last,
            document=document,
        )
    )  # fmt: skip
    async with open_hub(running.address, running.keys, running.clock) as dying:
        async with running.hub.bus.tenant(running.org_id) as connection:
            await lock_head(connection, running.hub.owner(running.org_id))
            upload = asyncio.create_task(receive(dying, card.session, card.bundle()))
            await asyncio.sleep(0.3)
            upload.cancel()
            await asyncio.gather(upload, return_exceptions=True)
        assert not await stored(running, card.owner)
    await receive(running.hub, card.session, card.bundle())
    async with running.hub.bus.tenant(running.org_id) as connection:
        state = await hub_state(connection, running.org_id)
    assert (await stored(running, card.owner), state.generation, state.recovering) == (5, 2, True)


async def stored(running: RunningHub, owner: Owner) -> int:
    """How many entries of the journal the hub holds."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select count(*) from journal.entry where node_id = %s", [owner.node_id])
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
