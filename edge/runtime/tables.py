"""Tables that live on one edge only: its journal, what waits for paper, what it knows of the hub, PIN tries."""

from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, MetaData, text
from sqlmodel import Field, SQLModel

from shared.domain.slices import ALL
from shared.pipeline.tables import Id, add_table


class EdgeTable(SQLModel):
    """Base of the edge's own tables; its metadata also holds the field rows, without schemas."""

    metadata = MetaData()


class JournalEntry(EdgeTable, table=True):
    """One entry of the journal: the exact bytes, their hash, and the command that made them."""

    __tablename__ = "journal_entry"
    org_id: UUID = Field(primary_key=True, sa_type=Id)
    node_id: UUID = Field(primary_key=True, sa_type=Id)
    epoch: int = Field(primary_key=True, sa_type=BigInteger)
    branch: int = Field(primary_key=True, sa_type=BigInteger)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    command_id: UUID = Field(sa_type=Id, index=True)
    command_digest: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)
    data: bytes = Field(sa_type=LargeBinary)


class SpoolJob(EdgeTable, table=True):
    """A document on its way to paper; queued in the sale's own transaction (design §9)."""

    __tablename__ = "spool_job"
    job_id: UUID = Field(primary_key=True, sa_type=Id)
    entity_id: UUID = Field(sa_type=Id, index=True)
    role: str
    document: bytes = Field(sa_type=LargeBinary)
    state: str = Field(index=True)
    tries: int
    queued_ms: int = Field(sa_type=BigInteger)
    ended_ms: int | None = Field(default=None, sa_type=BigInteger)


class Peer(EdgeTable, table=True):
    """What this edge knows of the hub: how far it uploaded, how far it read the feed, and what it last heard.

    `feed_shape` names the kinds of rows and columns that whoever read so far took from it (`edge/sync/pages.py`).
    """

    __tablename__ = "peer"
    peer_id: UUID = Field(primary_key=True, sa_type=Id)
    generation: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    acked_seq: int = Field(sa_type=BigInteger)
    hub_time_ms: int = Field(sa_type=BigInteger)
    heard_ms: int = Field(sa_type=BigInteger)
    feed_shape: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class HeardTotal(EdgeTable, table=True):
    """An event's total over all units as the hub last told it; a figure is as old as it says."""

    __tablename__ = "heard_total"
    event_id: UUID = Field(primary_key=True, sa_type=Id)
    sale_count: int = Field(sa_type=BigInteger)
    amount_minor: int = Field(sa_type=BigInteger)
    own_seq: int = Field(sa_type=BigInteger)
    heard_ms: int = Field(sa_type=BigInteger)


class PinTries(EdgeTable, table=True):
    """Wrong PINs in a row, kept over a restart."""

    __tablename__ = "pin_tries"
    staff_id: UUID = Field(primary_key=True, sa_type=Id)
    failures: int
    locked_until_ms: int = Field(sa_type=BigInteger)


class VaultPerson(EdgeTable, table=True):
    """The key and the phone's keyed digest of a person noted here; `sent_ms` once the hub has them.

    Triggers remove the row with the person's erasure, and with their last sale here once the key is at the hub.
    """

    __tablename__ = "vault_person"
    person_id: UUID = Field(primary_key=True, sa_type=Id)
    digest: bytes = Field(sa_type=LargeBinary, unique=True, index=True)
    key: bytes = Field(sa_type=LargeBinary)
    made_ms: int = Field(sa_type=BigInteger)
    sent_ms: int | None = Field(default=None, sa_type=BigInteger)


class HoldTable(EdgeTable, table=True):
    """What stops selling here, a row a cause (`edge/runtime/holds.py`)."""

    __tablename__ = "hold"
    cause: str = Field(primary_key=True)
    detail: str
    since_ms: int = Field(sa_type=BigInteger)


class Receipt(EdgeTable, table=True):
    """The hub's latest cosignature of this journal's head, with its exact bytes (`edge/sync/receipts.py`)."""

    __tablename__ = "receipt"
    org_id: UUID = Field(primary_key=True, sa_type=Id)
    node_id: UUID = Field(primary_key=True, sa_type=Id)
    epoch: int = Field(primary_key=True, sa_type=BigInteger)
    branch: int = Field(primary_key=True, sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)
    data: bytes = Field(sa_type=LargeBinary)
    heard_ms: int = Field(sa_type=BigInteger)


class WatermarkTable(EdgeTable, table=True):
    """The hub's last word on how far a verified backup holds this journal (`edge/sync/receipts.py`)."""

    __tablename__ = "watermark"
    org_id: UUID = Field(primary_key=True, sa_type=Id)
    node_id: UUID = Field(primary_key=True, sa_type=Id)
    epoch: int = Field(primary_key=True, sa_type=BigInteger)
    branch: int = Field(primary_key=True, sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)
    data: bytes = Field(sa_type=LargeBinary)
    heard_ms: int = Field(sa_type=BigInteger)
    generation: int = Field(sa_type=BigInteger)


class Checkpoint(EdgeTable, table=True):
    """Where a journal begins now: the last entry that was purged, and its hash (`edge/runtime/purge.py`)."""

    __tablename__ = "checkpoint"
    org_id: UUID = Field(primary_key=True, sa_type=Id)
    node_id: UUID = Field(primary_key=True, sa_type=Id)
    epoch: int = Field(primary_key=True, sa_type=BigInteger)
    branch: int = Field(primary_key=True, sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)
    purged_ms: int = Field(sa_type=BigInteger)


class ClockState(EdgeTable, table=True):
    """The unit's time as a restart needs it: one row (`edge/runtime/clock_watch.py`)."""

    __tablename__ = "clock_state"
    place: int = Field(primary_key=True, sa_type=BigInteger)
    boot_id: UUID = Field(sa_type=Id)
    own_ms: int = Field(sa_type=BigInteger)
    vouched_ms: int = Field(sa_type=BigInteger)
    shift_ms: int = Field(sa_type=BigInteger)
    hub_ms: int = Field(sa_type=BigInteger)
    hub_offset_ms: int | None = Field(default=None, sa_type=BigInteger)
    seen_ms: int = Field(sa_type=BigInteger)
    doubt_from_ms: int | None = Field(default=None, sa_type=BigInteger)
    doubt_to_ms: int | None = Field(default=None, sa_type=BigInteger)
    doubt_cause: str | None = None


class HubWordTable(EdgeTable, table=True):
    """The hub's last signed word of each kind about this unit (`edge/sync/hub_word.py`)."""

    __tablename__ = "hub_word"
    kind: str = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)
    until_ms: int | None = Field(default=None, sa_type=BigInteger)
    heard_ms: int = Field(sa_type=BigInteger)


class FormerWord(EdgeTable, table=True):
    """The hub's last words on an epoch that is over: by them it introduces itself to a hub that was restored."""

    __tablename__ = "former_word"
    epoch: int = Field(primary_key=True, sa_type=BigInteger)
    certificate: bytes = Field(sa_type=LargeBinary)
    standing: bytes = Field(sa_type=LargeBinary)


for kind in ALL.rows:
    add_table(kind, EdgeTable.metadata, schemas=False)
