"""What one unit, a thief with its keys, or an old message can not do: stop head office, or another unit (design §5)."""

from uuid import UUID, uuid4

import msgspec
import pytest

from hub.sync.enrol import Room, enrol, open_pairing
from hub.sync.failures import FAILURES_MAX, counting_failures
from hub.sync.generation import hub_state
from hub.sync.greet import greet
from hub.sync.leases import grant
from hub.sync.receive import receive
from hub.sync.recovery import take_evidence
from hub.sync.sessions import NotProven, find_epochs, find_node, make_challenge
from hub.sync.stick import import_stick
from hub.sync.taking import take_held
from shared.domain.identity.commands import DisableUnit, PauseUnit, ResumeUnit, RevokeUnit
from shared.domain.identity.errors import UnitStateRefused
from shared.domain.identity.queries import UNITS
from shared.domain.raffle.errors import EnoughNumbers, LeaseNotForYou
from shared.domain.raffle.facts import LeaseTaken
from shared.journal.bundle import pack
from shared.journal.chain import Stamp, Tip, seal
from shared.journal.entry import Fact, Owner
from shared.journal.signing import NodeKey
from shared.journal.stick import write_stick
from shared.kernel.clock import Moment
from shared.kernel.codec import encode
from shared.kernel.errors import BadSignature, InputRefused
from shared.kernel.ids import derived_id
from shared.sync.evidence import Evidence
from shared.sync.lease import LeaseDocument, read_lease
from shared.sync.pairing import ENROL_TAG, EnrolRequest
from shared.sync.protocol import HELLO_TAG, Hello, LeaseRequest, PushAnswer, Session
from tests.support.backups import back_up, restored_hub
from tests.support.clock import OPENING_MS
from tests.support.hub import RunningHub, make_keys
from tests.support.journals import Journal, journal_of
from tests.support.postgres import RunningPostgres
from tests.sync.test_forks import fork_cases

pytestmark = pytest.mark.anyio


class LeaseOfNothing(Fact, frozen=True, kw_only=True):
    """What calls itself a lease and has none of its fields."""

    TYPE = LeaseTaken.TYPE
    VERSION = LeaseTaken.VERSION
    ENTITY = "lease_id"
    lease_id: UUID


def said(running: RunningHub, card: Journal, *, receipt: bytes = b"") -> bytes:
    """A hello of this card, as it goes over the line."""
    owner = card.owner
    hello = Hello(
        challenge=make_challenge(running.hub, owner.node_id), org=owner.org_id, node=owner.node_id, epoch=owner.epoch,
        seq=card.tip.seq, hash=card.tip.hash, generation=1, position=0, receipt=receipt,
    )  # fmt: skip
    return card.key.document(HELLO_TAG, encode(hello))


async def generation(running: RunningHub) -> tuple[int, bool]:
    """Which of its lives the hub is in, and whether it waits for evidence."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        state = await hub_state(connection, running.org_id)
    return state.generation, state.recovering


async def state_of(running: RunningHub, card: Journal) -> str:
    """How the hub lets this epoch stand."""
    return (await find_node(running.hub, card.owner.node_id, card.owner.epoch)).state


def forged(card: Journal) -> bytes:
    """A bundle that bears the card's name and another key's signature."""
    entries = [one.data for one in card.sealed]
    return pack(card.owner, 1, entries, card.tip, NodeKey(b"x" * 32, b"y" * 32))


async def push(running: RunningHub, card: Journal, data: bytes) -> PushAnswer:
    """Upload under the card's own session, as its door takes it."""
    async with counting_failures(running.hub, card.owner):
        return await receive(running.hub, card.session, data)


async def ask(running: RunningHub, node: UUID, event: UUID, request: UUID) -> LeaseDocument:
    """A unit asks for numbers under this id."""
    data = await grant(running.hub, Session(running.org_id, node, 1, OPENING_MS * 2), LeaseRequest(request, event))
    return read_lease(data, granter_key=running.hub.key.sign_public, holder=node, epoch=1)


async def test_a_unit_that_asks_under_another_units_request_id_keeps_no_numbers_from_it(running: RunningHub) -> None:
    venue = await running.venue()
    thief, honest = await running.unit(venue, "R07"), await running.unit(venue, "R12")
    event = await running.event(venue)
    request = derived_id(event, f"lease {honest.node_id} 1 0")
    taken = await ask(running, thief.node_id, event, request)
    given = await ask(running, honest.node_id, event, request)
    assert taken.request == given.request == request
    assert given.first > taken.last
    assert await ask(running, honest.node_id, event, request) == given, "a lost answer is the same lease"


