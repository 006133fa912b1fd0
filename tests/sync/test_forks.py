"""Each way of forking: both histories of an epoch are kept, shown and disputed (design §5.2, §5.4)."""

from uuid import uuid4

import msgspec
import pytest

from hub.sync.leases import grant
from hub.sync.place import BRANCHES_MAX, OtherHistory, TooManyHistories
from hub.sync.receive import receive
from hub.sync.sessions import NotAllowed, find_epochs, find_node
from shared.domain.identity.queries import UNIT
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.head import verify_receipt
from shared.kernel.errors import BadSignature, ChainBroken
from shared.sync.protocol import LeaseRequest
from tests.support.hub import RunningHub, make_keys
from tests.support.journals import Journal, journal_of, sold_minor

pytestmark = pytest.mark.anyio


async def branches(running: RunningHub, journal: Journal) -> list[tuple[int, int, int, int]]:
    """(branch, parent, fork_seq, entries) of every history of the journal's epoch."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute(
            "select h.branch, coalesce(b.parent, 0), coalesce(b.fork_seq, 0), h.seq from journal.head h "
            "left join journal.branch b on (b.node_id, b.epoch, b.branch) = (h.node_id, h.epoch, h.branch) "
            "where h.node_id = %s and h.epoch = %s order by h.branch",
            (journal.owner.node_id, journal.owner.epoch),
        )
        return [tuple(row) for row in await cursor.fetchall()]


async def fork_cases(running: RunningHub) -> int:
    """How many fork cases there are."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select count(*) from cases.cases_case where kind = 'fork'")
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


async def up(running: RunningHub, journal: Journal, first: int = 1, last: int | None = None) -> Tip:
    """Upload; where the hub stands then."""
    answer = await receive(running.hub, journal.session, journal.bundle(first, last))
    return Tip(answer.seq, answer.hash)


async def test_a_cloned_card_opens_a_second_history_and_one_case(running: RunningHub) -> None:
    card = await journal_of(running)
    await up(running, card)
    clone = card.copy()
    card.sell(2)
    clone.sell(1)
    await up(running, card, 5)
    assert await up(running, clone, 5) == clone.tip
    assert await branches(running, card) == [(0, 0, 0, 6), (1, 0, 4, 5)]
    assert await fork_cases(running) == 1


async def test_both_sides_of_a_fork_go_on_uploading_each_into_its_own_history(running: RunningHub) -> None:
    card = await journal_of(running)
    clone = card.copy()
    card.sell(1)
    clone.sell(1)
    await up(running, card)
    await up(running, clone)
    for journal in (card, clone, card, clone):
        journal.sell(2)
        assert await up(running, journal, len(journal.sealed) - 1) == journal.tip
    assert await branches(running, card) == [(0, 0, 0, 9), (1, 0, 4, 9)]
    assert await fork_cases(running) == 1


async def test_a_restored_backup_that_sold_on_is_a_fork(running: RunningHub) -> None:
    card = await journal_of(running, sales=5)
    await up(running, card)
    restored = card.at(3)
    restored.sell(2)
    assert await up(running, restored, 4) == restored.tip
    assert await branches(running, card) == [(0, 0, 0, 6), (1, 0, 3, 5)]
    assert await fork_cases(running) == 1


async def test_a_second_clone_is_a_third_history_of_the_same_case(running: RunningHub) -> None:
    card = await journal_of(running)
    first, second = card.copy(), card.copy()
    for journal in (card, first, second):
        journal.sell(1)
        await up(running, journal)
    assert [row[0] for row in await branches(running, card)] == [0, 1, 2]
    assert await fork_cases(running) == 1


async def test_a_clone_of_a_clone_leaves_the_history_that_it_came_from(running: RunningHub) -> None:
    card = await journal_of(running)
    clone = card.copy()
    card.sell(3)
    clone.sell(2)
    grandchild = clone.at(5)
    grandchild.sell(2)
    for journal in (card, clone, grandchild):
        await up(running, journal)
    assert await branches(running, card) == [(0, 0, 0, 7), (1, 0, 4, 6), (2, 1, 5, 7)]


async def test_a_key_in_wrong_hands_opens_no_histories_without_end_and_known_ones_go_on(
    running: RunningHub,
) -> None:
    card = await journal_of(running, sales=1)
    await up(running, card)
    copies = [card.copy() for _ in range(BRANCHES_MAX + 1)]
    for copy in copies:
        copy.sell(1)
    for copy in copies[:-1]:
        assert await up(running, copy, 3) == copy.tip
    for _ in range(2):
        with pytest.raises(TooManyHistories, match=f"keeps {BRANCHES_MAX} histories.*Keep the unit as it is"):
            await up(running, copies[-1], 3)
    assert [row[0] for row in await branches(running, card)] == list(range(BRANCHES_MAX))
    copies[-2].sell(2)
    assert await up(running, copies[-2], 4) == copies[-2].tip
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select detail from cases.cases_step order by seq desc limit 1")
        row = await cursor.fetchone()
    assert row is not None
    assert row[0].endswith("the hub keeps no more."), "the case says so before anything is refused"
    assert await fork_cases(running) == 1


