"""Orders of identity from outside: one type an order, for page forms and JSON alike."""

import re
from typing import Annotated
from uuid import UUID

import msgspec

from shared.domain.identity.commands import AddUnit, OpenVenue
from shared.domain.identity.state import PIN_DIGITS
from shared.kernel.errors import InputRefused

Text = Annotated[str, msgspec.Meta(max_length=200)]
Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$")]


class VenueForm(msgspec.Struct, kw_only=True):
    """Open a venue; `zone` is an IANA name, `cutoff_min` minutes after midnight at which a business day ends."""

    name: Text
    zone: Text
    place: Text = ""
    cutoff_min: Annotated[int, msgspec.Meta(ge=0, lt=1_440)] = 240
    command_id: UUID | None = None

    def order(self, command_id: UUID, actor: UUID) -> OpenVenue:
        """The order of a person."""
        return OpenVenue(
            command_id=command_id,
            actor=actor,
            name=self.name,
            place=self.place,
            zone=self.zone,
            cutoff_min=self.cutoff_min,
        )


class StaffForm(msgspec.Struct, kw_only=True):
    """Hire somebody. Without `pin` one is drawn; without `venue_id` the person works at every venue."""

    name: Text
    role: Text
    venue_id: UUID | None = None
    pin: Text | None = None
    command_id: UUID | None = None

    def checked_pin(self) -> str | None:
        """The PIN that was given; InputRefused when it is not six digits."""
        if self.pin is None:
            return None
        pin = self.pin.replace(" ", "")
        if not re.fullmatch(rf"[0-9]{{{PIN_DIGITS}}}", pin):
            raise InputRefused(field="PIN", problem=f"a PIN has {PIN_DIGITS} digits")
        return pin


class UnitForm(msgspec.Struct, kw_only=True):
    """Register an edge: its id and public keys (32 bytes, hex) come from `tillhouse edge init`."""

    node_id: UUID
    sign_key: Key
    seal_key: Key
    venue_id: UUID
    kind: Text
    code: Text
    name: Text
    command_id: UUID | None = None

    def order(self, command_id: UUID, actor: UUID) -> AddUnit:
        """The order of a person."""
        return AddUnit(
            command_id=command_id,
            actor=actor,
            unit_id=self.node_id,
            venue_id=self.venue_id,
            kind=self.kind,
            code=self.code,
            name=self.name,
            sign_key=bytes.fromhex(self.sign_key),
            seal_key=bytes.fromhex(self.seal_key),
        )


class DismissForm(msgspec.Struct, kw_only=True):
    """End the work of the person that the address names."""

    command_id: UUID | None = None
