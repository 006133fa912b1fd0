"""Evidence: units show a restored hub what it had signed, and it takes its own word back (design §5.6).

A lease that the hub lost becomes a fact of its new epoch, so its numbers are never granted again. A hub that did not
know it was restored learns it here: any document of its own that it does not hold says so.
"""

from uuid import UUID

import msgspec
import structlog

from hub.runtime.hub import Hub
from hub.sync.cases import open_case, open_fork_case_again
from hub.sync.generation import (
    HubState,
    WaitedFor,
    end_if_complete,
    has_to_show,
    hub_state,
    open_generation,
    owes_evidence,
    waited_for,
)
from hub.sync.leases import held_leases
from hub.sync.sessions import find_epochs
from hub.sync.unit_story import story_of
from shared.domain.identity.commands import DeclareUnitLost, DisableUnit, RevokeUnit, StopEpoch
from shared.domain.identity.decide_recovery import ENROLLED_SINCE, SAID_BEFORE
from shared.domain.identity.errors import NotWaitedFor
from shared.domain.identity.facts import UnitEnabled
from shared.domain.identity.queries import UNIT
from shared.domain.identity.state import STOPPED_EPOCHS
from shared.domain.raffle.commands import RecoverLease
from shared.domain.raffle.errors import LeaseGrantedTwice
from shared.journal.chain import Tip
from shared.journal.entry import Fact, Owner
from shared.kernel.ids import derived_id
from shared.pipeline.command import Command
from shared.pipeline.postgres_applier import Connection
from shared.sync.evidence import Evidence, EvidenceAnswer, Proven, Shower, prove
from shared.sync.lease import LeaseDocument, answered_under
from shared.sync.protocol import Session
from shared.sync.standing import MAY_SELL, Standing

log = structlog.get_logger()
HELD = (
    "select 1 from journal.entry where org_id = %s and node_id = %s and epoch = %s and seq = %s and hash = %s limit 1"
)
KEEP_DOCUMENT = "insert into sync.lease_document (org_id, lease_id, data) values (%s, %s, %s) on conflict do nothing"
SHOWN = (
    "insert into sync.evidence_shown (org_id, generation, node_id, shown_ms) values (%s, %s, %s, %s) "
    "on conflict (org_id, generation, node_id) do update set shown_ms = excluded.shown_ms"
)
LOST = (
    "insert into sync.evidence_shown (org_id, generation, node_id, lost_by_1, lost_by_2) values (%s, %s, %s, %s, %s) "
    "on conflict (org_id, generation, node_id) do update "
    "set lost_by_1 = excluded.lost_by_1, lost_by_2 = excluded.lost_by_2"
)


class Recovery(msgspec.Struct, frozen=True):
    """How far a restored hub is: its state, and every enabled unit with what is known of it."""

    state: HubState
    units: list[WaitedFor]


async def recovery_of(hub: Hub, org_id: UUID) -> Recovery:
    """What the page of a recovering hub shows."""
    async with hub.bus.tenant(org_id) as connection:
        return Recovery(await hub_state(connection, org_id), await waited_for(connection, org_id))


async def take_evidence(hub: Hub, session: Session, evidence: Evidence) -> EvidenceAnswer:
    """Take what a proven unit shows; BadSignature, and nothing taken, unless all of it is the hub's own word.

    Receipts of an epoch that the hub does not know are passed over unread, as `prove` says.
    """
    epochs = await find_epochs(hub, session.node)
    shower = Shower(session.org, session.node, {one.epoch: one.sign_key for one in epochs})
    mine = hub.owner(session.org)
    proven = prove(evidence, shower, hub=mine, hub_key=hub.key.sign_public)
    revoked = {one.epoch for one in epochs if one.unit_revoked}
    async with hub.bus.tenant(session.org) as connection:
        state = await hub_state(connection, session.org)
        latest = _latest_generation(proven)
        is_news = await _is_news(connection, session.org, proven, state.epoch, revoked)
    if is_news or latest > state.generation:
        await open_generation(hub, session.org, "evidence", beyond=latest)
    recovered = refused = 0
    for lease, document in proven.leases:
        done = await _recover_lease(hub, session.org, lease, document)
        recovered, refused = recovered + (done is True), refused + (done is None)
    if evidence.complete and proven.standing is not None:
        await _obey_before(hub, session, proven.standing)
    return await _shown(hub, session, recovered=recovered, refused=refused, complete=evidence.complete)


