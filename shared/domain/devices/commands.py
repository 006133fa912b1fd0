"""Orders about a unit's own devices. What a device does by itself is noted by the unit (`actor` is empty then)."""

from uuid import UUID

from shared.pipeline.command import Command


class AddDevice(Command, frozen=True, kw_only=True):
    """Take a device into use; whoever gives the order has spoken with it before.

    `take_over` moves roles that other printers hold to this one, in one step. `line` and `profile` are the edge's
    words (`tcp:10.0.0.7:9100`, `epson-tm-t88v`); `device_id` is new unless given.
    """

    NAME = "devices.add_device"
    kind: str
    name: str
    profile: str
    line: str
    roles: tuple[str, ...] = ()
    fallback_id: UUID | None = None
    firmware: str = ""
    take_over: bool = False
    device_id: UUID | None = None


class ChangeDevice(Command, frozen=True, kw_only=True):
    """What the device is from now on, whole: a new name or role, or the one put in place of a broken one."""

    NAME = "devices.change_device"
    device_id: UUID
    name: str
    profile: str
    line: str
    roles: tuple[str, ...] = ()
    fallback_id: UUID | None = None
    firmware: str = ""
    take_over: bool = False


class ServeDevice(Command, frozen=True, kw_only=True):
    """Put a device into service, or take it out: it stays set up, does nothing, and stays so over a restart."""

    NAME = "devices.serve_device"
    device_id: UUID
    on: bool


class RemoveDevice(Command, frozen=True, kw_only=True):
    """Take a device out of use; who fell back on it has no fallback then."""

    NAME = "devices.remove_device"
    device_id: UUID


class KeepDevices(Command, frozen=True, kw_only=True):
    """In a unit's new epoch: take the devices of its last one over. Nothing happens where there are any already."""

    NAME = "devices.keep_devices"


class NoteDeviceTrouble(Command, frozen=True, kw_only=True):
    """A device is in trouble (`state.TROUBLES`); `job_id` is the slip that was in print. Told twice, it began once.

    A device has one trouble at a time, so the next ends the one before; cut-short slips stand beside it.
    """

    NAME = "devices.note_device_trouble"
    device_id: UUID
    trouble: str
    job_id: UUID | None = None


class NoteDeviceWell(Command, frozen=True, kw_only=True):
    """A device works: all its troubles are over."""

    NAME = "devices.note_device_well"
    device_id: UUID


class NoteSlipReprinted(Command, frozen=True, kw_only=True):
    """Print a slip again, with REPRINT on it; given before it is printed, and a refusal means: do not.

    `entity_id` is what the slip is about (the sale), `role` what kind of slip it is. With an actor a person asked.
    """

    NAME = "devices.note_slip_reprinted"
    job_id: UUID
    entity_id: UUID
    role: str
    device_id: UUID | None = None
    reason: str = ""


class NoteSlipConfirmed(Command, frozen=True, kw_only=True):
    """A person says that a slip came out whole, of which nobody could know."""

    NAME = "devices.note_slip_confirmed"
    job_id: UUID
    entity_id: UUID
    role: str
    device_id: UUID | None = None
    reason: str = ""


class NoteSlipVoided(Command, frozen=True, kw_only=True):
    """A slip counts no more, whatever came out of it."""

    NAME = "devices.note_slip_voided"
    job_id: UUID
    entity_id: UUID
    role: str
    device_id: UUID | None = None
    reason: str = ""


class OpenDrawer(Command, frozen=True, kw_only=True):
    """Open a cash drawer: for a cash sale of this unit, once each, or for a reason that a person gives."""

    NAME = "devices.open_drawer"
    device_id: UUID
    sale_id: UUID | None = None
    reason: str = ""
