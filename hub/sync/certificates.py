"""Certificates: what a unit's row says, as the document that the unit keeps; renewed long before it ends."""

import msgspec

from hub.runtime.hub import Hub
from hub.sync.sessions import NodeEntry
from shared.domain.identity.commands import RenewCertificate
from shared.domain.identity.queries import UNIT
from shared.domain.identity.state import UnitCard
from shared.journal.entry import Owner
from shared.kernel.ids import derived_id
from shared.pipeline.postgres_applier import Connection
from shared.sync.certificate import RENEW_MS, VALID_MS, Certificate, sign_certificate
from shared.sync.feed import scopes_of

RENEWED_STATES = frozenset({"enabled", "disabled"})


async def unit_of(hub: Hub, connection: Connection, owner: Owner) -> UnitCard | None:
    """The unit's row as it stands."""
    rows = await hub.many_in(connection, owner.org_id, UNIT, unit_id=owner.node_id)
    return rows[0] if rows else None


async def current_certificate(
    hub: Hub, connection: Connection, owner: Owner, node: NodeEntry, generation: int
) -> bytes:
    """The unit's certificate, renewed when little of it is left; empty for an epoch that is over."""
    unit = await unit_of(hub, connection, owner)
    if unit is None or unit.unit_epoch != owner.epoch or node.state not in RENEWED_STATES:
        return b""
    now_ms = hub.clock.now().wall_ms
    if unit.certificate_until_ms is None or unit.certificate_until_ms - now_ms < RENEW_MS:
        order = RenewCertificate(
            command_id=derived_id(unit.unit_id, f"certificate {owner.epoch} after {unit.certificate_until_ms}"),
            unit_id=unit.unit_id,
            valid_ms=VALID_MS,
        )
        await hub.bus.handle_in(connection, owner.org_id, order)
        unit = await unit_of(hub, connection, owner)
        assert unit is not None
    return sign_unit(hub, owner, unit, generation)


def vouch(hub: Hub, owner: Owner, unit: UnitCard, node: NodeEntry, generation: int) -> bytes:
    """The hub's word that an epoch's key is the unit's, for evidence: nobody sells by it.

    Of today's epoch it is the certificate that the unit has; any other has ended before it began.
    """
    from_ms, until_ms = unit.certificate_from_ms or 0, unit.certificate_until_ms or 0
    if unit.unit_epoch != owner.epoch:
        from_ms = until_ms = 0
    card = msgspec.structs.replace(
        unit,
        unit_epoch=owner.epoch,
        sign_key=node.sign_key,
        seal_key=node.seal_key,
        certificate_from_ms=from_ms,
        certificate_until_ms=until_ms,
    )
    return sign_unit(hub, owner, card, generation)


def sign_unit(hub: Hub, owner: Owner, unit: UnitCard, generation: int) -> bytes:
    """The certificate of a unit's row."""
    assert unit.certificate_from_ms is not None
    assert unit.certificate_until_ms is not None
    certificate = Certificate(
        org=owner.org_id,
        venue=unit.venue_id,
        node=unit.unit_id,
        epoch=unit.unit_epoch,
        kind=unit.kind,
        code=unit.code,
        name=unit.name,
        scopes=tuple(scopes_of(unit.venue_id, unit.kind)),
        sign_key=unit.sign_key,
        seal_key=unit.seal_key,
        hub_node=hub.node_id,
        hub_key=hub.key.sign_public,
        hub_seal_key=hub.key.seal_public,
        generation=generation,
        from_ms=unit.certificate_from_ms,
        until_ms=unit.certificate_until_ms,
    )
    return sign_certificate(certificate, hub.key)