async def _obey_before(hub: Hub, session: Session, said: Standing) -> None:
    """Stop a unit again that this hub had stopped since the backup; a word from before it was let sell says nothing.

    Asked once of each unit in each life of the hub: a hub that was not restored forgot nothing, and looking for when
    the unit was last let sell reads the hub's journal from its end, which no unit may have done again and again.
    """
    if said.state in MAY_SELL:
        return
    async with hub.bus.tenant(session.org) as connection:
        if not await has_to_show(connection, session.org, session.node):
            return
    let = (one.at_ms for one in await story_of(hub, session.org, session.node) if _lets_sell(one.fact))
    if said.signed_ms <= max(let, default=0):
        return
    async with hub.bus.tenant(session.org) as connection:
        [unit] = await hub.many_in(connection, session.org, UNIT, unit_id=session.node)
        if (unit.unit_epoch, unit.state) == (said.epoch, "enabled"):
            log.error("a unit that this hub had stopped", unit=unit.code, state=said.state)
            await hub.bus.handle_in(connection, session.org, _stop_again(said))
        if said.state in STOPPED_EPOCHS and said.reason != ENROLLED_SINCE:
            owner = Owner(session.org, session.node, said.epoch)
            await open_fork_case_again(hub, connection, owner, said.state)


def _lets_sell(fact: Fact) -> bool:
    return isinstance(fact, UnitEnabled) or bool(getattr(fact, "enabled", False))


def _stop_again(said: Standing) -> Command:
    """The order that brings a unit back to how it stood; one that was enrolled anew since waits for that."""
    command_id = derived_id(said.node, f"again {said.state} in epoch {said.epoch} since {said.signed_ms}")
    if said.state == "disabled":
        return DisableUnit(command_id=command_id, unit_id=said.node, reason=SAID_BEFORE)
    if said.state == "revoked":
        return RevokeUnit(command_id=command_id, unit_id=said.node, reason=SAID_BEFORE)
    state, reason = (said.state, SAID_BEFORE) if said.state in STOPPED_EPOCHS else ("behind", ENROLLED_SINCE)
    return StopEpoch(command_id=command_id, unit_id=said.node, unit_epoch=said.epoch, state=state, reason=reason)


async def declare_lost(hub: Hub, org_id: UUID, unit_id: UUID, person: UUID) -> bool:
    """One person says that a unit will show nothing; True once two have. AnotherPersonNeeded, NotWaitedFor."""
    async with hub.bus.tenant(org_id) as connection:
        state = await hub_state(connection, org_id)
        unit = next((one for one in await waited_for(connection, org_id) if one.unit_id == unit_id), None)
        if unit is None or not unit.is_open or not state.recovering:
            raise NotWaitedFor
        said_by = (unit.lost_by_1,) if unit.lost_by_1 is not None else ()
        order = DeclareUnitLost(
            command_id=derived_id(unit_id, f"lost to generation {state.generation}: {person} after {said_by}"),
            actor=person,
            unit_id=unit_id,
            generation=state.generation,
            said_by=said_by,
        )
        await hub.bus.handle_in(connection, org_id, order)
        first, second = (*said_by, person, None)[:2]
        await connection.execute(LOST, (org_id, state.generation, unit_id, first, second))
        await end_if_complete(hub, connection, org_id)
        return second is not None


