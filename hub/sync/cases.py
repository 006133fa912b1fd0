"""The hub opens cases for what it finds; the order follows from the finding, so a replay opens none twice."""

from collections.abc import Sequence
from uuid import UUID

from hub.runtime.hub import Hub
from shared.domain.cases.facts import EvidenceRef
from shared.domain.cases.state import EVIDENCE_MAX, open_order
from shared.journal.chain import Read
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection

BEFORE_NOTE = "Before this hub was restored it had stopped this epoch as {state}: the unit showed the hub’s own word."


def ref(one: Read) -> EvidenceRef:
    """The entry as evidence."""
    envelope = one.envelope
    return EvidenceRef(envelope.node, envelope.epoch, envelope.seq, one.hash, envelope.entity)


async def open_case(
    hub: Hub,
    connection: Connection,
    org_id: UUID,
    kind: str,
    *,
    node_id: UUID | None,
    epoch: int,
    entity_id: UUID,
    evidence: Sequence[EvidenceRef],
    note: str,
    beside: str = "",
) -> None:
    """Open the case or add to it, in the caller's transaction; much evidence goes in several orders."""
    for start in range(0, max(1, len(evidence)), EVIDENCE_MAX):
        part = tuple(evidence[start : start + EVIDENCE_MAX])
        order = open_order(
            kind, node_id=node_id, epoch=epoch, entity_id=entity_id, evidence=part, note=note, beside=beside
        )
        await hub.bus.handle_in(connection, org_id, order)


async def open_fork_case(
    hub: Hub, connection: Connection, owner: Owner, *, note: str, evidence: Sequence[Read]
) -> None:
    """One epoch of a unit has two histories, or came back behind its own: one case, however often it shows."""
    await open_case(
        hub,
        connection,
        owner.org_id,
        "fork",
        node_id=owner.node_id,
        epoch=owner.epoch,
        entity_id=owner.node_id,
        evidence=[ref(one) for one in evidence],
        note=note,
    )


async def open_fork_case_again(hub: Hub, connection: Connection, owner: Owner, state: str) -> None:
    """The hub had stopped the epoch and lost that with its case: what the unit shows of it is the finding now."""
    note = BEFORE_NOTE.format(state=state)
    await open_fork_case(hub, connection, owner, note=note, evidence=[])


async def open_quarantine_case(hub: Hub, connection: Connection, owner: Owner, *, entry: Read, reason: str) -> None:
    """An entry could not be shown as rows; the case is about its thing, and only that waits."""
    await open_case(
        hub,
        connection,
        owner.org_id,
        "quarantine",
        node_id=owner.node_id,
        epoch=owner.epoch,
        entity_id=entry.envelope.entity,
        evidence=[ref(entry)],
        note=reason,
    )


async def open_held_case(hub: Hub, connection: Connection, owner: Owner, *, first: int, last: int) -> None:
    """A revoked unit still uploaded entries `first` to `last`: kept unread until somebody decides."""
    ends = [EvidenceRef(owner.node_id, owner.epoch, seq, b"", owner.node_id) for seq in sorted({first, last})]
    await open_case(
        hub,
        connection,
        owner.org_id,
        "held",
        node_id=owner.node_id,
        epoch=owner.epoch,
        entity_id=owner.node_id,
        evidence=ends,
        note=f"Entries {first} to {last} came after the unit was revoked.",
    )


async def open_restored_case(hub: Hub, connection: Connection, org_id: UUID, generation: int, note: str) -> None:
    """The hub came back from a backup; the case goes with its generation."""
    await open_case(
        hub, connection, org_id, "hub_restored",
        node_id=None, epoch=generation, entity_id=hub.node_id, evidence=(), note=note,
    )  # fmt: skip
