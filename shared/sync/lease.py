"""The signed lease document: the right to a range of draw numbers, with its key sealed to the holder (design §6)."""

from uuid import UUID

import msgspec

from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature
from shared.kernel.ids import derived_id
from shared.sync.figures import Count, WallMs

LEASE_TAG = "tillhouse/lease/v1"


class LeaseDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Draw numbers `first` to `last` of one event for one node and epoch; `sealed_key` opens for the holder alone."""

    org: UUID
    event: UUID
    lease: UUID
    request: UUID
    granter: UUID
    granter_epoch: Count
    holder: UUID
    holder_epoch: Count
    first: Count
    last: Count
    granted_ms: WallMs
    sealed_key: bytes


def answered_under(holder: UUID, epoch: int, request: UUID) -> UUID:
    """The id under which a granter answers a request, once.

    A unit chooses its request ids; as they stand they could be another unit's, or the id of any other order.
    """
    return derived_id(holder, f"lease of epoch {epoch} asked for as {request}")


def lease_info(org: UUID, event: UUID, lease: UUID, holder: UUID, epoch: int) -> bytes:
    """HPKE info: what the sealed key is for; under another info it does not open."""
    return b"tillhouse/lease-key/v1" + org.bytes + event.bytes + lease.bytes + holder.bytes + epoch.to_bytes(8, "big")


def read_lease(data: bytes, *, granter_key: bytes, holder: UUID, epoch: int) -> LeaseDocument:
    """The document, when its granter signed it and it names this holder and epoch; BadSignature otherwise."""
    try:
        document = decode(open_document(data, tag=LEASE_TAG, public=granter_key), LeaseDocument)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a lease") from error
    if document.holder != holder or document.holder_epoch != epoch or document.first > document.last:
        raise BadSignature(what="a lease for another unit")
    return document


def open_lease_key(document: LeaseDocument, key: NodeKey) -> bytes:
    """The lease's key (32 bytes), opened in memory by its holder."""
    info = lease_info(document.org, document.event, document.lease, document.holder, document.holder_epoch)
    return key.unseal(document.sealed_key, info)