def _latest_generation(proven: Proven) -> int:
    """The latest of the hub's lives that a document speaks of; generation and epoch go up together."""
    found = [lease.granter_epoch for lease, _ in proven.leases]
    found += [proven.certificate.generation] if proven.certificate else []
    found += [proven.page.generation, proven.page.feeder_epoch] if proven.page else []
    found += [head.hub_epoch for _, head in proven.receipts]
    found += [proven.standing.generation] if proven.standing else []
    return max(found, default=0)


async def _is_awaited(connection: Connection, session: Session) -> bool:
    """Whether the hub asked this unit: it came back after everybody else, or two people had given it up."""
    state = await hub_state(connection, session.org)
    return await owes_evidence(connection, session.org, state.generation, session.node)


async def _is_news(connection: Connection, org_id: UUID, proven: Proven, epoch: int, revoked: set[int]) -> bool:
    """Whether the hub signed something of this in its epoch of now and does not hold it.

    What it signed in an earlier epoch was lost before this one began, which is why it began: a unit that comes late
    with it says nothing new, however often it comes. Of a revoked unit the hub keeps uploads aside.
    """
    wanted = [lease.lease for lease, _ in proven.leases if lease.granter_epoch >= epoch]
    if set(wanted) - await held_leases(connection, org_id, wanted):
        return True
    for owner, head in proven.receipts:
        told = head.hub_epoch >= epoch and owner.epoch not in revoked
        if told and not await _holds(connection, owner, head.tip):
            return True
    if proven.page is None:
        return False
    row = await (await connection.execute("select generation, position from sync.feed_head")).fetchone()
    return row is None or (proven.page.generation == row[0] and proven.page.upto > row[1])


async def _holds(connection: Connection, owner: Owner, tip: Tip) -> bool:
    if tip.seq == 0:
        return True
    cursor = await connection.execute(HELD, (owner.org_id, owner.node_id, owner.epoch, tip.seq, tip.hash))
    return await cursor.fetchone() is not None


async def _recover_lease(hub: Hub, org_id: UUID, lease: LeaseDocument, document: bytes) -> bool | None:
    """True when the lease came back, False when it was known, None when its numbers went to somebody else."""
    order = RecoverLease(
        command_id=derived_id(lease.lease, "recover"),
        lease_id=lease.lease,
        request_id=answered_under(lease.holder, lease.holder_epoch, lease.request),
        event_id=lease.event,
        holder_id=lease.holder,
        holder_epoch=lease.holder_epoch,
        first=lease.first,
        last=lease.last,
    )
    async with hub.bus.tenant(org_id) as connection:
        if await held_leases(connection, org_id, [lease.lease]):
            return False
        recovered: bool | None = True
        try:
            await hub.bus.handle_in(connection, org_id, order)
        except LeaseGrantedTwice:
            log.warning("a lease came back too late", lease=str(lease.lease), first=lease.first, last=lease.last)
            recovered = None
            await _open_case(hub, connection, org_id, lease)
        await connection.execute(KEEP_DOCUMENT, (org_id, lease.lease, document))
    return recovered


async def _open_case(hub: Hub, connection: Connection, org_id: UUID, lease: LeaseDocument) -> None:
    """Somebody must look which of both units sold what."""
    note = f"Numbers {lease.first} to {lease.last} were granted again before this unit showed that it has them."
    await open_case(
        hub, connection, org_id, "overlap", node_id=lease.holder, epoch=lease.holder_epoch, entity_id=lease.event,
        evidence=(), note=note, beside=f"lease {lease.lease}",
    )  # fmt: skip


async def _shown(hub: Hub, session: Session, *, recovered: int, refused: int, complete: bool) -> EvidenceAnswer:
    async with hub.bus.tenant(session.org) as connection:
        state = await hub_state(connection, session.org)
        if complete and (state.recovering or await _is_awaited(connection, session)):
            now_ms = hub.clock.now().wall_ms
            await connection.execute(SHOWN, (session.org, state.generation, session.node, now_ms))
            await end_if_complete(hub, connection, session.org)
            state = await hub_state(connection, session.org)
    return EvidenceAnswer(
        recovered=recovered, refused=refused, recovering=state.recovering, generation=state.generation
    )
