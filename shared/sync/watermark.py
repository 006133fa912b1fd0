"""How far a unit may purge: the hub's word that a verified backup holds its journal up to an entry (design §5.5)."""

from uuid import UUID

import msgspec

from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.sync.figures import Count, WallMs

WATERMARK_TAG = "tillhouse/watermark/v1"


class Watermark(msgspec.Struct, frozen=True, kw_only=True):
    """One journal up to `seq`, whose hash is `hash`, is in the backup that was made and verified at `backup_ms`.

    `generation` is the life of the hub that says so: a hub that was restored may lack what it said it had, so what an
    earlier life said is not obeyed once a later one is known, whoever brings it again.
    """

    org: UUID
    node: UUID
    epoch: Count
    seq: Count
    hash: bytes
    backup_ms: WallMs
    generation: Count = 0

    @property
    def tip(self) -> Tip:
        """The last entry that the backup holds."""
        return Tip(self.seq, self.hash)

    def is_obeyed(self, known_generation: int) -> bool:
        """Whether a unit that knows of this generation may purge by it; one that names none (0) is never obeyed."""
        return 0 < self.generation >= known_generation


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
    if len(found.hash) != 32:
        raise BadSignature(what="a watermark")
    return found
