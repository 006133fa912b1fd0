"""The table of a hello, line by line, against a real hub: what each side finds and what follows (design §5.3)."""

from uuid import uuid4

import msgspec
import pytest

from hub.sync.generation import hub_state
from hub.sync.greet import greet
from hub.sync.receive import receive
from hub.sync.sessions import NotProven, UnknownNode, find_node, make_challenge
from shared.domain.identity.commands import DisableUnit, EnableUnit, RevokeUnit
from shared.domain.identity.queries import UNITS
from shared.domain.raffle.facts import LeaseTaken
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.head import cosign, sign_head
from shared.kernel.clock import DAY_MS
from shared.kernel.codec import encode
from shared.kernel.errors import BadSignature
from shared.sync.certificate import VALID_MS, read_certificate, sign_certificate
from shared.sync.hello import Claim, Line, compare, landmark_seqs
from shared.sync.lease import LEASE_TAG
from shared.sync.protocol import HELLO_TAG, Hello, HelloAnswer
from shared.sync.standing import Standing, read_standing
from shared.sync.uplink import common_seq
from tests.support.hub import RunningHub, make_keys
from tests.support.journals import Journal, journal_of
from tests.sync.test_forks import branches, fork_cases

pytestmark = pytest.mark.anyio


async def hello(
    running: RunningHub, journal: Journal, *, receipt: bytes = b"", certificate: bytes = b""
) -> HelloAnswer:
    """The journal's unit says hello."""
    said = Hello(
        challenge=make_challenge(running.hub, journal.owner.node_id),
        org=journal.owner.org_id,
        node=journal.owner.node_id,
        epoch=journal.owner.epoch,
        seq=journal.tip.seq,
        hash=journal.tip.hash,
        generation=1,
        position=0,
        receipt=receipt,
        certificate=certificate,
    )
    return await greet(running.hub, journal.owner.node_id, journal.key.document(HELLO_TAG, encode(said)))


def standing(running: RunningHub, journal: Journal, answer: HelloAnswer) -> Standing:
    """What the hub signed about the unit."""
    return read_standing(answer.standing, hub_key=running.hub.key.sign_public, owner=journal.owner)


async def uploaded(running: RunningHub, sales: int = 3) -> tuple[Journal, bytes]:
    """A handheld whose journal is at the hub, and the receipt for it."""
    card = await journal_of(running, sales)
    return card, (await receive(running.hub, card.session, card.bundle())).receipt


def common(journal: Journal, answer: HelloAnswer) -> int | None:
    """From where the unit would go on uploading."""
    return common_seq(answer, {one.entry.seq: one.entry.hash for one in journal.sealed})


async def test_equal_nothing_is_to_be_done(running: RunningHub) -> None:
    card, receipt = await uploaded(running)
    answer = await hello(running, card, receipt=receipt)
    assert (answer.seq, answer.hash, common(card, answer)) == (4, card.tip.hash, 4)
    assert standing(running, card, answer).state == "enabled"
    assert not answer.recovering


async def test_edge_ahead_it_uploads_behind_what_both_hold(running: RunningHub) -> None:
    card, receipt = await uploaded(running)
    card.sell(2)
    answer = await hello(running, card, receipt=receipt)
    assert (common(card, answer), standing(running, card, answer).state) == (4, "enabled")
    assert await fork_cases(running) == 0


async def test_edge_behind_its_epoch_stops_and_one_case_is_opened(running: RunningHub) -> None:
    card, receipt = await uploaded(running)
    restored = card.at(2)
    for _ in range(2):
        answer = await hello(running, restored)
        assert standing(running, card, answer).state == "behind"
    assert await fork_cases(running) == 1
    assert standing(running, card, await hello(running, card, receipt=receipt)).state == "behind"


async def test_edge_behind_that_sold_on_is_the_same_one_case(running: RunningHub) -> None:
    card, _ = await uploaded(running)
    restored = card.at(2)
    await hello(running, restored)
    restored.sell(1)
    answer = await hello(running, restored)
    assert common(restored, answer) == 1
    await receive(running.hub, restored.session, restored.bundle(2))
    assert (await fork_cases(running), len(await branches(running, card))) == (1, 2)


async def test_same_seq_other_head_its_epoch_is_forked_and_it_uploads_from_the_common_entry(
    running: RunningHub,
) -> None:
    card, _ = await uploaded(running)
    clone = card.at(3)
    clone.sell(1)
    answer = await hello(running, clone)
    assert standing(running, clone, answer).state == "forked"
    assert common(clone, answer) == 3
    await receive(running.hub, clone.session, clone.bundle(4))
    assert await fork_cases(running) == 1


