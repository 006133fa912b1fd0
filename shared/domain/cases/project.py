"""Facts of cases to rows; pure. Each fact leaves a step, so a case tells its own story."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from shared.domain.cases.facts import (
    ActSigned,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseSeen,
    EvidenceAdded,
    EvidenceRef,
    HeldDecided,
    PaperRecorded,
    SalesDecided,
)
from shared.domain.cases.rows import CaseEvidenceRow, CasePaperRow, CaseRow, CaseStepRow, DoubtRow, VerdictRow
from shared.domain.cases.state import DOUBTS, chain_of
from shared.journal.entry import Entry
from shared.pipeline.changes import Change, Patch, Put


def project_case_opened(fact: Entry[CaseOpened]) -> Iterator[Change]:
    """The case, what it stands on, and what is out of the pool because of it."""
    body = fact.body
    yield Put(
        CaseRow(
            owner=fact.owner,
            case_id=body.case_id,
            kind=body.kind,
            state="open",
            about_node_id=body.node_id,
            node_epoch=body.node_epoch,
            entity_id=body.entity_id,
            venue_id=body.venue_id,
            note=body.note,
            opened_ms=body.opened_ms,
        )
    )
    yield from _evidence(fact, body.kind, body.venue_id, body.evidence)
    yield _step(fact, "opened", detail=body.note)


def project_evidence_added(fact: Entry[EvidenceAdded]) -> Iterator[Change]:
    """More entries of the same case."""
    yield from _evidence(fact, fact.body.kind, fact.body.venue_id, fact.body.evidence)
    yield _step(fact, "evidence", detail=fact.body.note)


def project_case_seen(fact: Entry[CaseSeen]) -> Iterator[Change]:
    """Somebody has read it."""
    yield Patch(CaseRow, fact.owner, (fact.body.case_id,), {"seen_ms": fact.wall_ms})
    yield _step(fact, "seen")


def project_paper_recorded(fact: Entry[PaperRecorded]) -> Iterator[Change]:
    """A ticket that somebody held in hand."""
    body = fact.body
    yield Put(
        CasePaperRow(
            owner=fact.owner,
            case_id=body.case_id,
            sale_node_id=body.sale_node,
            sale_epoch=body.sale_epoch,
            sale_seq=body.sale_seq,
            sale_chain=body.sale_chain,
            validation_number=body.validation_number,
            person_id=fact.envelope.actor,
            seen_ms=fact.wall_ms,
        )
    )
    yield _step(fact, "paper", detail=f"{body.sale_seq} {body.sale_chain}")


def project_act_signed(fact: Entry[ActSigned]) -> Iterator[Change]:
    """The first of two signatures."""
    yield _step(fact, "signed", choice=fact.body.choice, detail=fact.body.act)


def project_sales_decided(fact: Entry[SalesDecided]) -> Iterator[Change]:
    """The verdicts; the last one on a sale counts."""
    body = fact.body
    for one in body.verdicts:
        yield Put(
            VerdictRow(
                owner=fact.owner,
                sale_node_id=one.node,
                sale_epoch=one.epoch,
                sale_seq=one.seq,
                sale_chain=one.chain,
                sale_id=one.sale_id,
                verdict=one.verdict,
                case_id=body.case_id,
                venue_id=body.venue_id,
                decided_ms=fact.wall_ms,
            )
        )
    kept = sum(one.verdict == "keep" for one in body.verdicts)
    yield _step(fact, "decide", detail=f"{kept} kept, {len(body.verdicts) - kept} refunded")


def project_held_decided(fact: Entry[HeldDecided]) -> Iterator[Change]:
    """What happens to a revoked unit's sales."""
    yield _step(fact, "held", detail=fact.body.verdict)


def project_case_reopened(fact: Entry[CaseReopened]) -> Iterator[Change]:
    """The case goes on."""
    again = {"state": "open", "closed_ms": None, "outcome": ""}
    yield Patch(CaseRow, fact.owner, (fact.body.case_id,), again)
    yield _step(fact, "reopened", detail=fact.body.note)


def project_case_closed(fact: Entry[CaseClosed]) -> Iterator[Change]:
    """The case is over."""
    over = {"state": "closed", "closed_ms": fact.wall_ms, "outcome": fact.body.outcome}
    yield Patch(CaseRow, fact.owner, (fact.body.case_id,), over)
    yield _step(fact, "closed", detail=fact.body.outcome)


def _evidence(
    fact: Entry[Any], kind: str, venue_id: UUID | None, evidence: tuple[EvidenceRef, ...]
) -> Iterator[Change]:
    for one in evidence:
        named = {
            "entry_node_id": one.node,
            "entry_epoch": one.epoch,
            "entry_seq": one.seq,
            "entry_hash": one.hash,
            "chain": chain_of(one.hash),
            "entity_id": one.entity,
            "case_id": fact.body.case_id,
            "venue_id": venue_id,
        }
        yield Put(CaseEvidenceRow(owner=fact.owner, added_ms=fact.wall_ms, **named))
        if kind in DOUBTS:
            yield Put(DoubtRow(owner=fact.owner, kind=kind, **named))


def _step(fact: Entry[Any], act: str, *, choice: bytes = b"", detail: str = "") -> Put:
    return Put(
        CaseStepRow(
            owner=fact.owner,
            step_id=fact.envelope.id,
            seq=fact.envelope.seq,
            case_id=fact.body.case_id,
            act=act,
            person_id=fact.envelope.actor,
            at_ms=fact.wall_ms,
            choice=choice,
            detail=detail,
        )
    )
