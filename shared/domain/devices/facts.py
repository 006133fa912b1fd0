"""What happens to a unit's devices, recorded by the unit itself; printing incidents among it (GLI-31 5.6.1).

Every fact carries its row whole, so that it stands by itself after a purge and in a second history.
"""

from uuid import UUID

from shared.journal.entry import Fact


class DeviceAdded(Fact, frozen=True, kw_only=True):
    """A device is in use here; out of service since `out_since_ms` (ms UTC) by `out_by`, where it is."""

    TYPE = "devices.device_added"
    ENTITY = "device_id"
    device_id: UUID
    kind: str
    name: str
    profile: str
    line: str
    roles: tuple[str, ...]
    fallback_id: UUID | None
    firmware: str
    out_since_ms: int | None = None
    out_by: UUID | None = None


class DeviceChanged(Fact, frozen=True, kw_only=True):
    """A device is another than before: name, model, line, roles, fallback, firmware, in service or out of it."""

    TYPE = "devices.device_changed"
    ENTITY = "device_id"
    device_id: UUID
    kind: str
    name: str
    profile: str
    line: str
    roles: tuple[str, ...]
    fallback_id: UUID | None
    firmware: str
    out_since_ms: int | None = None
    out_by: UUID | None = None


class DeviceRemoved(Fact, frozen=True, kw_only=True):
    """A device is out of use; `unserved` are the roles that no printer of this unit has any more."""

    TYPE = "devices.device_removed"
    ENTITY = "device_id"
    device_id: UUID
    kind: str
    name: str
    profile: str
    line: str
    roles: tuple[str, ...]
    fallback_id: UUID | None
    firmware: str
    unserved: tuple[str, ...]
    out_since_ms: int | None = None
    out_by: UUID | None = None


class TroubleBegan(Fact, frozen=True, kw_only=True):
    """A device disconnected, failed, ran low or out of paper, or cut a slip short (GLI-31 5.6.1)."""

    TYPE = "devices.trouble_began"
    ENTITY = "device_id"
    device_id: UUID
    trouble_id: UUID
    trouble: str
    job_id: UUID | None


class TroubleEnded(Fact, frozen=True, kw_only=True):
    """It is over; `since_ms` is when it had begun (ms UTC)."""

    TYPE = "devices.trouble_ended"
    ENTITY = "device_id"
    device_id: UUID
    trouble_id: UUID
    trouble: str
    job_id: UUID | None
    since_ms: int


class SlipReprinted(Fact, frozen=True, kw_only=True):
    """A slip is printed again, with REPRINT on it: `times` counts it. Nobody asked where `person_id` is empty."""

    TYPE = "devices.slip_reprinted"
    ENTITY = "job_id"
    job_id: UUID
    entity_id: UUID
    role: str
    device_id: UUID | None
    reason: str
    person_id: UUID | None
    times: int


class SlipConfirmed(Fact, frozen=True, kw_only=True):
    """A person saw that a slip had come out whole, of which the printer's proof never came."""

    TYPE = "devices.slip_confirmed"
    ENTITY = "job_id"
    job_id: UUID
    entity_id: UUID
    role: str
    device_id: UUID | None
    reason: str
    person_id: UUID | None


class SlipVoided(Fact, frozen=True, kw_only=True):
    """A slip counts no more."""

    TYPE = "devices.slip_voided"
    ENTITY = "job_id"
    job_id: UUID
    entity_id: UUID
    role: str
    device_id: UUID | None
    reason: str
    person_id: UUID | None


class DrawerOpened(Fact, frozen=True, kw_only=True):
    """A cash drawer opened: with a cash sale, or without one (`sale_id` empty) for the reason given."""

    TYPE = "devices.drawer_opened"
    ENTITY = "device_id"
    device_id: UUID
    sale_id: UUID | None
    reason: str
    opened_by: UUID
