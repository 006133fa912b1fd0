"""Feed pages: the hub's row changes for a scope, signed; read from the beginning they are a snapshot (design §5.10)."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.sync.figures import Count, WallMs

FEED_TAG = "tillhouse/feed-page/v1"


class FeedChange(msgspec.Struct, frozen=True, array_like=True):
    """One row as it is now, or `gone` from this scope; `key` is its key behind the owner, `row` its fields."""

    position: Count
    kind: str
    key: bytes
    gone: bool
    row: bytes


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes behind `since` up to `upto`; `end` says that nothing follows now, `signed_ms` when the feeder signed.

    `scopes` are those it was read for (`scopes_of`): the same for all units of a kind at a venue, so that one page may
    serve them all, and nobody in between hands it to others. A hub of 0.1.0 names none.
    """

    org: UUID
    feeder: UUID
    feeder_epoch: Count
    generation: Count
    since: Count
    upto: Count
    end: bool
    signed_ms: WallMs
    changes: list[FeedChange]
    scopes: tuple[str, ...] = ()


def sign_page(page: FeedPage, key: NodeKey) -> bytes:
    """The page as a signed document."""
    return key.document(FEED_TAG, encode(page))


def read_page(data: bytes, *, feeder_key: bytes, org: UUID, since: int, scopes: Sequence[str] = ()) -> FeedPage:
    """The page, when the feeder signed it for this organisation and these scopes, and it begins where it was asked to.

    A page that names no scopes is taken, and a reader that does not know its own takes any.
    """
    try:
        page = decode(open_document(data, tag=FEED_TAG, public=feeder_key), FeedPage)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a feed page") from error
    if page.org != org or page.since != since or page.upto < since:
        raise BadSignature(what="a feed page of another place")
    if scopes and page.scopes and set(page.scopes) != set(scopes):
        raise BadSignature(what="a feed page for another unit")
    return page


def scopes_of(venue_id: UUID, kind: str) -> list[str]:
    """The scopes that a unit of this kind at this venue reads; an RSU gets no more than it needs."""
    base = ["org", f"venue:{venue_id}"]
    return base + [f"{scope}:venue" for scope in base] if kind == "venue" else base
