"""What is decided about cases; pure. Some acts carry two signatures: the first is a fact, the second the act."""

from itertools import pairwise
from uuid import UUID

from shared.domain.cases.commands import (
    CloseCase,
    DecideHeld,
    DecideSales,
    OpenCase,
    RecordPaper,
    ReopenCase,
    SeeCase,
)
from shared.domain.cases.errors import (
    ActNotHere,
    CaseIsClosed,
    CaseIsOpen,
    NumbersKeptTwice,
    OutcomeNeeded,
    PaperUnreadable,
    SaleNotHere,
    SalesUndecided,
    SignedAlready,
    UnknownCase,
    UnknownVerdict,
)
from shared.domain.cases.facts import (
    ActSigned,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseSeen,
    EvidenceAdded,
    HeldDecided,
    PaperRecorded,
    SalesDecided,
)
from shared.domain.cases.state import (
    DECIDABLE,
    EVIDENCE_MAX,
    HELD_VERDICTS,
    KINDS,
    OUTCOME_LETTERS_MAX,
    SALE_VERDICTS,
    TWO_PEOPLE,
    CaseCard,
    CaseState,
    OpenState,
    SaleName,
    allowed_acts,
    choice_of,
)
from shared.journal.entry import Fact
from shared.pipeline.command import Given

CHAIN_LETTERS = 8


def decide_open_case(order: OpenCase, state: OpenState, given: Given) -> list[Fact]:
    """Open it once; the same finding again changes nothing, a new one adds to it or opens it again."""
    assert order.kind in KINDS
    assert len(order.evidence) <= EVIDENCE_MAX
    card = state.card
    if card is None:
        return [
            CaseOpened(
                case_id=order.case_id,
                kind=order.kind,
                node_id=order.node_id,
                node_epoch=order.epoch,
                entity_id=order.entity_id,
                venue_id=state.venue_id,
                evidence=order.evidence,
                note=order.note,
                opened_ms=given.moment.wall_ms,
            )
        ]
    new = tuple(one for one in order.evidence if (one.node, one.epoch, one.seq, one.hash) not in state.known)
    if not new:
        return []
    added = EvidenceAdded(case_id=card.case_id, kind=card.kind, venue_id=card.venue_id, evidence=new, note=order.note)
    if card.state == "closed":
        return [CaseReopened(case_id=card.case_id, note=order.note), added]
    return [added]


def decide_see_case(order: SeeCase, state: CaseState | None, _given: Given) -> list[Fact]:
    """The first look counts; a page may tell of every one."""
    card = _known(state).card
    return [] if card.seen_ms is not None else [CaseSeen(case_id=order.case_id)]


def decide_record_paper(order: RecordPaper, state: CaseState | None, _given: Given) -> list[Fact]:
    """Paper is recorded as it is, even when it fits no history that is known: then it tells of one more."""
    card = _open(state)
    if card.kind not in DECIDABLE:
        raise ActNotHere
    letters = order.sale_chain.replace(" ", "").upper()
    if len(letters) != CHAIN_LETTERS or set(letters) - set("0123456789ABCDEF") or order.sale_seq < 1:
        raise PaperUnreadable
    if card.about_node_id is not None and (order.sale_node, order.sale_epoch) != (card.about_node_id, card.node_epoch):
        raise SaleNotHere
    return [
        PaperRecorded(
            case_id=order.case_id,
            sale_node=order.sale_node,
            sale_epoch=order.sale_epoch,
            sale_seq=order.sale_seq,
            sale_chain=f"{letters[:4]} {letters[4:]}",
            validation_number=order.validation_number,
        )
    ]


def decide_decide_sales(order: DecideSales, state: CaseState | None, _given: Given) -> list[Fact]:
    """Keep or refund; one number is never kept twice, whichever case the other sale belongs to."""
    case, card = _known(state), _open(state)
    if card.kind not in DECIDABLE or not order.verdicts:
        raise ActNotHere
    chosen: dict[SaleName, str] = {}
    here = {sale.name: sale for sale in case.sales}
    for one in order.verdicts:
        _word(one.verdict, SALE_VERDICTS)
        name = (one.node, one.epoch, one.seq, one.chain)
        if name not in here or here[name].sale_id != one.sale_id or name in chosen:
            raise SaleNotHere
        chosen[name] = one.verdict
    _numbers_kept_once(case, chosen)
    decided = SalesDecided(case_id=order.case_id, venue_id=card.venue_id, verdicts=order.verdicts)
    return _by_two(case, order.actor, "decide", choice_of(order.verdicts), decided)


def _numbers_kept_once(case: CaseState, chosen: dict[SaleName, str]) -> None:
    kept = sorted(
        (one.event_id, one.first, one.last)
        for one in case.numbers
        if not one.is_void and chosen.get((one.node_id, one.epoch, one.seq, one.chain), one.verdict) == "keep"
    )
    for (event, _, last), (next_event, first, next_last) in pairwise(kept):
        if event == next_event and first <= last:
            raise NumbersKeptTwice(first=first, last=min(last, next_last))


def _by_two(case: CaseState, person: UUID | None, act: str, choice: bytes, fact: SalesDecided) -> list[Fact]:
    """The fact itself once two different people gave the same order; the first order is a signature."""
    assert person is not None, "people sign"
    if (case.card.kind, act) not in TWO_PEOPLE:
        return [fact]
    signed = case.signed(act)
    if any(other != person and theirs == choice for other, theirs in signed.items()):
        return [fact]
    if signed.get(person) == choice:
        raise SignedAlready
    return [ActSigned(case_id=case.card.case_id, act=act, choice=choice, verdicts=fact.verdicts)]


def decide_decide_held(order: DecideHeld, state: CaseState | None, _given: Given) -> list[Fact]:
    """Take a revoked unit's sales or leave them, once."""
    case, card = _known(state), _open(state)
    if card.kind != "held" or not _allowed(case, "held"):
        raise ActNotHere
    _word(order.verdict, HELD_VERDICTS)
    return [HeldDecided(case_id=order.case_id, verdict=order.verdict)]


def decide_reopen_case(order: ReopenCase, state: CaseState | None, _given: Given) -> list[Fact]:
    """A person wants the case back."""
    if _known(state).card.state != "closed":
        raise CaseIsOpen
    return [CaseReopened(case_id=order.case_id, note=_words(order.note))]


def decide_close_case(order: CloseCase, state: CaseState | None, _given: Given) -> list[Fact]:
    """End it when nothing is left to decide."""
    case = _known(state)
    _open(state)
    if case.undecided:
        raise SalesUndecided(count=case.undecided)
    if not _allowed(case, "close"):
        raise ActNotHere
    return [CaseClosed(case_id=order.case_id, outcome=_words(order.outcome))]


def _known(state: CaseState | None) -> CaseState:
    if state is None:
        raise UnknownCase
    return state


def _open(state: CaseState | None) -> CaseCard:
    card = _known(state).card
    if card.state == "closed":
        raise CaseIsClosed
    return card


def _allowed(case: CaseState, name: str) -> bool:
    return any(act.name == name and act.allowed for act in allowed_acts(case))


def _word(verdict: str, verdicts: tuple[str, ...]) -> None:
    if verdict not in verdicts:
        raise UnknownVerdict(verdict=verdict[:20], verdicts=" or ".join(verdicts))


def _words(text: str) -> str:
    if not 0 < len(text.strip()) <= OUTCOME_LETTERS_MAX or not text.isprintable():
        raise OutcomeNeeded(maximum=OUTCOME_LETTERS_MAX)
    return text.strip()
