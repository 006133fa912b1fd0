"""The unit of upload: a run of journal entries and the signed head they lead to (design §5.9).

One format for every road; zstd lies outside the signature.
"""

from collections.abc import Sequence

import msgspec
import zstandard

from shared.journal.chain import Read, Tip, entry_hash, follow, origin
from shared.journal.entry import Envelope, Owner
from shared.journal.head import Head, read_head, sign_head, verify_head
from shared.journal.signing import NodeKey
from shared.kernel.codec import decode, encode
from shared.kernel.errors import ChainBroken, InputRefused
from shared.kernel.limits import BUNDLE_BYTES_MAX, BUNDLE_ENTRIES_MAX, ENTRY_BYTES_MAX, SEQ_MAX

FORMAT = 1
PLAIN_BYTES_MAX = BUNDLE_BYTES_MAX - ENTRY_BYTES_MAX
"""Entries of one bundle; the rest is for its head and for what msgpack writes between them."""
UNREADABLE = f"these bytes are no whole bundle of at most {BUNDLE_BYTES_MAX} bytes; send it again"


class Bundle(msgspec.Struct, frozen=True, array_like=True):
    """`first` is the seq of the first entry; `head` stands at the last."""

    format: int
    first: int
    head: bytes
    entries: list[bytes]


def fitting(entries: list[bytes]) -> list[bytes]:
    """As many of them as a hub takes in one bundle; at least one, however large."""
    total = 0
    for place, entry in enumerate(entries[:BUNDLE_ENTRIES_MAX]):
        total += len(entry)
        if total > PLAIN_BYTES_MAX and place:
            return entries[:place]
    return entries[:BUNDLE_ENTRIES_MAX]


def pack(owner: Owner, first: int, entries: Sequence[bytes], tip: Tip, key: NodeKey) -> bytes:
    """Compressed bytes of a bundle whose last entry is at `tip`."""
    bundle = Bundle(FORMAT, first, sign_head(owner, tip, key), list(entries))
    return zstandard.ZstdCompressor(level=3).compress(encode(bundle))


def unpack(data: bytes) -> tuple[Bundle, Head]:
    """Read a bundle and the claim of its head; InputRefused when it is no bundle or over its limits."""
    try:
        bundle = decode(_plain(data), Bundle)
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise InputRefused(field="Bundle", problem=UNREADABLE) from error
    if bundle.format != FORMAT or not 0 < len(bundle.entries) <= BUNDLE_ENTRIES_MAX:
        raise InputRefused(field="Bundle", problem=f"it must hold 1 to {BUNDLE_ENTRIES_MAX} entries of format {FORMAT}")
    if not 0 < bundle.first <= SEQ_MAX:
        raise InputRefused(field="Bundle", problem="its first entry has no number that a journal has")
    if any(len(entry) > ENTRY_BYTES_MAX for entry in bundle.entries):
        raise InputRefused(field="Bundle", problem=f"an entry is larger than {ENTRY_BYTES_MAX} bytes")
    return bundle, read_head(bundle.head)


def _plain(data: bytes) -> bytes:
    """The bytes inside; a frame that claims more than a bundle may hold is refused before any memory is taken."""
    if zstandard.frame_content_size(data) > BUNDLE_BYTES_MAX:
        raise zstandard.ZstdError("larger than a bundle may be")
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=BUNDLE_BYTES_MAX, allow_extra_data=False)


def verify_bundle(bundle: Bundle, owner: Owner, tip: Tip, public: bytes) -> list[Read]:
    """The entries behind `tip` (the cursor), verified up to the signed head; those up to `tip` are not compared."""
    head = verify_head(bundle.head, owner, public)
    if bundle.first + len(bundle.entries) - 1 != head.tip.seq or bundle.first > tip.seq + 1:
        raise ChainBroken(seq=bundle.first, origin=origin(owner))
    if entry_hash(bundle.entries[-1]) != head.tip.hash:
        raise ChainBroken(seq=head.tip.seq, origin=origin(owner))
    return follow(owner, tip, bundle.entries[tip.seq + 1 - bundle.first :])


def verify_alone(bundle: Bundle, owner: Owner, public: bytes) -> list[Read]:
    """The entries, verified to hang together up to a head that the owner signed, whatever came before them."""
    try:
        first = decode(bundle.entries[0], Envelope)
    except msgspec.DecodeError as error:
        raise ChainBroken(seq=bundle.first, origin=origin(owner)) from error
    return verify_bundle(bundle, owner, Tip(bundle.first - 1, first.prev), public)
