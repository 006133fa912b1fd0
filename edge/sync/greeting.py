"""Saying hello, also to a hub that was restored and must be told who we are (design §5.3, §5.6)."""

from collections.abc import Callable

import msgspec

from edge.runtime.database import Reader
from edge.sync.hub_client import HubClient, HubRefused
from edge.sync.hub_word import HubWord
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.kernel.clock import Moment
from shared.sync.protocol import Hello, HelloAnswer
from shared.sync.uplink import common_seq

FORGOT_US = frozenset({"sync.unknown_node", "evidence.bad_signature"})
HASH_AT = "SELECT hash FROM journal_hash WHERE node_id = :node_id AND epoch = :epoch AND branch = 0 AND seq = :seq"


class Words(msgspec.Struct, frozen=True):
    """What the unit shows of the hub's own: its last receipt and certificate; empty where there is none."""

    receipt: bytes
    certificate: bytes


def hello_of(owner: Owner, tip: Tip, *, feed: tuple[int, int], words: Words, now: Moment) -> Callable[[bytes], Hello]:
    """What makes the hello of this journal for a challenge; `feed` is the generation and the position read so far."""

    def make(challenge: bytes) -> Hello:
        return Hello(
            challenge=challenge,
            org=owner.org_id,
            node=owner.node_id,
            epoch=owner.epoch,
            seq=tip.seq,
            hash=tip.hash,
            generation=feed[0],
            position=feed[1],
            receipt=words.receipt,
            certificate=words.certificate,
            boot_id=now.boot_id,
            monotonic_ns=now.monotonic_ns,
            wall_ms=now.wall_ms,
        )

    return make


async def greet_hub(client: HubClient, word: HubWord, make: Callable[[bytes], Hello]) -> HelloAnswer:
    """Say hello; when the hub does not know us, show it its own word about us once, and say hello again."""
    try:
        return await client.hello(make)
    except HubRefused as refused:
        introduction = word.introduction()
        if refused.refusal_code not in FORGOT_US or not introduction:
            raise
        await client.introduce(introduction)
        return await client.hello(make)


async def common_with(reader: Reader, owner: Owner, answer: HelloAnswer, tip: Tip) -> int | None:
    """The last entry that both sides hold; None when the answer says too little to know."""
    own = {tip.seq: tip.hash}
    for seq in {answer.seq, *(place.seq for place in answer.landmarks)}:
        if rows := await reader.values(HASH_AT, {"node_id": owner.node_id, "epoch": owner.epoch, "seq": seq}):
            own[seq] = rows[0][0]
    return common_seq(answer, own)
