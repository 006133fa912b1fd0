"""Saying hello, also to a hub that was restored and must be told who we are (design §5.3, §5.6)."""

from collections.abc import Callable

from edge.runtime.database import Reader
from edge.sync.hub_client import HubClient, HubRefused
from edge.sync.hub_word import HubWord
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.sync.protocol import Hello, HelloAnswer
from shared.sync.uplink import common_seq

FORGOT_US = frozenset({"sync.unknown_node", "evidence.bad_signature"})
HASH_AT = "SELECT hash FROM journal_hash WHERE node_id = :node_id AND epoch = :epoch AND branch = 0 AND seq = :seq"


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
