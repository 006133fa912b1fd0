"""Numbers that two epochs sold: found when the second of them arrives, whichever it is; one case a pair."""

from typing import Any
from uuid import UUID

from hub.runtime.hub import Hub
from hub.sync.cases import open_case, ref
from shared.domain.cases.facts import EvidenceRef
from shared.journal.chain import Read
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection

SOLD_BY_OTHERS = """
select distinct r.event_id, r.sale_seq, s.node_id, s.epoch, s.seq, e.hash, s.sale_id
from raffle.raffle_contested_lease c
join raffle.raffle_range r on r.org_id = c.org_id and r.node_id = c.node_id and r.epoch = c.epoch
    and r.branch = c.branch and r.lease_id = c.lease_id
join raffle.raffle_contested_lease oc on oc.org_id = r.org_id and oc.event_id = r.event_id
    and (oc.node_id, oc.epoch) <> (r.node_id, r.epoch)
    and oc.first_number <= r.last_number and oc.last_number >= r.first_number
join raffle.raffle_range o on o.org_id = oc.org_id and o.node_id = oc.node_id and o.epoch = oc.epoch
    and o.branch = oc.branch and o.lease_id = oc.lease_id
    and o.first_number <= r.last_number and o.last_number >= r.first_number
join raffle.raffle_sale s on s.org_id = o.org_id and s.node_id = o.node_id and s.epoch = o.epoch
    and s.branch = o.branch and s.seq = o.sale_seq
join journal.entry e on e.org_id = s.org_id and e.node_id = s.node_id and e.epoch = s.epoch and e.branch = s.branch
    and e.seq = s.seq
where c.org_id = %s and c.node_id = %s and c.epoch = %s and c.branch = %s and r.sale_seq = any(%s)
order by r.event_id, r.sale_seq, s.node_id, s.epoch, s.seq, e.hash
"""
Epoch = tuple[UUID, int]


async def open_overlap_cases(hub: Hub, connection: Connection, owner: Owner, sold: list[Read]) -> None:
    """Cases for those of these sales whose numbers another epoch sold too."""
    here = {one.envelope.seq: one for one in sold}
    if not here:
        return
    place = (owner.org_id, owner.node_id, owner.epoch, owner.branch, list(here))
    cursor = await connection.execute(SOLD_BY_OTHERS, place)
    mine: Epoch = (owner.node_id, owner.epoch)
    pairs: dict[tuple[UUID, Epoch], dict[Any, EvidenceRef]] = {}
    for event_id, seq, node_id, epoch, other_seq, digest, sale_id in await cursor.fetchall():
        evidence = pairs.setdefault((event_id, (node_id, epoch)), {})
        evidence[mine, seq] = ref(here[seq])
        other = EvidenceRef(node_id, epoch, other_seq, bytes(digest), sale_id)
        evidence[(node_id, epoch), other_seq, other.hash] = other
    for (event_id, theirs), named in pairs.items():
        both = " ".join(f"{node_id} {epoch}" for node_id, epoch in sorted((mine, theirs)))
        await open_case(
            hub,
            connection,
            owner.org_id,
            "overlap",
            node_id=None,
            epoch=0,
            entity_id=event_id,
            evidence=list(named.values()),
            note="Two journals sold the same draw numbers.",
            beside=both,
        )
