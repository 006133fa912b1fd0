"""What happens to a case; all decided at the hub. A case names an epoch, never a culprit (design §2)."""

from uuid import UUID

import msgspec

from shared.journal.entry import Fact


class EvidenceRef(msgspec.Struct, frozen=True):
    """One journal entry that a case stands on, by its hash; `entity` is what the entry is about.

    An entry that is held unread has no hash here (empty).
    """

    node: UUID
    epoch: int
    seq: int
    hash: bytes
    entity: UUID


class SaleVerdict(msgspec.Struct, frozen=True):
    """What people decided about one sale, named as paper names it: keep, or refund."""

    node: UUID
    epoch: int
    seq: int
    chain: str
    sale_id: UUID
    verdict: str


class CaseOpened(Fact, frozen=True, kw_only=True):
    """Something a human must look at; `entity_id` is what it is about: the unit of a fork, the event of a sale."""

    TYPE = "cases.case_opened"
    ENTITY = "case_id"
    case_id: UUID
    kind: str
    node_id: UUID | None
    node_epoch: int
    entity_id: UUID
    venue_id: UUID | None
    evidence: tuple[EvidenceRef, ...]
    note: str
    opened_ms: int


class EvidenceAdded(Fact, frozen=True, kw_only=True):
    """More of the same came to light; the case stays one."""

    TYPE = "cases.evidence_added"
    ENTITY = "case_id"
    case_id: UUID
    kind: str
    venue_id: UUID | None
    evidence: tuple[EvidenceRef, ...]
    note: str


class CaseSeen(Fact, frozen=True, kw_only=True):
    """Somebody has read the case."""

    TYPE = "cases.case_seen"
    ENTITY = "case_id"
    case_id: UUID


class PaperRecorded(Fact, frozen=True, kw_only=True):
    """A ticket that a buyer holds was scanned or read: paper is a witness. The sale is named as paper names it."""

    TYPE = "cases.paper_recorded"
    ENTITY = "case_id"
    case_id: UUID
    sale_node: UUID
    sale_epoch: int
    sale_seq: int
    sale_chain: str
    validation_number: str


class ActSigned(Fact, frozen=True, kw_only=True):
    """The first of two people signed an act; a second, different person with the same `choice` carries it out.

    `verdicts` are what the choice stands for, so that the second person sees what the first one signed.
    """

    TYPE = "cases.act_signed"
    ENTITY = "case_id"
    case_id: UUID
    act: str
    choice: bytes
    verdicts: tuple[SaleVerdict, ...] = ()


class SalesDecided(Fact, frozen=True, kw_only=True):
    """Each of these sales is kept or refunded; a kept one counts again."""

    TYPE = "cases.sales_decided"
    ENTITY = "case_id"
    case_id: UUID
    venue_id: UUID | None
    verdicts: tuple[SaleVerdict, ...]


class HeldDecided(Fact, frozen=True, kw_only=True):
    """What a revoked unit still had to say is taken into the books, or left where it is."""

    TYPE = "cases.held_decided"
    ENTITY = "case_id"
    case_id: UUID
    verdict: str


class CaseReopened(Fact, frozen=True, kw_only=True):
    """A closed case goes on: somebody wants it, or more came to light."""

    TYPE = "cases.case_reopened"
    ENTITY = "case_id"
    case_id: UUID
    note: str


class CaseClosed(Fact, frozen=True, kw_only=True):
    """The case is over; `outcome` says how, in a person's words."""

    TYPE = "cases.case_closed"
    ENTITY = "case_id"
    case_id: UUID
    outcome: str
