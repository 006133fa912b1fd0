"""What happens to the organisation, its venues, units and people; all decided at the hub."""

from uuid import UUID

from shared.journal.entry import Fact


class OrganizationFounded(Fact, frozen=True, kw_only=True):
    """The organisation exists; its licence and currency stand on every ticket (RAFF-core-01)."""

    TYPE = "identity.organization_founded"
    ENTITY = "organization_id"
    organization_id: UUID
    name: str
    licence: str
    currency: str
    site: str


class SlipTextSet(Fact, frozen=True, kw_only=True):
    """What stands on every slip beside the organisation's name: logo, licence lines, responsible-gambling line.

    `logo` is a PNG of one bit a dot, or empty (GLI-31 2.3.4: nothing of it covers what a ticket must say).
    """

    TYPE = "identity.slip_text_set"
    ENTITY = "organization_id"
    organization_id: UUID
    logo: bytes
    licence_lines: tuple[str, ...]
    responsible_line: str


class VenueOpened(Fact, frozen=True, kw_only=True):
    """A venue with its zone; a business day ends at the cut-off, minutes after midnight (RAFF-core-05)."""

    TYPE = "identity.venue_opened"
    ENTITY = "venue_id"
    venue_id: UUID
    name: str
    place: str
    zone: str
    cutoff_min: int


class StaffHired(Fact, frozen=True, kw_only=True):
    """Somebody works here in a role; name and PIN stand outside the journal (design §3, personal data)."""

    TYPE = "identity.staff_hired"
    ENTITY = "staff_id"
    staff_id: UUID
    venue_id: UUID | None
    role: str


class StaffLeft(Fact, frozen=True, kw_only=True):
    """Somebody no longer works here; their PIN opens nothing from the moment a unit learns it."""

    TYPE = "identity.staff_left"
    ENTITY = "staff_id"
    staff_id: UUID


class PairingOpened(Fact, frozen=True, kw_only=True):
    """An admin made room for a unit; the hub knows the secret's hash alone."""

    TYPE = "identity.pairing_opened"
    ENTITY = "pairing_id"
    pairing_id: UUID
    unit_id: UUID | None
    venue_id: UUID
    kind: str
    code: str
    name: str
    digest: bytes
    expires_ms: int
    enable: bool


class UnitAdded(Fact, frozen=True, kw_only=True):
    """An edge belongs to a venue: its kind, its code on paper, and the two public keys (32 bytes each) of epoch 1.

    Version 1 knew no pairing: the unit could sell at once.
    """

    TYPE = "identity.unit_added"
    VERSION = 2
    ENTITY = "unit_id"
    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes
    pairing_id: UUID | None
    enabled: bool


class UnitEnrolledAgain(Fact, frozen=True, kw_only=True):
    """A unit has new keys and a new epoch; what the old one still holds goes up under the old one (design §5.4).

    `previous_epoch` is the one before; after a restore of the hub there is room between them for epochs that it
    forgot. `before_stopped`: the one before had ended already (fork, older memory), so its state stays. `also_over`:
    the unit's other pairings that were open, for their codes were made for the epoch before.
    """

    TYPE = "identity.unit_enrolled_again"
    ENTITY = "unit_id"
    unit_id: UUID
    unit_epoch: int
    previous_epoch: int
    sign_key: bytes
    seal_key: bytes
    pairing_id: UUID
    enabled: bool
    before_stopped: bool
    also_over: tuple[UUID, ...] = ()


class CertificateIssued(Fact, frozen=True, kw_only=True):
    """A unit's epoch may sell from `from_ms` to `until_ms` (ms UTC), unless it is stopped before."""

    TYPE = "identity.certificate_issued"
    ENTITY = "unit_id"
    unit_id: UUID
    unit_epoch: int
    from_ms: int
    until_ms: int


class UnitEnabled(Fact, frozen=True, kw_only=True):
    """Head office lets a unit sell."""

    TYPE = "identity.unit_enabled"
    ENTITY = "unit_id"
    unit_id: UUID


class UnitDisabled(Fact, frozen=True, kw_only=True):
    """Head office, or the hub after repeated failures, stopped a unit for now."""

    TYPE = "identity.unit_disabled"
    ENTITY = "unit_id"
    unit_id: UUID
    reason: str


