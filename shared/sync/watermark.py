"""How far a unit may purge: the hub's word that a verified backup holds its journal up to an entry (design §5.5)."""

from uuid import UUID

import msgspec

from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature

WATERMARK_TAG = "tillhouse/watermark/v1"


class Watermark(msgspec.Struct, frozen=True, kw_only=True):
    """One journal up to `seq`, whose hash is `hash`, is in the backup that was made and verified at `backup_ms`."""

    org: UUID
    node: UUID
    epoch: int
    seq: int
    hash: bytes
    backup_ms: int

    @property
    def tip(self) -> Tip:
        """The last entry that the backup holds."""
        return Tip(self.seq, self.hash)


def sign_watermark(watermark: Watermark, key: NodeKey) -> bytes:
    """The watermark as a signed document."""
    return key.document(WATERMARK_TAG, encode(watermark))


def read_watermark(data: bytes, *, hub_key: bytes, owner: Owner) -> Watermark:
    """The watermark, when the hub signed it for this journal; BadSignature otherwise."""
    try:
        found = decode(open_document(data, tag=WATERMARK_TAG, public=hub_key), Watermark)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a watermark") from error
    if (found.org, found.node, found.epoch) != (owner.org_id, owner.node_id, owner.epoch):
        raise BadSignature(what="a watermark of another unit")
    if found.seq < 0 or len(found.hash) != 32:
        raise BadSignature(what="a watermark")
    return found