async def test_hub_behind_by_its_own_receipt_it_recovers_and_is_filled_again(running: RunningHub) -> None:
    card = await journal_of(running)
    await receive(running.hub, card.session, card.bundle(1, 2))
    mine = running.hub.owner(running.org_id)
    receipt = cosign(sign_head(card.owner, card.tip, card.key), mine, running.hub.key)
    answer = await hello(running, card, receipt=receipt)
    assert answer.recovering
    assert (answer.generation, common(card, answer)) == (2, 2)
    async with running.hub.bus.tenant(running.org_id) as connection:
        state = await hub_state(connection, running.org_id)
    assert (state.generation, state.epoch, state.recovering) == (2, 2, True)
    assert (await receive(running.hub, card.session, card.bundle(3))).seq == 4


async def test_a_receipt_that_somebody_else_signed_makes_nobody_recover(running: RunningHub) -> None:
    card = await journal_of(running)
    thief = make_keys(running.folder / "thief.key").node_key()
    receipt = cosign(sign_head(card.owner, card.tip, card.key), running.hub.owner(running.org_id), thief)
    assert not (await hello(running, card, receipt=receipt)).recovering


async def test_unknown_node_is_told_to_enrol(running: RunningHub) -> None:
    card = await journal_of(running)
    stranger = make_keys(running.folder / "nobody.key")
    with pytest.raises(UnknownNode, match="Enrol it"):
        await greet(running.hub, stranger.node_id, b"")
    wrong = msgspec.structs.replace(card.owner, epoch=7)
    card.owner = wrong
    with pytest.raises(NotProven):
        await hello(running, card)


async def test_revoked_node_learns_it_and_its_unsent_sales_are_kept_for_a_human(running: RunningHub) -> None:
    card, receipt = await uploaded(running)
    card.sell(2)
    order = RevokeUnit(command_id=uuid4(), unit_id=card.owner.node_id, reason="lost in section D")
    await running.do(order)
    answer = await hello(running, card, receipt=receipt)
    said = standing(running, card, answer)
    assert (said.state, said.reason, answer.certificate) == ("revoked", "lost in section D", b"")
    pushed = await receive(running.hub, card.session, card.bundle(5))
    assert pushed.seq == 6
    assert pushed.receipt
    async with running.hub.bus.tenant(running.org_id) as connection:
        cursor = await connection.execute("select reason, seq from sync.refused_bundle")
        assert await cursor.fetchall() == [("revoked", 5)]
        cursor = await connection.execute("select count(*) from cases.cases_case where kind = 'held'")
        assert await cursor.fetchone() == (1,)
    assert not (await hello(running, card, receipt=pushed.receipt)).recovering


async def test_disabled_node_uploads_and_learns_when_it_is_enabled_again(running: RunningHub) -> None:
    card, _ = await uploaded(running)
    await running.do(DisableUnit(command_id=uuid4(), unit_id=card.owner.node_id, reason="to be counted"))
    assert standing(running, card, await hello(running, card)).state == "disabled"
    card.sell(1)
    assert (await receive(running.hub, card.session, card.bundle(5))).seq == 5
    await running.do(EnableUnit(command_id=uuid4(), unit_id=card.owner.node_id))
    assert standing(running, card, await hello(running, card)).state == "enabled"


async def test_superseded_epoch_uploads_what_it_has_and_nothing_else(running: RunningHub) -> None:
    card, _ = await uploaded(running)
    key = make_keys(running.folder / "again.key").node_key()
    venue = (await running.hub.many(running.org_id, UNITS))[0].venue_id
    await running.unit_with(
        venue, "R", unit_id=card.owner.node_id, sign_key=key.sign_public, seal_key=key.seal_public, again=True
    )
    answer = await hello(running, card)
    assert (standing(running, card, answer).state, answer.certificate) == ("superseded", b"")
    card.sell(1)
    assert (await receive(running.hub, card.session, card.bundle(5))).seq == 5
    node = await find_node(running.hub, card.owner.node_id, 1)
    assert node.state == "superseded"


async def test_a_hello_signed_by_another_key_proves_nothing(running: RunningHub) -> None:
    card = await journal_of(running)
    card.key = make_keys(running.folder / "thief.key").node_key()
    with pytest.raises(BadSignature):
        await hello(running, card)


