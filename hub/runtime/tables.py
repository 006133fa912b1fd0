"""The hub's metadata: field rows in their slices' schemas, and the hub's own tables (for `alembic check`)."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData
from sqlmodel import Field, SQLModel

from shared.domain.slices import ALL
from shared.pipeline.tables import Id, add_table


class HubTable(SQLModel):
    """Base of the hub's own tables."""

    metadata = MetaData()


def _id(**more: Any) -> Any:
    return Field(sa_type=Id, **more)


def _key() -> Any:
    return Field(sa_type=Id, primary_key=True)


def _number(**more: Any) -> Any:
    return Field(sa_type=BigInteger, **more)


def _bytes() -> Any:
    return Field(sa_type=LargeBinary)


class JournalEntry(HubTable, table=True):
    """Every entry of every journal, raw: the exact bytes that were signed."""

    __tablename__ = "entry"
    __table_args__ = {"schema": "journal"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    epoch: int = _number(primary_key=True)
    branch: int = _number(primary_key=True)
    seq: int = _number(primary_key=True)
    hash: bytes = _bytes()
    data: bytes = _bytes()
    received_ms: int = _number()


class JournalHead(HubTable, table=True):
    """Where each journal ends here: the cursor of an edge, the locked head of the hub's own."""

    __tablename__ = "head"
    __table_args__ = {"schema": "journal"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    epoch: int = _number(primary_key=True)
    branch: int = _number(primary_key=True)
    seq: int = _number()
    hash: bytes = _bytes()


class JournalCommand(HubTable, table=True):
    """Commands that the hub carried out: the same id gives the same answer."""

    __tablename__ = "command"
    __table_args__ = {"schema": "journal"}
    org_id: UUID = _key()
    command_id: UUID = _key()
    node_id: UUID = _id()
    epoch: int = _number()
    digest: bytes = _bytes()
    first_seq: int = _number()
    last_seq: int = _number()


class FeedHead(HubTable, table=True):
    """The last position drawn of an organisation's feed, and its generation."""

    __tablename__ = "feed_head"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    generation: int = _number()
    position: int = _number()


class FeedRow(HubTable, table=True):
    """The latest state of each row in each scope; a row that left a scope stays as a tombstone."""

    __tablename__ = "feed_row"
    __table_args__ = (
        Index("feed_row_position_idx", "org_id", "scope", "position"),
        {"schema": "sync"},
    )
    org_id: UUID = _key()
    scope: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    position: int = _number()
    gone: bool
    row: bytes = _bytes()


class RefusedBundle(HubTable, table=True):
    """A bundle that contradicts what is stored: kept raw, answered 409, for a human to judge."""

    __tablename__ = "refused_bundle"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    node_id: UUID = _id()
    epoch: int = _number()
    seq: int = _number()
    reason: str
    data: bytes = _bytes()
    received_ms: int = _number()


class Quarantined(HubTable, table=True):
    """An entry that is stored but could not be projected; only its entity waits."""

    __tablename__ = "quarantine"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    epoch: int = _number(primary_key=True)
    branch: int = _number(primary_key=True)
    seq: int = _number(primary_key=True)
    entity_id: UUID = _id()
    reason: str
    since_ms: int = _number()


class UnitReport(HubTable, table=True):
    """The last status report of a unit: unchained, replaced by the next."""

    __tablename__ = "unit_report"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    heard_ms: int = _number()
    report: bytes = _bytes()


class ClockMark(HubTable, table=True):
    """A reading of a unit's clocks that the hub heard, the tightest of each hour of a boot (`hub/sync/clock_marks.py`).

    `heard_ms` is when the reading `monotonic_ns` came; `wall_ms` is what the unit's wall clock said last, at `seen_ms`.
    `epoch` is the latest under which that boot was heard in that hour.
    """

    __tablename__ = "clock_mark"
    __table_args__ = (Index("clock_mark_seen_idx", "org_id", "node_id", "seen_ms"), {"schema": "sync"})
    org_id: UUID = _key()
    node_id: UUID = _key()
    boot_id: UUID = _key()
    hour: int = _number(primary_key=True)
    monotonic_ns: int = _number()
    heard_ms: int = _number()
    wall_ms: int = _number()
    seen_ms: int = _number()
    epoch: int = _number()


class LeaseDocument(HubTable, table=True):
    """The signed document of each lease, so that a lost answer returns the same one."""

    __tablename__ = "lease_document"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    lease_id: UUID = _key()
    data: bytes = _bytes()


class EventKey(HubTable, table=True):
    """An event's key, sealed under the hub's key file; opened in memory alone."""

    __tablename__ = "event_key"
    __table_args__ = {"schema": "vault"}
    org_id: UUID = _key()
    event_id: UUID = _key()
    sealed: bytes = _bytes()


class VaultPerson(HubTable, table=True):
    """A person as one node noted them: the phone's keyed digest, and the key sealed under the hub's key file."""

    __tablename__ = "person"
    __table_args__ = (
        Index("person_digest_idx", "org_id", "digest"),
        Index("person_person_id_idx", "org_id", "person_id"),
        {"schema": "vault"},
    )
    org_id: UUID = _key()
    node_id: UUID = _key()
    person_id: UUID = _key()
    digest: bytes = _bytes()
    sealed_key: bytes = _bytes()
    got_ms: int = _number()


class DirectoryOrganization(HubTable, table=True):
    """Which organisations live at this hub (global)."""

    __tablename__ = "organization"
    __table_args__ = {"schema": "directory"}
    org_id: UUID = _key()
    name: str
    created_ms: int = _number()


class DirectoryNode(HubTable, table=True):
    """Whose node this is and how each of its epochs proves itself (global)."""

    __tablename__ = "node"
    __table_args__ = {"schema": "directory"}
    node_id: UUID = _key()
    org_id: UUID = _id()
    sign_key: bytes = _bytes()
    seal_key: bytes = _bytes()
    epoch: int = _number(primary_key=True)
    state: str
    reason: str
    paused: bool


class DirectoryPairing(HubTable, table=True):
    """Which organisation waits for whoever knows this secret (global)."""

    __tablename__ = "pairing"
    __table_args__ = {"schema": "directory"}
    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    org_id: UUID = _id()
    expires_ms: int = _number()


class SignedHead(HubTable, table=True):
    """The last head that a unit signed for a history: with its entries, all that a verifier needs."""

    __tablename__ = "signed_head"
    __table_args__ = {"schema": "journal"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    epoch: int = _number(primary_key=True)
    branch: int = _number(primary_key=True)
    data: bytes = _bytes()


class JournalBranch(HubTable, table=True):
    """A second history of one epoch: it leaves `parent` behind `fork_seq`. Branch 0 has no row."""

    __tablename__ = "branch"
    __table_args__ = {"schema": "journal"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    epoch: int = _number(primary_key=True)
    branch: int = _number(primary_key=True)
    parent: int = _number()
    fork_seq: int = _number()
    opened_ms: int = _number()


class Unprojected(HubTable, table=True):
    """An entry of a type that this program does not know: raw until an upgrade knows it."""

    __tablename__ = "unprojected"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    epoch: int = _number(primary_key=True)
    branch: int = _number(primary_key=True)
    seq: int = _number(primary_key=True)
    type: str
    version: int = _number()


class FailedValidation(HubTable, table=True):
    """How often a proven node sent what does not verify, lately."""

    __tablename__ = "failed_validation"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    count: int = _number()
    since_ms: int = _number()


class HubStateTable(HubTable, table=True):
    """Which generation and which epoch of its own journal an organisation's hub is in; no row: the first of both."""

    __tablename__ = "hub_state"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    generation: int = _number()
    epoch: int = _number()
    state: str
    since_ms: int = _number()


class EvidenceShown(HubTable, table=True):
    """Whether a unit has shown all it holds to a restored hub, or who declared it lost (two people)."""

    __tablename__ = "evidence_shown"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    generation: int = _number(primary_key=True)
    node_id: UUID = _key()
    shown_ms: int | None = _number(nullable=True)
    lost_by_1: UUID | None = _id(nullable=True)
    lost_by_2: UUID | None = _id(nullable=True)


class BackupTable(HubTable, table=True):
    """A backup that was verified: when, its digest, and what it held of this organisation."""

    __tablename__ = "backup"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    backup_ms: int = _number(primary_key=True)
    digest: bytes = _bytes()
    generation: int = _number()
    epoch: int = _number()
    entry_count: int = _number()
    verified_ms: int = _number()


class WatermarkTable(HubTable, table=True):
    """How far a verified backup holds each journal: what its unit may purge."""

    __tablename__ = "watermark"
    __table_args__ = {"schema": "sync"}
    org_id: UUID = _key()
    node_id: UUID = _key()
    epoch: int = _number(primary_key=True)
    branch: int = _number(primary_key=True)
    seq: int = _number()
    hash: bytes = _bytes()
    backup_ms: int = _number()


class Person(HubTable, table=True):
    """Somebody who logs in at the hub (global: one person may work for several organisations)."""

    __tablename__ = "person"
    __table_args__ = {"schema": "staff_access"}
    person_id: UUID = _key()
    login: str = Field(unique=True)
    name: str
    password_hash: str
    org_id: UUID = _id()
    role: str
    failures: int
    locked_until_ms: int = _number()


class Session(HubTable, table=True):
    """A login at the hub, by the hash of its token (global)."""

    __tablename__ = "session"
    __table_args__ = {"schema": "staff_access"}
    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    person_id: UUID = _id(index=True)
    expires_ms: int = _number()


for kind in ALL.rows:
    add_table(kind, HubTable.metadata, schemas=True)
