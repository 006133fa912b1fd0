"""A case on the table: values that a test changes one at a time."""

from typing import Any
from uuid import UUID

import msgspec

from shared.domain.cases.commands import CloseCase, DecideHeld, DecideSales, RecordPaper, ReopenCase, SeeCase
from shared.domain.cases.facts import EvidenceRef, SaleVerdict
from shared.domain.cases.state import CaseCard, CaseNumbers, CaseSale, CaseState, CaseStep, open_order
from shared.journal.entry import Owner
from shared.kernel.clock import Moment
from shared.pipeline.command import Given
from tests.support.clock import OPENING_MS

HUB = Owner(UUID(int=0xA), UUID(int=0xB), 1)
UNIT, EVENT, VENUE = UUID(int=0xC11), UUID(int=0x13), UUID(int=0x12)
ADA, BEN = UUID(int=0x51), UUID(int=0x52)
GIVEN = Given(HUB, Moment(OPENING_MS, 0, UUID(int=7)), b"c" * 32)
EVIDENCE = EvidenceRef(UNIT, 3, 612, b"\x61\xb2\x0e\x9d" * 8, UUID(int=0x21))
FORK = open_order(
    "fork", node_id=UNIT, epoch=3, entity_id=UNIT, evidence=(EVIDENCE,), note="After entry 611 there are two."
)
CARD = CaseCard(
    case_id=FORK.case_id,
    kind="fork",
    state="open",
    about_node_id=UNIT,
    node_epoch=3,
    entity_id=UNIT,
    venue_id=VENUE,
    note=FORK.note,
    opened_ms=OPENING_MS,
    seen_ms=None,
    closed_ms=None,
    outcome="",
)


def sale(branch: int, seq: int, first: int, last: int, **other: Any) -> CaseSale:
    """A sale of these numbers on one side of a fork."""
    fields: dict[str, Any] = {
        "node_id": UNIT,
        "epoch": 3,
        "branch": branch,
        "seq": seq,
        "chain": f"{branch:04d} {seq:04d}",
        "sale_id": UUID(int=0x1000 * (branch + 1) + seq),
        "event_id": EVENT,
        "seller_id": UUID(int=0x11),
        "ticket_count": last - first + 1,
        "amount_minor": 1_000,
        "currency": "USD",
        "tender": "cash",
        "sold_ms": OPENING_MS,
        "is_void": False,
        "verdict": None,
        "first": first,
        "last": last,
    }
    return CaseSale(**(fields | other))


A612, A613 = sale(0, 612, 104_501, 104_510), sale(0, 613, 104_511, 104_550)
B612, B613 = sale(1, 612, 104_501, 104_503), sale(1, 613, 104_504, 104_513)
SALES = (A612, A613, B612, B613)


def numbers(one: CaseSale) -> CaseNumbers:
    """The range of a sale."""
    return CaseNumbers(
        one.node_id, one.epoch, one.seq, one.chain, one.event_id, one.first, one.last, one.verdict, one.is_void
    )


def case(*sales: CaseSale, steps: tuple[CaseStep, ...] = (), unit_epoch: int | None = 3, **card: Any) -> CaseState:
    """The fork with these sales (all four unless given)."""
    shown = sales or SALES
    return CaseState(msgspec.structs.replace(CARD, **card), shown, tuple(map(numbers, shown)), steps, unit_epoch)


def verdict(one: CaseSale, word: str) -> SaleVerdict:
    """A word about a sale."""
    return SaleVerdict(one.node_id, one.epoch, one.seq, one.chain, one.sale_id, word)


KEEP_A = (verdict(A612, "keep"), verdict(A613, "keep"), verdict(B612, "refund"), verdict(B613, "refund"))
KEEP_B = (verdict(A612, "refund"), verdict(A613, "refund"), verdict(B612, "keep"), verdict(B613, "keep"))


def decide(person: UUID = ADA, verdicts: tuple[SaleVerdict, ...] = KEEP_A) -> DecideSales:
    """A person's order about the sales."""
    return DecideSales(command_id=UUID(int=1), actor=person, case_id=CARD.case_id, verdicts=verdicts)


def signed(person: UUID, choice: bytes, act: str = "decide") -> CaseStep:
    """A signature as a step."""
    return CaseStep("signed", person, OPENING_MS, choice, act)


def paper(**other: Any) -> RecordPaper:
    """A ticket of side B."""
    fields: dict[str, Any] = {
        "command_id": UUID(int=1),
        "actor": ADA,
        "case_id": CARD.case_id,
        "sale_node": UNIT,
        "sale_epoch": 3,
        "sale_seq": 612,
        "sale_chain": "2c06 d9f1",
        "validation_number": "",
    }
    return RecordPaper(**(fields | other))


SEE = SeeCase(command_id=UUID(int=1), actor=ADA, case_id=CARD.case_id)
CLOSE = CloseCase(command_id=UUID(int=1), actor=ADA, case_id=CARD.case_id, outcome="Side A had the cash.")
REOPEN = ReopenCase(command_id=UUID(int=1), actor=ADA, case_id=CARD.case_id, note="A buyer came.")
TAKE = DecideHeld(command_id=UUID(int=1), actor=ADA, case_id=CARD.case_id, verdict="take")
