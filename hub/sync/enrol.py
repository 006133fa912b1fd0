"""Pairing and enrolment at the hub: a one-time code makes room for whoever shows it with its own keys (design §5)."""

from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from hub.sync.certificates import sign_unit, unit_of
from hub.sync.clock_marks import was_heard
from hub.sync.generation import hub_state
from shared.domain.identity.commands import EnrolUnit, OpenPairing
from shared.domain.identity.errors import BadKeys, PairingOver, UnknownPairing
from shared.domain.identity.queries import ORGANIZATION
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.journal.signing import SignedDocument, open_document, seal_to
from shared.kernel.codec import decode
from shared.kernel.errors import BadSignature, InputRefused
from shared.kernel.ids import derived_id, uuid7
from shared.sync.certificate import VALID_MS
from shared.sync.pairing import (
    ENROL_TAG,
    PAIRING_MS,
    EnrolAnswer,
    EnrolRequest,
    PairingCode,
    make_secret,
    secret_digest,
)


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """For which unit a code is made; with `unit_id` it is enrolled anew, and `enable` lets it sell at once."""

    venue_id: UUID
    kind: str
    code: str
    name: str
    unit_id: UUID | None = None
    enable: bool = False


async def open_pairing(hub: Hub, org_id: UUID, room: Room, *, actor: UUID | None) -> PairingCode:
    """Make room for a unit; the code is shown once and kept nowhere."""
    secret = make_secret(chance_bytes(10))
    now_ms = hub.clock.now().wall_ms
    order = OpenPairing(
        command_id=uuid7(now_ms, chance_bytes(10)),
        actor=actor,
        unit_id=room.unit_id,
        venue_id=room.venue_id,
        kind=room.kind,
        code=room.code,
        name=room.name,
        digest=secret_digest(secret),
        expires_ms=now_ms + PAIRING_MS,
        enable=room.enable,
    )
    await hub.bus.handle(org_id, order)
    return PairingCode(hub.entrance.url, hub.entrance.fingerprint, secret)


def read_enrol_request(data: bytes) -> EnrolRequest:
    """The request, signed by the very key that it brings; InputRefused, BadSignature or BadKeys otherwise."""
    try:
        request = decode(decode(data, SignedDocument).payload, EnrolRequest)
    except msgspec.DecodeError as error:
        raise InputRefused(field="Enrolment", problem="these bytes cannot be read; send them again") from error
    if decode(open_document(data, tag=ENROL_TAG, public=request.sign_key), EnrolRequest) != request:
        raise BadSignature(what="an enrolment")
    try:
        seal_to(request.seal_key, b"", b"")
    except ValueError as error:
        raise BadKeys from error  # a point to which nothing can be sealed: no lease could ever reach this unit
    return request


async def enrol(hub: Hub, data: bytes) -> EnrolAnswer:
    """Take a unit in. UnknownPairing and what identity refuses.

    The same request again gets the same answer until that unit said hello under the epoch that it got, for then the
    answer arrived: who asks with those keys now is a copy of its card, and PairingOver.
    """
    request = read_enrol_request(data)
    digest = secret_digest(request.secret)
    async with hub.pool.connection() as connection:
        row = await (await connection.execute("select org_id from directory.find_pairing(%s)", [digest])).fetchone()
    if row is None:
        raise UnknownPairing
    org_id: UUID = row[0]
    async with hub.bus.tenant(org_id) as connection:
        state = await hub_state(connection, org_id)
        order = EnrolUnit(
            command_id=derived_id(request.node, "enrol " + digest.hex() + request.sign_key.hex()),
            digest=digest,
            unit_id=request.node,
            sign_key=request.sign_key,
            seal_key=request.seal_key,
            valid_ms=VALID_MS,
        )
        await hub.bus.handle_in(connection, org_id, order)
        unit = await unit_of(hub, connection, Owner(org_id, request.node, 1))
        assert unit is not None
        owner = Owner(org_id, request.node, unit.unit_epoch)
        if unit.sign_key != request.sign_key or await was_heard(connection, owner):
            raise PairingOver(code=unit.code)
        organization = await hub.many_in(connection, org_id, ORGANIZATION)
        certificate = sign_unit(hub, owner, unit, state.generation)
    sealed = hub.keyring.seal_contact_key(org_id, owner.node_id, owner.epoch, request.seal_key)
    return EnrolAnswer(
        certificate=certificate,
        organization=organization[0].name if organization else "",
        contact_key=sealed,
        hub_time_ms=hub.clock.now().wall_ms,
    )
