"""What a unit shows a restored hub: the documents that the hub itself had signed (design §5.6).

A restored hub believes no unit's word. Each document bears the hub's own signature (and a receipt the unit's as well),
so all that a unit can do is remind the hub of what it said.
"""

from uuid import UUID

import msgspec

from shared.journal.entry import Owner
from shared.journal.head import Head, read_head, verify_receipt
from shared.journal.signing import open_document
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature
from shared.sync.certificate import Certificate, read_certificate
from shared.sync.feed import FEED_TAG, FeedPage
from shared.sync.figures import Count
from shared.sync.lease import LEASE_TAG, LeaseDocument
from shared.sync.standing import Standing, read_standing

EVIDENCE_BYTES_MAX = 1024 * 1024
EVIDENCE_LEASES_MAX = 500
EVIDENCE_RECEIPTS_MAX = 100


class FeedEvidence(msgspec.Struct, frozen=True):
    """How far a unit had read the hub's feed; `page` is the last signed page, where the unit keeps it."""

    generation: Count
    position: Count
    page: bytes = b""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One part of what a unit holds; `complete` says that with it the unit has shown everything.

    `standing` is the hub's last word on it, of before it heard of the restore.
    """

    receipts: tuple[bytes, ...] = ()
    leases: tuple[bytes, ...] = ()
    certificate: bytes = b""
    feed: FeedEvidence | None = None
    complete: bool = True
    standing: bytes = b""


class EvidenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub took: leases it had lost, leases that it cannot take back, and whether it still recovers."""

    recovered: int
    refused: int
    recovering: bool
    generation: int


class Proven(msgspec.Struct, frozen=True):
    """Evidence whose every signature holds: the heads that were receipted, and the other documents opened.

    Receipts of epochs that the hub does not know are not among it (`prove`).
    """

    receipts: tuple[tuple[Owner, Head], ...]
    leases: tuple[tuple[LeaseDocument, bytes], ...]
    certificate: Certificate | None
    page: FeedPage | None
    standing: Standing | None = None


class Shower(msgspec.Struct, frozen=True):
    """Who shows: the node, and the Ed25519 key of each of its epochs."""

    org: UUID
    node: UUID
    keys: dict[int, bytes]


def prove(evidence: Evidence, shower: Shower, *, hub: Owner, hub_key: bytes) -> Proven:
    """Everything opened, when each document is the hub's own word to this node; BadSignature otherwise.

    One exception: a receipt that names an epoch of this node which the hub does not know is left out unread, whatever
    it says. Nobody here has the key to read it with, and it must not keep the rest out.
    """
    if len(evidence.leases) > EVIDENCE_LEASES_MAX or len(evidence.receipts) > EVIDENCE_RECEIPTS_MAX:
        raise BadSignature(what="more evidence than fits into one part")
    certificate = page = None
    if evidence.certificate:
        certificate = read_certificate(evidence.certificate, hub_key=hub_key)
        if (certificate.org, certificate.node) != (shower.org, shower.node):
            raise BadSignature(what="a certificate of another unit")
    if evidence.feed is not None and evidence.feed.page:
        page = _page(evidence.feed.page, shower, hub_key)
    receipts = (_receipt(data, shower, hub, hub_key) for data in evidence.receipts)
    return Proven(
        tuple(one for one in receipts if one is not None),
        tuple((_lease(data, shower, hub_key), data) for data in evidence.leases),
        certificate,
        page,
        _standing(evidence.standing, shower, hub_key) if evidence.standing else None,
    )


def _receipt(data: bytes, shower: Shower, hub: Owner, hub_key: bytes) -> tuple[Owner, Head] | None:
    """None for an epoch of this unit that the hub does not know (yet): it introduces itself over its own line."""
    name = read_head(data).origin
    for epoch, public in shower.keys.items():
        owner = Owner(shower.org, shower.node, epoch)
        if name.endswith(f"/{shower.node}/e{epoch}"):
            return owner, verify_receipt(data, owner, public, hub, hub_key)
    if f"/{shower.node}/e" in name:
        return None
    raise BadSignature(what="a receipt of another unit")


def _standing(data: bytes, shower: Shower, hub_key: bytes) -> Standing:
    for epoch in shower.keys:
        try:
            return read_standing(data, hub_key=hub_key, owner=Owner(shower.org, shower.node, epoch))
        except BadSignature:
            continue
    raise BadSignature(what="a standing of another unit")


def _lease(data: bytes, shower: Shower, hub_key: bytes) -> LeaseDocument:
    try:
        lease = decode(open_document(data, tag=LEASE_TAG, public=hub_key), LeaseDocument)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a lease") from error
    if (lease.org, lease.holder) != (shower.org, shower.node) or not 0 < lease.first <= lease.last:
        raise BadSignature(what="a lease for another unit")
    return lease


def _page(data: bytes, shower: Shower, hub_key: bytes) -> FeedPage:
    try:
        page = decode(open_document(data, tag=FEED_TAG, public=hub_key), FeedPage)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a feed page") from error
    if page.org != shower.org:
        raise BadSignature(what="a feed page of another place")
    return page
