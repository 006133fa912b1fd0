"""Orders of identity from outside: one type an order, for page forms and JSON alike."""

import re
from typing import Annotated
from uuid import UUID

import msgspec

from hub.sync.enrol import Room
from shared.domain.identity.commands import (
    DisableUnit,
    EnableUnit,
    OpenVenue,
    PauseUnit,
    ResumeUnit,
    RevokeUnit,
)
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


class PairingForm(msgspec.Struct, kw_only=True):
    """Make room for a unit; with `unit_id` that one is enrolled anew."""

    venue_id: UUID
    kind: Text
    code: Text
    name: Text
    unit_id: UUID | None = None
    enable: bool = False

    def room(self) -> Room:
        """The room to open."""
        return Room(
            venue_id=self.venue_id,
            kind=self.kind,
            code=self.code,
            name=self.name,
            unit_id=self.unit_id,
            enable=self.enable,
        )


UnitOrder = EnableUnit | DisableUnit | RevokeUnit | PauseUnit | ResumeUnit


class UnitActForm(msgspec.Struct, kw_only=True):
    """Stop a unit or let it go on; stopping says why."""

    reason: str = ""
    command_id: UUID | None = None

    def order(self, act: str, command_id: UUID, actor: UUID, unit_id: UUID) -> UnitOrder:
        """The order of a person; InputRefused for an act that there is not."""
        match act:
            case "enable":
                return EnableUnit(command_id=command_id, actor=actor, unit_id=unit_id)
            case "disable":
                return DisableUnit(command_id=command_id, actor=actor, unit_id=unit_id, reason=self.reason)
            case "revoke":
                return RevokeUnit(command_id=command_id, actor=actor, unit_id=unit_id, reason=self.reason)
            case "pause":
                return PauseUnit(command_id=command_id, actor=actor, unit_id=unit_id)
            case "resume":
                return ResumeUnit(command_id=command_id, actor=actor, unit_id=unit_id)
        raise InputRefused(field="Act", problem="a unit is enabled, disabled, revoked, paused or resumed")


class DismissForm(msgspec.Struct, kw_only=True):
    """End the work of the person that the address names."""

    command_id: UUID | None = None