async def test_a_hello_brings_the_certificate_and_renews_it_in_time(running: RunningHub) -> None:
    card = await journal_of(running)
    hub_key = running.hub.key.sign_public
    first = read_certificate((await hello(running, card)).certificate, hub_key=hub_key, owner=card.owner)
    again = read_certificate((await hello(running, card)).certificate, hub_key=hub_key, owner=card.owner)
    assert first == again
    assert (first.kind, first.sign_key, first.until_ms - first.from_ms) == ("rsu", card.key.sign_public, VALID_MS)
    running.clock.wall_ms += 31 * DAY_MS
    later = read_certificate((await hello(running, card)).certificate, hub_key=hub_key, owner=card.owner)
    assert later.until_ms == first.until_ms + 31 * DAY_MS


HASH = {seq: bytes([seq]) * 32 for seq in range(10)}


@pytest.mark.parametrize(
    ("own", "receipt", "hub", "finding"),
    [
        (4, None, 4, "equal"),
        (0, None, 0, "equal"),
        (6, 4, 4, "edge ahead"),
        (3, None, 4, "edge behind"),
        (0, None, 4, "edge behind"),
        (6, 6, 4, "hub behind"),
        (6, 5, 4, "hub behind"),
    ],
)
def test_the_pure_table_says_the_same(own: int, receipt: int | None, hub: int, finding: str) -> None:
    line = Line(0, 0, 0, Tip(hub, HASH[hub]))
    claim = Claim(Tip(own, HASH[own]), None if receipt is None else Tip(receipt, HASH[receipt]))
    assert compare(claim, [line], {(0, seq): HASH[seq] for seq in range(1, hub + 1)}) == finding


def test_another_hash_at_a_seq_that_the_hub_holds_is_another_head() -> None:
    line = Line(0, 0, 0, Tip(4, HASH[4]))
    hashes = {(0, seq): HASH[seq] for seq in range(1, 5)}
    assert compare(Claim(Tip(4, HASH[9])), [line], hashes) == "other head"
    assert compare(Claim(Tip(2, HASH[9])), [line], hashes) == "other head"


def test_a_unit_on_its_own_history_of_a_fork_is_equal_there() -> None:
    lines = [Line(0, 0, 0, Tip(4, HASH[4])), Line(1, 0, 2, Tip(3, HASH[8]))]
    hashes = {(0, 3): HASH[3], (1, 3): HASH[8]}
    assert compare(Claim(Tip(3, HASH[8])), lines, hashes) == "equal"


def test_landmarks_thin_out_backwards() -> None:
    assert landmark_seqs(20) == [20, 19, 17, 13, 5]
    assert (landmark_seqs(1), landmark_seqs(0)) == ([1], [])


def test_an_empty_journal_shares_its_beginning_with_every_hub() -> None:
    answer = HelloAnswer(session=b"", seq=0, hash=b"", generation=1, hub_time_ms=0)
    assert common_seq(answer, {}) == 0


async def test_hub_behind_by_a_lease_that_it_signed_and_does_not_hold(running: RunningHub) -> None:
    card = await journal_of(running)
    assert card.lease is not None
    lost = msgspec.structs.replace(card.lease, lease=uuid4(), request=uuid4(), first=900_001, last=900_100)
    document = running.hub.key.document(LEASE_TAG, encode(lost))
    card.add(
        LeaseTaken(
            lease_id=lost.lease, event_id=lost.event, granter_id=lost.granter, first=900_001, last=900_100,
            document=document,
        )
    )  # fmt: skip
    await receive(running.hub, card.session, card.bundle())
    assert (await hello(running, card)).recovering


async def test_hub_behind_by_a_certificate_of_a_later_generation(running: RunningHub) -> None:
    card = await journal_of(running)
    held = read_certificate((await hello(running, card)).certificate, hub_key=running.hub.key.sign_public)
    later = sign_certificate(msgspec.structs.replace(held, generation=4), running.hub.key)
    answer = await hello(running, card, certificate=later)
    assert (answer.recovering, answer.generation) == (True, 5)


async def test_hub_behind_by_a_receipt_of_a_later_life_even_for_entries_that_it_holds(running: RunningHub) -> None:
    card, _ = await uploaded(running)
    later = Owner(running.org_id, running.hub.node_id, 4)
    receipt = cosign(sign_head(card.owner, card.tip, card.key), later, running.hub.key)
    answer = await hello(running, card, receipt=receipt)
    assert (answer.recovering, answer.generation) == (True, 5)


async def test_a_hub_with_a_long_feed_finds_out_as_well(running: RunningHub) -> None:
    for place in range(20):
        await running.staff(f"Seller {place}")
    card = await journal_of(running)
    await receive(running.hub, card.session, card.bundle(1, 2))
    mine = running.hub.owner(running.org_id)
    receipt = cosign(sign_head(card.owner, card.tip, card.key), mine, running.hub.key)
    assert (await hello(running, card, receipt=receipt)).recovering
