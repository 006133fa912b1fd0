"""A unit that enrolled after the backup from which this hub was restored: known again by the hub's own signature.

Without this, its numbers could be granted to somebody else, and its sales would find nobody to take them.
"""

import structlog

from hub.runtime.hub import Hub
from hub.sync.cases import open_fork_case, open_fork_case_again
from hub.sync.generation import ask_for_evidence, hub_state, open_generation_in
from hub.sync.organizations import every_organization
from hub.sync.sessions import UnknownNode, find_epochs
from shared.domain.identity.commands import RecoverUnit
from shared.domain.identity.state import STOPPED_EPOCHS
from shared.journal.chain import origin
from shared.journal.entry import Owner
from shared.kernel.ids import derived_id
from shared.pipeline.postgres_applier import Connection
from shared.sync.certificate import Certificate
from shared.sync.standing import State
from shared.sync.stranger import read_introduction

log = structlog.get_logger()
TWICE_NOTE = "Two machines got this epoch: the hub was restored in between. Export the other one's journal."


async def take_stranger(hub: Hub, data: bytes) -> bool:
    """Know an epoch of a unit again; False when the hub knows it already. BadSignature, UnknownNode, UnknownVenue.

    An epoch that is over comes back as that, beside today's; whichever of them comes first.
    """
    now_ms = hub.clock.now().wall_ms
    certificate, state = read_introduction(data, hub_key=hub.key.sign_public, now_ms=now_ms)
    known = await _known_key(hub, certificate)
    if known is not None:
        if known != certificate.sign_key:
            await _tell_of_two(hub, certificate)
        return False
    if certificate.org not in await every_organization(hub):
        raise UnknownNode
    log.error("a unit of our own that is not here", unit=certificate.code, node=str(certificate.node), state=state)
    async with hub.bus.tenant(certificate.org) as connection:
        await hub.bus.handle_in(connection, certificate.org, _order(certificate, state))
        if state in STOPPED_EPOCHS:
            owner = Owner(certificate.org, certificate.node, certificate.epoch)
            await open_fork_case_again(hub, connection, owner, state)
        await _recover(hub, connection, certificate)
    return True


def _order(certificate: Certificate, state: State) -> RecoverUnit:
    return RecoverUnit(
        command_id=derived_id(certificate.node, f"recover epoch {certificate.epoch} {certificate.sign_key.hex()}"),
        unit_id=certificate.node,
        venue_id=certificate.venue,
        kind=certificate.kind,
        code=certificate.code,
        name=certificate.name,
        sign_key=certificate.sign_key,
        seal_key=certificate.seal_key,
        unit_epoch=certificate.epoch,
        state=state,
        from_ms=certificate.from_ms,
        until_ms=certificate.until_ms,
    )


async def _recover(hub: Hub, connection: Connection, certificate: Certificate) -> None:
    """After it is known, for a recovery ends when each unit that is known has shown what it holds.

    What an earlier life of the hub signed was lost before this one began: that says nothing new, only that this unit
    has something to show.
    """
    org_id, node = certificate.org, certificate.node
    state = await hub_state(connection, org_id)
    if certificate.generation < state.generation or state.recovering:
        await ask_for_evidence(connection, org_id, state.generation, node)
    if certificate.generation >= state.generation:
        await open_generation_in(hub, connection, org_id, "evidence", beyond=certificate.generation, back=node)


async def _known_key(hub: Hub, certificate: Certificate) -> bytes | None:
    """The key of this very epoch as the hub knows it."""
    try:
        epochs = await find_epochs(hub, certificate.node)
    except UnknownNode:
        return None
    return next((one.sign_key for one in epochs if one.epoch == certificate.epoch), None)


async def _tell_of_two(hub: Hub, certificate: Certificate) -> None:
    """A hub that was put back without a word gave one epoch away twice: the other one's sales need a human."""
    owner = Owner(certificate.org, certificate.node, certificate.epoch)
    log.error("an epoch of a unit was given away twice", origin=origin(owner))
    async with hub.bus.tenant(owner.org_id) as connection:
        await open_fork_case(hub, connection, owner, note=TWICE_NOTE, evidence=[])
