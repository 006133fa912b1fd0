"""Feed pages: the hub's row changes for a scope, signed; read from the beginning they are a snapshot (design §5.10)."""

from uuid import UUID

import msgspec

from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature

FEED_TAG = "tillhouse/feed-page/v1"


class FeedChange(msgspec.Struct, frozen=True, array_like=True):
    """One row as it is now, or `gone` from this scope; `key` is its key behind the owner, `row` its fields."""

    position: int
    kind: str
    key: bytes
    gone: bool
    row: bytes


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes behind `since` up to `upto`; `end` says that nothing follows now, `signed_ms` when the feeder signed."""

    org: UUID
    feeder: UUID
    feeder_epoch: int
    generation: int
    since: int
    upto: int
    end: bool
    signed_ms: int
    changes: list[FeedChange]


def sign_page(page: FeedPage, key: NodeKey) -> bytes:
    """The page as a signed document."""
    return key.document(FEED_TAG, encode(page))


def read_page(data: bytes, *, feeder_key: bytes, org: UUID, since: int) -> FeedPage:
    """The page, when the feeder signed it for this organisation and it begins where it was asked to."""
    try:
        page = decode(open_document(data, tag=FEED_TAG, public=feeder_key), FeedPage)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a feed page") from error
    if page.org != org or page.since != since:
        raise BadSignature(what="a feed page of another place")
    return page


def scopes_of(venue_id: UUID, kind: str) -> list[str]:
    """The scopes that a unit of this kind at this venue reads; an RSU gets no more than it needs."""
    base = ["org", f"venue:{venue_id}"]
    return base + [f"{scope}:venue" for scope in base] if kind == "venue" else base
