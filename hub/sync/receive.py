"""Ingest: verify, store raw, project in bulk, move the cursor, judge, all in one transaction (design §3, §5).

Accept first, judge later: bytes that verify are stored before anybody asks whether they make sense. When the bulk
fails in the database, its facts go one by one, and the one that fails is quarantined; only its entity waits. The same
seq with other bytes opens a second history of the epoch, and a case; no order of arrival decides anything. The order
of locks stands in `branches.py`.
"""

import msgspec
import structlog

from hub.runtime.hub import Hub
from hub.sync.branches import open_branch, read_hashes, read_lines
from hub.sync.cases import open_fork_case
from hub.sync.epochs import stop_epoch
from hub.sync.generation import open_generation_in
from hub.sync.held import hold_bundle
from hub.sync.judging import judge_stored
from hub.sync.leases import held_leases
from hub.sync.place import BRANCHES_MAX, Place, find_place
from hub.sync.projecting import project_carried, store_and_project
from hub.sync.sessions import NodeEntry, find_node, find_node_in
from shared.domain.raffle.facts import LeaseTaken
from shared.journal.bundle import Bundle, unpack, verify_alone
from shared.journal.chain import Read, Tip, origin
from shared.journal.entry import Owner
from shared.journal.head import cosign
from shared.kernel.errors import BadSignature, Fault, Refusal
from shared.pipeline.postgres_applier import Connection
from shared.pipeline.postgres_bus import move_head
from shared.sync.hello import Line
from shared.sync.lease import LeaseDocument, read_lease
from shared.sync.protocol import PushAnswer, Session

log = structlog.get_logger()
KEEP_HEAD = (
    "insert into journal.signed_head (org_id, node_id, epoch, branch, data) values (%s, %s, %s, %s, %s) "
    "on conflict (org_id, node_id, epoch, branch) do update set data = excluded.data"
)
FORK_NOTE = "After entry {seq} the unit has two continuations, both signed with its key."
LAST_NOTE = " This is history {maximum} of this enrolment; the hub keeps no more."


class ForeignBundle(Refusal):
    """The bundle belongs to another node than the session."""

    code = "sync.foreign_bundle"
    sentence = "This bundle belongs to {origin}. Upload it from that unit."


class Paused(Fault):
    """Head office takes nothing from this unit for now."""

    code = "sync.paused"
    sentence = "Head office paused this unit's uploads. It sells on and keeps what it has."
    retry_after_ms = 30_000


async def receive(hub: Hub, session: Session, data: bytes) -> PushAnswer:
    """Take a bundle: everything up to the answer's seq is stored, and the receipt says so.

    InputRefused for bytes that are no bundle, ForeignBundle, OutOfOrder with the cursor, OtherHistory when it hangs on
    an entry that is not here, ChainBroken or BadSignature for what does not verify, Paused,
    TooManyHistories, and HeldFull of a revoked unit.
    """
    bundle, head = unpack(data)
    owner = session.owner
    if head.origin != origin(owner):
        raise ForeignBundle(origin=head.origin)
    node = await find_node(hub, session.node, session.epoch)
    if node.paused and not node.unit_revoked:  # revoked while it was paused: nobody resumes it any more
        raise Paused
    read = verify_alone(bundle, owner, node.sign_key)
    fresh: list[Read] = []
    async with hub.bus.tenant(owner.org_id) as connection:
        lines = await read_lines(connection, owner)
        # Asked again under the lock: the unit may have been revoked while the bundle waited for it.
        if (await find_node_in(connection, owner.node_id, owner.epoch)).unit_revoked:
            await hold_bundle(hub, connection, owner, bundle, data)
        else:
            fresh = await _take(hub, connection, owner, bundle=bundle, read=read, lines=lines)
        mine = await hub.owner_in(connection, owner.org_id)  # the receipt names the epoch of now
    hub.meter.stored(len(fresh))
    receipt = cosign(bundle.head, mine, hub.key)
    return PushAnswer(seq=head.tip.seq, hash=head.tip.hash, hub_time_ms=hub.clock.now().wall_ms, receipt=receipt)


