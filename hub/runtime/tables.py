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


class DirectoryOrganization(HubTable, table=True):
    """Which organisations live at this hub (global)."""

    __tablename__ = "organization"
    __table_args__ = {"schema": "directory"}
    org_id: UUID = _key()
    name: str
    created_ms: int = _number()


class DirectoryNode(HubTable, table=True):
    """Whose node this is and how it proves itself (global)."""

    __tablename__ = "node"
    __table_args__ = {"schema": "directory"}
    node_id: UUID = _key()
    org_id: UUID = _id()
    sign_key: bytes = _bytes()
    seal_key: bytes = _bytes()
    enabled: bool


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