class UnitRevoked(Fact, frozen=True, kw_only=True):
    """Head office stopped a unit for good; its certificate counts no more."""

    TYPE = "identity.unit_revoked"
    ENTITY = "unit_id"
    unit_id: UUID
    unit_epoch: int
    reason: str


class EpochStopped(Fact, frozen=True, kw_only=True):
    """One epoch of a unit cannot go on (`forked`, `behind`): it sells no more, its leases are held back."""

    TYPE = "identity.epoch_stopped"
    ENTITY = "unit_id"
    unit_id: UUID
    unit_epoch: int
    state: str
    reason: str
    is_current: bool


class UnitPaused(Fact, frozen=True, kw_only=True):
    """The hub takes nothing from a unit for now."""

    TYPE = "identity.unit_paused"
    ENTITY = "unit_id"
    unit_id: UUID


class UnitResumed(Fact, frozen=True, kw_only=True):
    """The hub takes its uploads again."""

    TYPE = "identity.unit_resumed"
    ENTITY = "unit_id"
    unit_id: UUID


class ClockJumped(Fact, frozen=True, kw_only=True):
    """An edge's wall clock said `to_ms` when its time was `from_ms` (ms UTC).

    `cause`: jumped (while it ran), reboot (it came back with a clock that cannot be right), hub (the hub's signed
    time moved the edge's own time).
    """

    TYPE = "identity.clock_jumped"
    ENTITY = "unit_id"
    unit_id: UUID
    from_ms: int
    to_ms: int
    cause: str


class ClockConfirmed(Fact, frozen=True, kw_only=True):
    """From now on it is `wall_ms` (ms UTC) at this edge: a supervisor says so, or (nobody) the hub's signed time."""

    TYPE = "identity.clock_confirmed"
    ENTITY = "unit_id"
    unit_id: UUID
    staff_id: UUID | None
    wall_ms: int


class HubEpochOpened(Fact, frozen=True, kw_only=True):
    """The hub's journal goes on under a new epoch, for the one before ended in a database that is gone (design §5.6).

    `previous_seq` and `previous_hash` are its end as the backup had it; what it owned is carried over by this fact.
    `reason` is restored (by an operator) or evidence (a unit showed what the hub had signed and did not hold).
    """

    TYPE = "identity.hub_epoch_opened"
    ENTITY = "organization_id"
    organization_id: UUID
    previous_epoch: int
    previous_seq: int
    previous_hash: bytes
    generation: int
    reason: str


class UnitRecovered(Fact, frozen=True, kw_only=True):
    """A restored hub knows a unit again by the certificate that it had signed and no longer held (design §5.6).

    `previous_epoch` is what the hub still knew of it (0: nothing); `before_stopped` that this had ended already.
    """

    TYPE = "identity.unit_recovered"
    ENTITY = "unit_id"
    unit_id: UUID
    venue_id: UUID
    kind: str
    code: str
    name: str
    sign_key: bytes
    seal_key: bytes
    unit_epoch: int
    previous_epoch: int
    before_stopped: bool
    enabled: bool
    from_ms: int
    until_ms: int


class EpochRecovered(Fact, frozen=True, kw_only=True):
    """A restored hub knows an epoch of a unit again that was over by then; a later one is known already.

    `state` is superseded, forked, behind or revoked: what the epoch still holds may come up, and nothing else.
    """

    TYPE = "identity.epoch_recovered"
    ENTITY = "unit_id"
    unit_id: UUID
    unit_epoch: int
    sign_key: bytes
    seal_key: bytes
    state: str
    reason: str


class UnitDeclaredLost(Fact, frozen=True, kw_only=True):
    """Somebody said that a unit will never show what it holds; two people must, before a restored hub goes on."""

    TYPE = "identity.unit_declared_lost"
    ENTITY = "unit_id"
    unit_id: UUID
    generation: int
    declared_by: UUID


class RecoveryEnded(Fact, frozen=True, kw_only=True):
    """A restored hub has seen all that its units hold, or knows whom it waits for in vain: it grants again."""

    TYPE = "identity.recovery_ended"
    ENTITY = "organization_id"
    organization_id: UUID
    generation: int
    shown: tuple[UUID, ...]
    lost: tuple[UUID, ...]