async def take_verified(hub: Hub, owner: Owner, node: NodeEntry, data: bytes) -> int:
    """Take a bundle that was kept until now, the same way as any other, whatever the unit's state; how much was new."""
    bundle, _ = unpack(data)
    read = verify_alone(bundle, owner, node.sign_key)
    async with hub.bus.tenant(owner.org_id) as connection:
        lines = await read_lines(connection, owner)
        fresh = await _take(hub, connection, owner, bundle=bundle, read=read, lines=lines)
    hub.meter.stored(len(fresh))
    return len(fresh)


async def _take(
    hub: Hub, connection: Connection, owner: Owner, *, bundle: Bundle, read: list[Read], lines: list[Line]
) -> list[Read]:
    """Store what is not here yet; what that was."""
    seqs = range(bundle.first - 1, bundle.first + len(read))
    known = bundle.first <= max(line.tip.seq for line in lines)
    hashes = await read_hashes(connection, owner, lines, seqs) if known or len(lines) > 1 else {}
    place = find_place(owner, lines, hashes, read)
    fresh = read[place.known :]
    if fresh:
        mine = Owner(owner.org_id, owner.node_id, owner.epoch, place.branch)
        await _store(hub, connection, mine, lines=lines, place=place, fresh=fresh)
        await connection.execute(KEEP_HEAD, (mine.org_id, mine.node_id, mine.epoch, mine.branch, bundle.head))
        await _notice_own_leases(hub, connection, owner, fresh)
    return fresh


async def _notice_own_leases(hub: Hub, connection: Connection, owner: Owner, fresh: list[Read]) -> None:
    """A lease that we signed in this epoch and do not hold says that we were restored (design §5.6).

    In the transaction that stores the entry: the next upload would find it known, and nobody would look again.
    """
    shown = [found for one in fresh if one.envelope.type == LeaseTaken.TYPE if (found := _own_lease(hub, owner, one))]
    if not shown:
        return
    lately = (await hub.owner_in(connection, owner.org_id)).epoch
    wanted = [lease.lease for lease in shown if lease.granter_epoch >= lately]
    unknown = set(wanted) - await held_leases(connection, owner.org_id, wanted)
    if unknown:
        log.error("leases of our own that are not here", origin=origin(owner), leases=sorted(map(str, unknown)))
        await open_generation_in(hub, connection, owner.org_id, "evidence")


def _own_lease(hub: Hub, owner: Owner, one: Read) -> LeaseDocument | None:
    """Our own document in the entry, whatever the entry says beside it; None without one."""
    try:
        fact = hub.slices.facts.read(one.envelope.type, one.envelope.version, one.envelope.body)
        if not isinstance(fact, LeaseTaken):
            return None
        key = hub.key.sign_public
        return read_lease(fact.document, granter_key=key, holder=owner.node_id, epoch=owner.epoch)
    except (BadSignature, msgspec.DecodeError):  # not ours; or in quarantine, for nobody can read it
        return None


async def _store(
    hub: Hub, connection: Connection, owner: Owner, *, lines: list[Line], place: Place, fresh: list[Read]
) -> None:
    now_ms = hub.clock.now().wall_ms
    if place.forks is not None:
        parent = place.forks
        fork_seq = fresh[0].envelope.seq - 1
        log.error("second history", origin=origin(owner), behind=fork_seq, branch=owner.branch)
        await open_branch(connection, owner, parent, fork_seq, now_ms)
        await project_carried(hub, connection, owner, lines=lines, parent=parent, fork_seq=fork_seq)
    await store_and_project(hub, connection, owner, fresh, now_ms)
    await move_head(connection, owner, Tip(fresh[-1].envelope.seq, fresh[-1].hash))
    if place.forks is not None:
        note = FORK_NOTE.format(seq=fork_seq)
        if len(lines) + 1 == BRANCHES_MAX:
            note += LAST_NOTE.format(maximum=BRANCHES_MAX)
        await stop_epoch(hub, connection, owner, "forked", note)
        await open_fork_case(hub, connection, owner, note=note, evidence=[fresh[0]])
    await judge_stored(hub, connection, owner, fresh, now_ms)
