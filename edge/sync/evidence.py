"""What this edge can show a restored hub: every document with the hub's own signature that it holds (design §5.6)."""

import msgspec

from edge.runtime.database import Reader
from shared.journal.entry import Owner
from shared.kernel.codec import encode
from shared.sync.evidence import EVIDENCE_LEASES_MAX, EVIDENCE_RECEIPTS_MAX, Evidence, FeedEvidence

RECEIPTS = (
    "SELECT data FROM receipt WHERE org_id = :org_id AND node_id = :node_id ORDER BY epoch DESC, branch LIMIT :most"
)
LEASES = (
    "SELECT document FROM raffle_lease_taken WHERE org_id = :org_id AND node_id = :node_id ORDER BY epoch, lease_id"
)
FEED = "SELECT generation, position FROM peer LIMIT 1"


async def gather_evidence(reader: Reader, owner: Owner, certificate: bytes = b"", standing: bytes = b"") -> list[bytes]:
    """All of it, in encoded parts that each fit into one request; the last one says that it is the last.

    Leases of every epoch of this unit are shown, also of those that are over: their numbers were sold or may be. The
    standing comes with the last part, for a unit that it stops is not waited for any more.
    """
    mine = {"org_id": owner.org_id, "node_id": owner.node_id}
    receipts = await reader.values(RECEIPTS, mine | {"most": EVIDENCE_RECEIPTS_MAX})
    leases = [bytes(row[0]) for row in await reader.values(LEASES, mine)]
    feed = await reader.values(FEED)
    places = range(0, max(len(leases), 1), EVIDENCE_LEASES_MAX)
    parts = [Evidence(leases=tuple(leases[at : at + EVIDENCE_LEASES_MAX]), complete=False) for at in places]
    parts[0] = msgspec.structs.replace(
        parts[0],
        receipts=tuple(bytes(row[0]) for row in receipts),
        certificate=certificate,
        feed=FeedEvidence(*feed[0]) if feed else None,
    )
    parts[-1] = msgspec.structs.replace(parts[-1], complete=True, standing=standing)
    return [encode(part) for part in parts]
