"""Orders about cases. `OpenCase` is the hub's own; the others come from people (`actor`)."""

from uuid import UUID

from shared.domain.cases.facts import EvidenceRef, SaleVerdict
from shared.pipeline.command import Command


class OpenCase(Command, frozen=True, kw_only=True):
    """Open the case of this kind and thing, or add evidence to it; `state.open_order` makes it with derived ids."""

    NAME = "cases.open_case"
    case_id: UUID
    kind: str
    node_id: UUID | None
    epoch: int
    entity_id: UUID
    evidence: tuple[EvidenceRef, ...]
    note: str


class SeeCase(Command, frozen=True, kw_only=True):
    """A person has read the case."""

    NAME = "cases.see_case"
    case_id: UUID


class RecordPaper(Command, frozen=True, kw_only=True):
    """A person saw a ticket; the sale is named as it stands on paper."""

    NAME = "cases.record_paper"
    case_id: UUID
    sale_node: UUID
    sale_epoch: int
    sale_seq: int
    sale_chain: str
    validation_number: str


class DecideSales(Command, frozen=True, kw_only=True):
    """Keep or refund these sales of the case; some kinds need two people with the same order."""

    NAME = "cases.decide_sales"
    case_id: UUID
    verdicts: tuple[SaleVerdict, ...]


class DecideHeld(Command, frozen=True, kw_only=True):
    """Take what a revoked unit still had to say into the books, or leave it."""

    NAME = "cases.decide_held"
    case_id: UUID
    verdict: str


class ReopenCase(Command, frozen=True, kw_only=True):
    """Go on with a closed case."""

    NAME = "cases.reopen_case"
    case_id: UUID
    note: str


class CloseCase(Command, frozen=True, kw_only=True):
    """End a case that has nothing left to decide."""

    NAME = "cases.close_case"
    case_id: UUID
    outcome: str