async def test_no_unit_takes_the_id_of_an_order_that_head_office_will_give(running: RunningHub) -> None:
    venue = await running.venue()
    thief = await running.unit(venue)
    event = await running.event(venue)
    future = derived_id(running.org_id, "recovery of generation 2")
    await ask(running, thief.node_id, event, future)
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select 1 from journal.command where command_id = %s", [future])
        assert await cursor.fetchone() is None


async def test_a_lease_under_another_name_does_not_tell_the_hub_that_it_was_restored(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    [taken] = [one.entry.body for one in card.sealed if isinstance(one.entry.body, LeaseTaken)]
    card.add(msgspec.structs.replace(taken, lease_id=uuid4()))
    await receive(running.hub, card.session, card.bundle())
    assert await generation(running) == (1, False)


async def test_a_lease_that_nobody_can_read_is_stored_and_answered(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    stamp = Stamp(uuid4(), None, Moment(OPENING_MS, 1, UUID(int=9)))
    sealed, tip = seal(card.owner, card.tip, stamp, [(uuid4(), LeaseOfNothing(lease_id=uuid4()))])
    card.sealed += sealed
    card.tip = tip
    answer = await receive(running.hub, card.session, card.bundle())
    assert answer.seq == tip.seq
    assert answer.receipt


async def test_a_unit_that_keeps_sending_what_does_not_verify_is_disabled(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    for _ in range(FAILURES_MAX):
        assert await state_of(running, card) == "enabled"
        with pytest.raises(BadSignature):
            await push(running, card, forged(card))
    assert await state_of(running, card) == "disabled"


async def test_a_forged_stick_disables_nobody(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    report = await import_stick(running.hub, running.org_id, write_stick((forged(card),) * (2 * FAILURES_MAX)))
    assert len(report.refused) == 2 * FAILURES_MAX
    assert await state_of(running, card) == "enabled"


async def again(running: RunningHub, card: Journal) -> None:
    """The unit is enrolled anew, under new keys."""
    await enrol(running.hub, await a_request(running, card))


async def a_request(running: RunningHub, card: Journal) -> bytes:
    """What a unit sends to be enrolled anew: a code made by an admin, and new keys."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select venue_id from identity.identity_unit")
        row = await cursor.fetchone()
    assert row is not None
    node = card.owner.node_id
    room = Room(venue_id=row[0], kind="rsu", code="R07", name="RSU 07", unit_id=node, enable=True)
    secret = (await open_pairing(running.hub, running.org_id, room, actor=None)).secret
    key = make_keys(running.folder / f"{uuid4().hex}.key").node_key()
    asked = EnrolRequest(secret=secret, node=node, sign_key=key.sign_public, seal_key=key.seal_public)
    return key.document(ENROL_TAG, encode(asked))


async def test_the_keys_of_an_epoch_that_is_over_stop_no_unit(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    await receive(running.hub, card.session, card.bundle())
    await again(running, card)
    for _ in range(FAILURES_MAX):
        with pytest.raises(BadSignature):
            await push(running, card, forged(card))
    states = [one.state for one in await find_epochs(running.hub, card.owner.node_id)]
    assert states == ["superseded", "enabled"]


async def test_the_keys_of_an_epoch_that_is_over_do_not_fill_head_offices_journal(running: RunningHub) -> None:
    card = await journal_of(running, 4)
    await receive(running.hub, card.session, card.bundle())
    await again(running, card)
    lengths = []
    for seq in (1, 2, 3):
        await greet(running.hub, card.owner.node_id, said(running, card.at(seq)))
        async with running.hub.bus.tenant(running.org_id) as connection:
            own = Owner(running.org_id, running.hub.node_id, 1)
            cursor = await connection.execute("select seq from journal.head where node_id = %s", [own.node_id])
            lengths.append(await cursor.fetchone())
    assert lengths[0] == lengths[1] == lengths[2]
    assert await fork_cases(running) == 1


async def test_a_unit_that_was_revoked_after_its_code_was_made_is_not_enrolled_anew(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    request = await a_request(running, card)
    order = RevokeUnit(command_id=uuid4(), unit_id=card.owner.node_id, reason="stolen")
    await running.do(order)
    with pytest.raises(UnitStateRefused):
        await enrol(running.hub, request)
    assert await state_of(running, card) == "revoked"


async def test_a_hello_that_was_on_its_way_while_the_unit_sold_on_stops_nobody(running: RunningHub) -> None:
    card = await journal_of(running, 2)
    await receive(running.hub, card.session, card.bundle())
    late = said(running, card)
    running.clock.wall_ms += 10_000
    known = card.tip.seq
    card.sell(2)
    await receive(running.hub, card.session, card.bundle(known + 1))
    with pytest.raises(NotProven):
        await greet(running.hub, card.owner.node_id, late)
    assert (await state_of(running, card), await fork_cases(running)) == ("enabled", 0)
    await greet(running.hub, card.owner.node_id, said(running, card.at(known)))
    assert (await state_of(running, card), await fork_cases(running)) == ("behind", 1), "a fresh one tells the truth"


async def test_a_unit_that_comes_with_what_a_known_restore_lost_stops_nobody_again(
    postgres: RunningPostgres, running: RunningHub
) -> None:
    card = await journal_of(running, 1)
    backup = back_up(running)
    receipt = (await receive(running.hub, card.session, card.bundle())).receipt
    async with restored_hub(postgres, running, backup) as after:
        shower = Session(after.org_id, card.owner.node_id, 1, OPENING_MS * 2)
        shown = await take_evidence(after.hub, shower, Evidence(receipts=(receipt,)))
        assert not shown.recovering
        for _ in range(2):
            answer = await greet(after.hub, card.owner.node_id, said(after, card, receipt=receipt))
            assert answer.recovering, "this unit shows what it holds"
            assert await generation(after) == (2, False), "and nobody else waits for it"
        late = await take_evidence(after.hub, shower, Evidence(receipts=(receipt,)))
        assert (late.recovering, late.generation) == (False, 2)


@pytest.mark.parametrize("first", [0, 2**53 + 2, 2**63])
async def test_a_bundle_whose_numbers_no_journal_has_is_refused_also_from_a_revoked_unit(
    running: RunningHub, first: int
) -> None:
    card = await journal_of(running, 1)
    await running.do(RevokeUnit(command_id=uuid4(), unit_id=card.owner.node_id, reason="stolen"))
    with pytest.raises(InputRefused):
        await receive(running.hub, card.session, stray(card, first))


def stray(card: Journal, first: int) -> bytes:
    """A bundle of one entry, signed by the card, that hangs on nothing."""
    stamp = Stamp(uuid4(), None, Moment(OPENING_MS, 1, UUID(int=9)))
    sealed, tip = seal(card.owner, Tip(first - 1, b"h" * 32), stamp, [(uuid4(), card.sale())])
    return pack(card.owner, first, [one.data for one in sealed], tip, card.key)


async def test_what_a_revoked_unit_held_is_taken_though_a_stray_bundle_lies_between(running: RunningHub) -> None:
    card = await journal_of(running, 1)
    card.sell(1)
    await running.do(RevokeUnit(command_id=uuid4(), unit_id=card.owner.node_id, reason="stolen"))
    for data in (card.bundle(1, 2), stray(card, 2), card.bundle(3)):
        await receive(running.hub, card.session, data)
    await take_held(running.hub, running.org_id, card.owner.node_id, 1)
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select max(seq) from journal.entry where node_id = %s", [card.owner.node_id])
        assert await cursor.fetchone() == (card.tip.seq,)


async def test_a_unit_that_sells_nothing_cannot_lease_an_event_empty(running: RunningHub) -> None:
    journal = await journal_of(running, sales=1)

    async def ask_on() -> None:
        for _ in range(20):
            await journal.take()

    with pytest.raises(EnoughNumbers, match="Sell those first"):
        await ask_on()
    neighbour = await running.unit((await running.hub.many(running.org_id, UNITS))[0].venue_id, "R99")
    session = msgspec.structs.replace(journal.session, node=neighbour.node_id)
    assert await grant(running.hub, session, LeaseRequest(uuid4(), journal.desk.event_id))


async def test_a_unit_whose_uploads_are_paused_gets_numbers_as_long_as_it_sells(running: RunningHub) -> None:
    journal = await journal_of(running, sales=1)
    unit_id = journal.owner.node_id
    await running.do(PauseUnit(command_id=uuid4(), unit_id=unit_id))
    for _ in range(20):
        await journal.take()
    await running.do(ResumeUnit(command_id=uuid4(), unit_id=unit_id))
    with pytest.raises(EnoughNumbers, match="let the unit upload what it sold"):
        await journal.take()


async def test_a_unit_that_was_stopped_between_its_session_and_the_lock_gets_no_numbers(running: RunningHub) -> None:
    journal = await journal_of(running, sales=1)
    await running.do(DisableUnit(command_id=uuid4(), unit_id=journal.owner.node_id, reason="to be counted"))
    with pytest.raises(LeaseNotForYou):
        await journal.take()