async def test_the_order_of_arrival_decides_only_the_labels(running: RunningHub) -> None:
    one, two = await journal_of(running), await journal_of(running)
    for journal, order in ((one, (0, 1)), (two, (1, 0))):
        sides = [journal, journal.copy()]
        sides[0].sell(2)
        sides[1].add(sides[1].sale(first=sides[1].next_number + 30))
        for place in order:
            await up(running, sides[place])
        assert await sold_minor(running, journal.desk.event_id) == 3 * 500 + 3 * 500
        assert sorted(row[3] for row in await branches(running, journal)) == [5, 6]


async def test_numbers_sold_on_both_sides_are_disputed_and_out_of_the_pool(running: RunningHub) -> None:
    card = await journal_of(running)
    clone = card.copy()
    card.sell(2)
    clone.sell(1)
    await up(running, card)
    await up(running, clone)
    # The second sale after the fork meets nobody; the first met the clone's, so both are out.
    assert await sold_minor(running, card.desk.event_id) == 3 * 500 + 500


async def test_a_history_that_parted_before_the_bundle_is_asked_for_an_earlier_one(running: RunningHub) -> None:
    card = await journal_of(running)
    clone = card.at(2)
    clone.sell(4)
    await up(running, card)
    with pytest.raises(OtherHistory):
        await up(running, clone, 5)
    assert await branches(running, card) == [(0, 0, 0, 4)]


async def test_the_same_bundle_again_opens_nothing_new(running: RunningHub) -> None:
    card = await journal_of(running)
    clone = card.copy()
    card.sell(1)
    clone.sell(1)
    for _ in range(3):
        await up(running, card)
        await up(running, clone)
    assert len(await branches(running, card)) == 2
    assert await fork_cases(running) == 1


async def test_a_forked_epoch_gets_no_more_numbers_and_is_told_so(running: RunningHub) -> None:
    card = await journal_of(running)
    clone = card.copy()
    card.sell(1)
    clone.sell(1)
    await up(running, card)
    await up(running, clone)
    node = await find_node(running.hub, card.owner.node_id, 1)
    assert node.state == "forked"
    with pytest.raises(NotAllowed):
        node.assert_sells()
    [unit] = await running.hub.many(running.org_id, UNIT, unit_id=card.owner.node_id)
    assert unit.state == "forked"


async def test_enrolled_anew_it_sells_under_a_new_epoch_and_the_old_one_still_uploads(
    running: RunningHub,
) -> None:
    card = await journal_of(running)
    clone = card.copy()
    card.sell(1)
    clone.sell(1)
    await up(running, card)
    await up(running, clone)
    [unit] = await running.hub.many(running.org_id, UNIT, unit_id=card.owner.node_id)
    keys = make_keys(running.folder / "again.key")
    key = keys.node_key()
    await running.unit_with(
        unit.venue_id, unit.code, unit_id=unit.unit_id, sign_key=key.sign_public, seal_key=key.seal_public, again=True
    )
    assert [(one.epoch, one.state) for one in await find_epochs(running.hub, unit.unit_id)] == [
        (1, "forked"),
        (2, "enabled"),
    ]
    clone.sell(1)
    assert await up(running, clone, 5) == clone.tip
    again = msgspec.structs.replace(clone.session, epoch=2)
    assert await grant(running.hub, again, LeaseRequest(uuid4(), card.desk.event_id))
    assert await fork_cases(running) == 1


async def test_a_receipt_is_the_hubs_signature_under_the_units_own_head(running: RunningHub) -> None:
    card = await journal_of(running)
    answer = await receive(running.hub, card.session, card.bundle())
    hub = running.hub
    receipt = verify_receipt(
        answer.receipt, card.owner, card.key.sign_public, hub.owner(running.org_id), hub.key.sign_public
    )
    assert receipt.tip == card.tip
    stranger = Owner(running.org_id, uuid4(), 1)
    with pytest.raises(BadSignature):
        verify_receipt(answer.receipt, stranger, card.key.sign_public, hub.owner(running.org_id), hub.key.sign_public)


async def test_other_bytes_that_the_unit_never_signed_are_no_fork(running: RunningHub) -> None:
    card = await journal_of(running)
    await up(running, card)
    forged = card.at(2)
    forged.key = make_keys(running.folder / "thief.key").node_key()
    forged.sell(1)
    with pytest.raises((BadSignature, ChainBroken)):
        await up(running, forged, 3)
    assert await branches(running, card) == [(0, 0, 0, 4)]
    assert await fork_cases(running) == 0
