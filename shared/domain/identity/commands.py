"""Orders about the organisation, its venues, units and people."""

from uuid import UUID

from shared.pipeline.command import Command


class FoundOrganization(Command, frozen=True, kw_only=True):
    """Begin an organisation; its id is the journal's."""

    NAME = "identity.found_organization"
    name: str
    licence: str
    currency: str
    site: str = ""


class SetSlipText(Command, frozen=True, kw_only=True):
    """What every slip of the organisation carries from now on, whole; `logo` is a PNG (`shared/kernel/logo.py`)."""

    NAME = "identity.set_slip_text"
    logo: bytes = b""
    licence_lines: tuple[str, ...] = ()
    responsible_line: str = ""


class OpenVenue(Command, frozen=True, kw_only=True):
    """Open a venue; `zone` is an IANA name, `cutoff_min` minutes after midnight."""

    NAME = "identity.open_venue"
    name: str
    place: str
    zone: str
    cutoff_min: int = 240


class HireStaff(Command, frozen=True, kw_only=True):
    """Give somebody a role; `name` and `pin_hash` go to the vault, never into the journal."""

    NAME = "identity.hire_staff"
    name: str
    role: str
    pin_hash: str
    venue_id: UUID | None = None


class DismissStaff(Command, frozen=True, kw_only=True):
    """End somebody's work here."""

    NAME = "identity.dismiss_staff"
    staff_id: UUID


class OpenPairing(Command, frozen=True, kw_only=True):
    """Make room for a unit: whoever knows the secret whose `digest` this is may enrol, once, until `expires_ms`.

    With `unit_id` that unit is enrolled anew under its next epoch; without, a new one. `enable` lets it sell at once.
    """

    NAME = "identity.open_pairing"
    unit_id: UUID | None = None
    venue_id: UUID
    kind: str
    code: str
    name: str
    digest: bytes
    expires_ms: int
    enable: bool = False


class EnrolUnit(Command, frozen=True, kw_only=True):
    """A unit shows the secret of a pairing and its own public keys; `unit_id` is the node's own id."""

    NAME = "identity.enrol_unit"
    digest: bytes
    unit_id: UUID
    sign_key: bytes
    seal_key: bytes
    valid_ms: int


class RenewCertificate(Command, frozen=True, kw_only=True):
    """Give a unit's epoch a certificate for `valid_ms` from now."""

    NAME = "identity.renew_certificate"
    unit_id: UUID
    valid_ms: int


class EnableUnit(Command, frozen=True, kw_only=True):
    """Let a unit sell, first or again."""

    NAME = "identity.enable_unit"
    unit_id: UUID


class DisableUnit(Command, frozen=True, kw_only=True):
    """Stop a unit for now; it uploads and keeps its rows fresh."""

    NAME = "identity.disable_unit"
    unit_id: UUID
    reason: str


class RevokeUnit(Command, frozen=True, kw_only=True):
    """Stop a unit for good; what it still holds is kept for a human."""

    NAME = "identity.revoke_unit"
    unit_id: UUID
    reason: str


class StopEpoch(Command, frozen=True, kw_only=True):
    """The hub found that one epoch of a unit cannot go on: `state` is forked or behind."""

    NAME = "identity.stop_epoch"
    unit_id: UUID
    unit_epoch: int
    state: str
    reason: str


class PauseUnit(Command, frozen=True, kw_only=True):
    """Take nothing from a unit for now; it sells on and keeps what it has."""

    NAME = "identity.pause_unit"
    unit_id: UUID


class ResumeUnit(Command, frozen=True, kw_only=True):
    """Take its uploads again."""

    NAME = "identity.resume_unit"
    unit_id: UUID


class ReportClockJump(Command, frozen=True, kw_only=True):
    """An edge found its wall clock at `to_ms` when its time was `from_ms`; `cause`: jumped, reboot or hub."""

    NAME = "identity.report_clock_jump"
    from_ms: int
    to_ms: int
    cause: str


class TakeHubTime(Command, frozen=True, kw_only=True):
    """The hub's signed time, verified before the order, ends the doubt about an edge's clock."""

    NAME = "identity.take_hub_time"
    wall_ms: int


class ConfirmClock(Command, frozen=True, kw_only=True):
    """A supervisor (`actor`) says what time it is at an edge whose clock jumped."""

    NAME = "identity.confirm_clock"
    wall_ms: int


class OpenHubEpoch(Command, frozen=True, kw_only=True):
    """Begin the hub's next epoch; the first order that its new journal carries out."""

    NAME = "identity.open_hub_epoch"
    previous_epoch: int
    previous_seq: int
    previous_hash: bytes
    generation: int
    reason: str


class DeclareUnitLost(Command, frozen=True, kw_only=True):
    """Say that a restored hub need not wait for this unit; `said_by` are those who said so before."""

    NAME = "identity.declare_unit_lost"
    unit_id: UUID
    generation: int
    said_by: tuple[UUID, ...]


class RecoverUnit(Command, frozen=True, kw_only=True):
    """A unit shows a certificate of this hub for an epoch that the hub lost.

    `state` is how that epoch stood (`shared/sync/standing.py`): disabled wherever that is in doubt.
    """

    NAME = "identity.recover_unit"
    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes
    unit_epoch: int
    state: str
    from_ms: int
    until_ms: int


class EndRecovery(Command, frozen=True, kw_only=True):
    """Nothing is waited for any more."""

    NAME = "identity.end_recovery"
    generation: int
    shown: tuple[UUID, ...]
    lost: tuple[UUID, ...]
