"""What a handheld and the hub say to each other in the stateful test, message by message; any answer may be lost."""

from uuid import UUID

from edge.runtime.holds import read_holds
from edge.sync.evidence import gather_evidence
from edge.sync.numbers import wanted_numbers
from edge.sync.pages import apply_page
from edge.sync.receipts import receipt_of
from hub.runtime.hub import Hub
from hub.sync.feed import read_feed
from hub.sync.greet import greet
from hub.sync.leases import grant
from hub.sync.receive import receive
from hub.sync.recovery import take_evidence
from hub.sync.sessions import UnknownNode, find_node, make_challenge
from hub.sync.strangers import take_stranger
from shared.domain.raffle.commands import TakeLease
from shared.journal.bundle import pack
from shared.journal.chain import Tip, empty_tip
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature, Refusal
from shared.kernel.ids import derived_id
from shared.sync.evidence import Evidence
from shared.sync.feed import read_page
from shared.sync.lease import read_lease
from shared.sync.protocol import HELLO_TAG, Hello, HelloAnswer, LeaseRequest, Session
from shared.sync.standing import MAY_READ_FEED, MAY_SELL
from shared.sync.uplink import common_seq
from tests.support.season_card import Card

PEER = "SELECT generation, position FROM peer"
SOME = 3
"""Entries a bundle holds here, so that a few sales are several bundles."""


def session_of(owner: Owner) -> Session:
    """A proven unit."""
    return Session(owner.org_id, owner.node_id, owner.epoch, 2**60)


async def say_hello(hub: Hub, card: Card, owner: Owner, key: NodeKey, tip: Tip) -> HelloAnswer:
    """Say where the journal ends, as the edge's line does; a hub that forgot this epoch is told who it is."""
    try:
        return await _say_hello(hub, card, owner, key, tip)
    except (UnknownNode, BadSignature):
        await take_stranger(hub, (await card.word_of(owner, key)).introduction())
        return await _say_hello(hub, card, owner, key, tip)


async def _say_hello(hub: Hub, card: Card, owner: Owner, key: NodeKey, tip: Tip) -> HelloAnswer:
    receipt = await receipt_of(card.reader, owner)
    rows = await card.reader.values(PEER)
    generation, position = rows[0] if rows else (0, 0)
    now = card.clock.now()
    hello = Hello(
        challenge=make_challenge(hub, owner.node_id), org=owner.org_id, node=owner.node_id, epoch=owner.epoch,
        seq=tip.seq, hash=tip.hash, generation=generation, position=position, receipt=receipt.data if receipt else b"",
        certificate=(await card.word_of(owner, key)).certificate_data, boot_id=now.boot_id,
        monotonic_ns=now.monotonic_ns, wall_ms=now.wall_ms,
    )  # fmt: skip
    return await greet(hub, owner.node_id, key.document(HELLO_TAG, encode(hello)))


def bundles(card: Card, owner: Owner, key: NodeKey, behind: int) -> list[bytes]:
    """What lies behind an entry, in bundles of a few."""
    mine = [(seq, digest, data) for epoch, seq, digest, data in card.entries() if epoch == owner.epoch and seq > behind]
    parts = [mine[at : at + SOME] for at in range(0, len(mine), SOME)]
    return [pack(owner, part[0][0], [one[2] for one in part], Tip(*part[-1][:2]), key) for part in parts]


async def upload(
    hub: Hub, card: Card, owner: Owner, key: NodeKey, behind: int, *, manner: str = "", most: int = 2**30
) -> int:
    """Upload behind an entry; up to where the unit knows it stored. `manner`: dropped, doubled or reordered."""
    ready = bundles(card, owner, key, behind)[:most]
    if manner == "reorder":
        for data in reversed(ready):
            try:
                await receive(hub, session_of(owner), data)
            except Refusal:
                continue
    for data in ready:
        answer = await receive(hub, session_of(owner), data)
        if manner == "drop":
            return behind
        if manner == "double":
            answer = await receive(hub, session_of(owner), data)
        behind = answer.seq
        if owner == card.owner:
            await card.word.receipt(answer.receipt)
    return behind


async def talk(hub: Hub, card: Card, *, manner: str = "", most: int = 2**30) -> bool:
    """One contact: hello, evidence, uploads, feed, numbers; whether everything of this card is at the hub now."""
    level = True
    for owner, key, tip in card.journals():
        answer = await say_hello(hub, card, owner, key, tip)
        own = {seq: digest for epoch, seq, digest, _ in card.entries() if epoch == owner.epoch}
        common = common_seq(answer, {**own, 0: empty_tip(owner).hash})
        assert common is not None
        if owner == card.owner:
            if answer.recovering:
                await _show(hub, card)
                answer = await say_hello(hub, card, owner, key, tip)
            await _hear(hub, card, answer)
        reached = await upload(hub, card, owner, key, min(common, tip.seq), manner=manner, most=most)
        level = level and reached >= tip.seq
    before = card.writer.tip
    if not manner:
        await _numbers(hub, card)
    return level and card.writer.tip == before


async def _show(hub: Hub, card: Card) -> None:
    """Everything that it holds of the hub's, before it hears what a restored hub says of it."""
    word, owner = card.word, card.owner
    for part in await gather_evidence(card.reader, owner, word.certificate_data, word.standing_data):
        await take_evidence(hub, session_of(owner), decode(part, Evidence))


async def _hear(hub: Hub, card: Card, answer: HelloAnswer) -> None:
    word, owner = card.word, card.owner
    await word.certificate(answer.certificate)
    standing = await word.standing(answer.standing, lambda _ms, _is_fresh: None)
    if standing is not None and standing.state in MAY_READ_FEED:
        rows = await card.reader.values(PEER)
        generation, since = rows[0] if rows else (0, 0)
        since = since if generation == answer.generation else 0
        # A generation may have begun while evidence was shown: the page then says so, and the next hello begins anew.
        try:
            data = await read_feed(hub, session_of(owner), since)
        except Refusal:
            return
        page = read_page(data, feeder_key=card.place.hub_key, org=owner.org_id, since=since, scopes=word.scopes)
        await card.writer.write(lambda db: apply_page(db, page))


async def _numbers(hub: Hub, card: Card) -> None:
    """Ask for numbers when they run low, as the edge's line does."""
    if (await find_node(hub, card.owner.node_id, card.owner.epoch)).state not in MAY_SELL:
        return
    for want in await wanted_numbers(card.reader, card.owner, card.clock.wall_ms):
        try:
            data = await grant(hub, session_of(card.owner), LeaseRequest(want.request, want.event_id))
        except Refusal:
            continue
        owner = card.owner
        lease = read_lease(data, granter_key=card.place.hub_key, holder=owner.node_id, epoch=owner.epoch)
        order = TakeLease(
            command_id=derived_id(lease.lease, "take"), lease_id=lease.lease, event_id=lease.event,
            granter_id=lease.granter, first=lease.first, last=lease.last, document=data,
        )  # fmt: skip
        await card.writer.handle(order)


async def holds(card: Card) -> set[str]:
    """What stops this card from selling."""
    return {hold.cause for hold in await card.writer.write(read_holds)}


def as_unit(owner: Owner) -> tuple[UUID, int]:
    """A node's epoch, as cases name it."""
    return owner.node_id, owner.epoch
