"""What release 0.1.0 put aside when there were no cases yet, brought to a human when the hub starts.

It quarantined entries and kept bundles that contradict a journal, and told nobody. The entries get their cases. The
bundles are taken as today's are: as the second history that they hold, which opens the case of the fork. Both follow
from what is stored, so a later start, or another hub that starts beside this one, finds nothing left to do.
"""

from uuid import UUID

import structlog

from hub.runtime.hub import Hub
from hub.sync.branches import read_lines
from hub.sync.cases import open_fork_case, open_quarantine_case
from hub.sync.epochs import stop_epoch
from hub.sync.organizations import every_organization
from hub.sync.place import OtherHistory
from hub.sync.projecting import WAITS, read_stored
from hub.sync.receive import take_verified
from hub.sync.sessions import NodeEntry, find_node
from shared.journal.bundle import unpack, verify_alone
from shared.journal.chain import origin
from shared.journal.entry import Owner
from shared.kernel.errors import EvidenceError, Fork, Refusal

log = structlog.get_logger()
UNTOLD = """
from sync.quarantine q join journal.entry e using (org_id, node_id, epoch, branch, seq)
where q.org_id = %s and q.reason <> %s and not exists (
    select 1 from cases.cases_evidence v join cases.cases_case c on c.org_id = v.org_id and c.case_id = v.case_id
    where v.org_id = q.org_id and v.entry_node_id = q.node_id and v.entry_epoch = q.epoch and v.entry_seq = q.seq
    and v.entry_hash = e.hash and c.kind = 'quarantine')
"""
JOURNALS = f"select distinct q.node_id, q.epoch {UNTOLD} order by q.node_id, q.epoch"
ENTRIES = f"select q.branch, q.reason, e.data {UNTOLD} and q.node_id = %s and q.epoch = %s order by q.branch, q.seq"
REFUSED = (
    "select digest, node_id, epoch from sync.refused_bundle where org_id = %s and reason = %s "
    "order by node_id, epoch, seq, received_ms, digest"
)
DATA = "select data from sync.refused_bundle where org_id = %s and digest = %s"
NOTE = "The hub refused entries from {seq} on while it held another history, and kept them aside."


async def open_inherited_cases(hub: Hub) -> None:
    """Open the cases of what was put aside without one, for every organisation."""
    for org_id in await every_organization(hub):
        await _of_quarantine(hub, org_id)
        await _of_refused(hub, org_id)


async def _of_quarantine(hub: Hub, org_id: UUID) -> None:
    async with hub.bus.tenant(org_id) as connection:
        journals = await (await connection.execute(JOURNALS.encode(), (org_id, WAITS))).fetchall()
    for node_id, epoch in journals:
        async with hub.bus.tenant(org_id) as connection:
            # Under the journal's lock: a retry may release the entry meanwhile.
            await read_lines(connection, Owner(org_id, node_id, epoch))
            cursor = await connection.execute(ENTRIES.encode(), (org_id, WAITS, node_id, epoch))
            for branch, reason, data in await cursor.fetchall():
                owner, entry = Owner(org_id, node_id, epoch, branch), read_stored(bytes(data))
                log.warning("quarantined before there were cases", origin=origin(owner), seq=entry.envelope.seq)
                await open_quarantine_case(hub, connection, owner, entry=entry, reason=reason)


async def _of_refused(hub: Hub, org_id: UUID) -> None:
    async with hub.bus.tenant(org_id) as connection:
        rows = await (await connection.execute(REFUSED, (org_id, Fork.code))).fetchall()
    for digest, node_id, epoch in rows:
        owner = Owner(org_id, node_id, epoch)
        async with hub.bus.tenant(org_id) as connection:
            row = await (await connection.execute(DATA, (org_id, digest))).fetchone()
        assert row is not None, "nobody deletes what was kept"
        try:
            await _take(hub, owner, await find_node(hub, node_id, epoch), bytes(row[0]))
        except (Refusal, EvidenceError) as error:
            log.warning("a bundle that was kept aside fits nowhere", origin=origin(owner), problem=str(error))


async def _take(hub: Hub, owner: Owner, node: NodeEntry, data: bytes) -> None:
    """Take the bundle; one that hangs on an entry which is not here proves a fork all the same."""
    try:
        await take_verified(hub, owner, node, data)
    except OtherHistory:
        bundle, _ = unpack(data)
        read = verify_alone(bundle, owner, node.sign_key)
        note = NOTE.format(seq=bundle.first)
        async with hub.bus.tenant(owner.org_id) as connection:
            await read_lines(connection, owner)
            await stop_epoch(hub, connection, owner, "forked", note)
            await open_fork_case(hub, connection, owner, note=note, evidence=read[:1])
