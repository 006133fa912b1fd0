"""How an epoch of a unit stands: stopped by the hub for what it saw, told to the unit as a signed document."""

from typing import cast

from hub.runtime.hub import Hub
from hub.sync.sessions import NodeEntry
from shared.domain.identity.commands import StopEpoch
from shared.journal.entry import Owner
from shared.kernel.ids import derived_id
from shared.pipeline.postgres_applier import Connection
from shared.sync.standing import Standing, State, sign_standing


async def stop_epoch(hub: Hub, connection: Connection, owner: Owner, state: State, reason: str) -> None:
    """The epoch sells no more and its leases are held back; the same finding twice is one fact."""
    order = StopEpoch(
        command_id=derived_id(owner.node_id, f"stop epoch {owner.epoch} {state} {reason}"),
        unit_id=owner.node_id,
        unit_epoch=owner.epoch,
        state=state,
        reason=reason,
    )
    await hub.bus.handle_in(connection, owner.org_id, order)


def standing_of(hub: Hub, owner: Owner, node: NodeEntry, generation: int, *, answers: bytes = b"") -> bytes:
    """What the unit keeps about itself, signed; `answers` names its hello."""
    standing = Standing(
        org=owner.org_id,
        node=owner.node_id,
        epoch=owner.epoch,
        state=cast(State, node.state),
        reason=node.reason,
        generation=generation,
        signed_ms=hub.clock.now().wall_ms,
        answers=answers,
    )
    return sign_standing(standing, hub.key)
