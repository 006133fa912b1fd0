"""The evidence of a case as a file: every history of a unit's epochs, for a verifier that shares no code with us."""

from uuid import UUID

from hub.runtime.hub import Hub
from hub.sync.branches import lineage
from hub.sync.certificates import unit_of, vouch
from hub.sync.generation import hub_state
from hub.sync.sessions import find_epochs
from shared.journal.archive import Archive, ArchivedJournal, write_archive
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.head import cosign
from shared.kernel.errors import Refusal
from shared.pipeline.postgres_applier import Connection
from shared.sync.hello import Line

LINES = (
    "select h.branch, coalesce(b.parent, 0), coalesce(b.fork_seq, 0), h.seq, h.hash, s.data "
    "from journal.head h left join journal.branch b using (org_id, node_id, epoch, branch) "
    "left join journal.signed_head s using (org_id, node_id, epoch, branch) "
    "where h.org_id = %s and h.node_id = %s and h.epoch = %s order by h.branch"
)
RUN = (
    "select data from journal.entry where org_id = %s and node_id = %s and epoch = %s and branch = %s "
    "and seq > %s and seq <= %s order by seq"
)


class NothingSigned(Refusal):
    """The hub holds no head that the unit signed: it took its uploads before it kept heads."""

    code = "cases.nothing_signed"
    sentence = "The hub holds no signed head of this unit. Export again after its next upload."


async def evidence_file(hub: Hub, org_id: UUID, unit_id: UUID, epochs: set[int]) -> bytes:
    """An archive of every history of these epochs of a unit; NothingSigned when none can be proven."""
    known = {one.epoch: one for one in await find_epochs(hub, unit_id) if one.org_id == org_id}
    journals: list[ArchivedJournal] = []
    async with hub.bus.tenant(org_id) as connection:
        generation = (await hub_state(connection, org_id)).generation
        for epoch in sorted(epochs & known.keys()):
            owner = Owner(org_id, unit_id, epoch)
            unit = await unit_of(hub, connection, owner)
            certificate = vouch(hub, owner, unit, known[epoch], generation) if unit else b""
            journals += await _histories(hub, connection, owner, known[epoch].sign_key, certificate)
    if not journals:
        raise NothingSigned
    return write_archive(Archive(hub.node_id, tuple(journals)))


async def _histories(
    hub: Hub, connection: Connection, owner: Owner, public: bytes, certificate: bytes
) -> list[ArchivedJournal]:
    place = (owner.org_id, owner.node_id, owner.epoch)
    rows = await (await connection.execute(LINES, place)).fetchall()
    lines = [Line(row[0], row[1], row[2], Tip(row[3], bytes(row[4]))) for row in rows]
    heads = {row[0]: bytes(row[5]) for row in rows if row[5] is not None}
    found = []
    for branch, head in heads.items():
        entries: list[bytes] = []
        for label, upto in lineage(lines, branch):
            run = await connection.execute(RUN, (*place, label, len(entries), upto))
            entries += [bytes(row[0]) for row in await run.fetchall()]
        found.append(
            ArchivedJournal(
                org=owner.org_id,
                node=owner.node_id,
                epoch=owner.epoch,
                branch=branch,
                public=public,
                checkpoint=None,
                entries=tuple(entries),
                heads=(head,),
                receipts=(cosign(head, hub.owner(owner.org_id), hub.key),),
                certificate=certificate,
            )
        )
    return found
