"""Acts of identity that are more than one order or need a key: a venue with its training, a person with a PIN."""

from uuid import UUID

import msgspec

from hub.runtime.hashing import hash_pin
from hub.runtime.hub import Hub
from hub.runtime.tenant import tenant
from hub.web.identity.forms import StaffForm
from shared.domain.identity.commands import HireStaff, OpenVenue
from shared.domain.identity.state import PIN_DIGITS
from shared.domain.raffle.commands import OpenTraining
from shared.kernel.ids import derived_id


class Hired(msgspec.Struct, frozen=True):
    """A person and the PIN that was drawn, if one was; it is shown once and stored nowhere."""

    staff_id: UUID
    pin: str | None


async def open_venue(hub: Hub, org_id: UUID, order: OpenVenue) -> UUID:
    """Open the venue and its standing training event, both or none."""
    async with tenant(hub.pool, org_id) as connection:
        entries = await hub.bus.handle_in(connection, org_id, order)
        venue_id = entries[0].envelope.entity
        training = OpenTraining(
            command_id=derived_id(order.command_id, "training"), actor=order.actor, venue_id=venue_id
        )
        await hub.bus.handle_in(connection, org_id, training)
    return venue_id


async def hire(hub: Hub, org_id: UUID, form: StaffForm, *, command_id: UUID, actor: UUID) -> Hired:
    """Hire the person; PIN and salt follow from the command's id and the hub's key, so a retry is the same order."""
    given = form.checked_pin()
    pin = given or pin_from(hub.keyring.drawn("pin", command_id))
    pin_hash = await hash_pin(pin, hub.keyring.drawn("pin-salt", command_id))
    order = HireStaff(
        command_id=command_id, actor=actor, name=form.name, role=form.role, pin_hash=pin_hash, venue_id=form.venue_id
    )
    entries = await hub.bus.handle(org_id, order)
    return Hired(entries[0].envelope.entity, None if given else pin)


def pin_from(drawn: bytes) -> str:
    """Six digits from 32 random bytes, each PIN as likely as the next."""
    return f"{int.from_bytes(drawn, 'big') % 10**PIN_DIGITS:0{PIN_DIGITS}d}"
