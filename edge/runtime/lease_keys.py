"""The keys of the leases in hand: opened from their sealed documents, kept in memory only (design §6)."""

from uuid import UUID

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.pipeline.queries import KeyAsk
from shared.sync.lease import open_lease_key, read_lease


class LeaseKeys:
    """The edge's keyring: answers the writer's thread; BadSignature when a document is not the granter's."""

    def __init__(self, key: NodeKey, owner: Owner, granter_key: bytes) -> None:
        self._key = key
        self._owner = owner
        self._granter_key = granter_key
        self._opened: dict[UUID, bytes] = {}

    def __call__(self, ask: KeyAsk) -> bytes:
        """The key of the lease that `ask` is about (32 bytes)."""
        assert ask.kind == "lease", f"an edge holds no keys of kind {ask.kind}"
        found = self._opened.get(ask.about)
        if found is None:
            owner = self._owner
            document = read_lease(ask.sealed, granter_key=self._granter_key, holder=owner.node_id, epoch=owner.epoch)
            found = self._opened[ask.about] = open_lease_key(document, self._key)
        return found
