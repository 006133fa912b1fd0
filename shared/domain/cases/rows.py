"""Rows of cases: owned by the hub that judged, fed to venue edges. A row never names a branch, only entries."""

from uuid import UUID

from shared.pipeline.changes import Row, TableSpec


class CaseRow(Row, frozen=True, kw_only=True):
    """A case; `seen_ms` and `closed_ms` are empty until it was."""

    TABLE = TableSpec(
        "cases",
        "case",
        ("case_id",),
        changes=True,
        checks={"state": "state IN ('open', 'closed')"},
        indexes=(("state", "opened_ms"),),
    )
    case_id: UUID
    kind: str
    state: str
    about_node_id: UUID | None
    node_epoch: int
    entity_id: UUID
    venue_id: UUID | None
    note: str
    opened_ms: int
    seen_ms: int | None = None
    closed_ms: int | None = None
    outcome: str = ""


class CaseEvidenceRow(Row, frozen=True, kw_only=True):
    """An entry that a case stands on."""

    TABLE = TableSpec(
        "cases", "evidence", ("case_id", "entry_node_id", "entry_epoch", "entry_seq", "entry_hash"), changes=True
    )
    case_id: UUID
    entry_node_id: UUID
    entry_epoch: int
    entry_seq: int
    entry_hash: bytes
    chain: str
    entity_id: UUID
    venue_id: UUID | None
    added_ms: int


class CaseStepRow(Row, frozen=True, kw_only=True):
    """Who did what and when; `choice` tells two signatures of one act apart, `detail` is what the page shows."""

    TABLE = TableSpec("cases", "step", ("step_id",), indexes=(("case_id", "at_ms"),))
    step_id: UUID
    seq: int
    case_id: UUID
    act: str
    person_id: UUID | None
    at_ms: int
    choice: bytes
    detail: str


class CasePaperRow(Row, frozen=True, kw_only=True):
    """A ticket that somebody held in hand, named as paper names its sale."""

    TABLE = TableSpec(
        "cases", "paper", ("case_id", "sale_node_id", "sale_epoch", "sale_seq", "sale_chain"), changes=True
    )
    case_id: UUID
    sale_node_id: UUID
    sale_epoch: int
    sale_seq: int
    sale_chain: str
    validation_number: str
    person_id: UUID | None
    seen_ms: int


class DoubtRow(Row, frozen=True, kw_only=True):
    """An entry that the judge doubts: a sale of it is out of the pool until a verdict says otherwise."""

    TABLE = TableSpec(
        "cases",
        "doubt",
        ("entry_node_id", "entry_epoch", "entry_seq", "entry_hash", "kind"),
        changes=True,
        indexes=(("kind",), ("entry_node_id", "entry_epoch", "entry_seq")),
    )
    entry_node_id: UUID
    entry_epoch: int
    entry_seq: int
    entry_hash: bytes
    kind: str
    chain: str
    entity_id: UUID
    case_id: UUID
    venue_id: UUID | None


class VerdictRow(Row, frozen=True, kw_only=True):
    """What people decided about a sale; the last word counts."""

    TABLE = TableSpec(
        "cases",
        "verdict",
        ("sale_node_id", "sale_epoch", "sale_seq", "sale_chain"),
        changes=True,
        checks={"verdict": "verdict IN ('keep', 'refund')"},
        indexes=(("sale_node_id", "sale_epoch", "sale_seq"),),
    )
    sale_node_id: UUID
    sale_epoch: int
    sale_seq: int
    sale_chain: str
    sale_id: UUID
    verdict: str
    case_id: UUID
    venue_id: UUID | None
    decided_ms: int
