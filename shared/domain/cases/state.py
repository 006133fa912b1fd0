"""What a case is: its kinds, its id, and what may be done in its state. Pure; pages and decisions ask the same."""

import hashlib
from uuid import UUID

import msgspec

from shared.domain.cases.commands import OpenCase
from shared.domain.cases.facts import EvidenceRef, SaleVerdict
from shared.domain.identity import RUNS_EVENTS
from shared.kernel.codec import encode
from shared.kernel.ids import derived_id

DECIDES = RUNS_EVENTS
"""Who acts on cases."""
KINDS = {
    "fork": "F",
    "quarantine": "Q",
    "lease": "L",
    "overlap": "O",
    "late_sale": "S",
    "price": "P",
    "seller": "W",
    "validation": "V",
    "held": "H",
    "hub_restored": "R",
}
"""Each kind with the letter that its reference begins with."""
DOUBTS = frozenset({"lease", "late_sale", "price", "seller", "validation"})
"""Kinds whose evidence is out of the pool until it is decided; a fork and an overlap are found by views."""
DECIDABLE = DOUBTS | {"fork", "overlap"}
TWO_PEOPLE = frozenset({("fork", "decide"), ("overlap", "decide")})
SALE_VERDICTS = ("keep", "refund")
HELD_VERDICTS = ("take", "leave")
UNIT_REVOKED = "It is revoked for good. Add it as a new unit."
EVIDENCE_MAX = 200
"""Entries one order names at most; what is more comes with the next order."""
OUTCOME_LETTERS_MAX = 200
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SaleName = tuple[UUID, int, int, str]


class CaseCard(msgspec.Struct, frozen=True):
    """A case as its row says it; times in ms UTC."""

    case_id: UUID
    kind: str
    state: str
    about_node_id: UUID | None
    node_epoch: int
    entity_id: UUID
    venue_id: UUID | None
    note: str
    opened_ms: int
    seen_ms: int | None
    closed_ms: int | None
    outcome: str

    @property
    def reference(self) -> str:
        """`F-7Q2K-M9`: what people say to each other."""
        return reference(self.kind, self.case_id)


class CaseSale(msgspec.Struct, frozen=True):
    """A sale that waits for a decision, or had one (`verdict`); `first` to `last` spans its numbers."""

    node_id: UUID
    epoch: int
    branch: int
    seq: int
    chain: str
    sale_id: UUID
    event_id: UUID
    seller_id: UUID
    ticket_count: int
    amount_minor: int
    currency: str
    tender: str
    sold_ms: int
    is_void: bool
    verdict: str | None
    first: int
    last: int

    @property
    def name(self) -> SaleName:
        """As paper names it."""
        return self.node_id, self.epoch, self.seq, self.chain

    @property
    def undecided(self) -> bool:
        """Whether its money waits."""
        return self.verdict is None and not self.is_void


class CaseNumbers(msgspec.Struct, frozen=True):
    """A range of a sale that is decided on now, or was decided somewhere before."""

    node_id: UUID
    epoch: int
    seq: int
    chain: str
    event_id: UUID
    first: int
    last: int
    verdict: str | None
    is_void: bool


class CaseStep(msgspec.Struct, frozen=True):
    """Who did what when; `person_id` is empty where the hub itself acted."""

    act: str
    person_id: UUID | None
    at_ms: int
    choice: bytes
    detail: str


class CaseState(msgspec.Struct, frozen=True):
    """A case with what its decisions look at; `unit_epoch` is the unit's epoch now, None where no unit is meant."""

    card: CaseCard
    sales: tuple[CaseSale, ...] = ()
    numbers: tuple[CaseNumbers, ...] = ()
    steps: tuple[CaseStep, ...] = ()
    unit_epoch: int | None = None
    unit_revoked: bool = False

    @property
    def undecided(self) -> int:
        """Sales that nobody decided on."""
        return sum(sale.undecided for sale in self.sales)

    def signed(self, act: str) -> dict[UUID, bytes]:
        """Who signed which choice of an act since it was last carried out or the case went on anew."""
        found: dict[UUID, bytes] = {}
        for step in self.steps:
            if step.act == "signed" and step.detail == act and step.person_id is not None:
                found[step.person_id] = step.choice
            elif step.act in {act, "reopened"}:
                found.clear()
        return found


class OpenState(msgspec.Struct, frozen=True):
    """What opening a case looks at: the case if it is there, which of the evidence is, and the venue."""

    card: CaseCard | None
    known: frozenset[tuple[UUID, int, int, bytes]]
    venue_id: UUID | None


class Act(msgspec.Struct, frozen=True):
    """Something that may be done with a case: `people` sign it, `signed_by` did; `why` says why not yet."""

    name: str
    allowed: bool
    people: int = 1
    why: str = ""
    signed_by: tuple[UUID, ...] = ()


def allowed_acts(case: CaseState) -> list[Act]:
    """What can be done in the case's state, in the order a page offers it. Only acts of its kind are named.

    `enrol_again` (a pairing), `retry` (of entries in quarantine), `lost` (units that a restored hub waits for) and
    `export` (a file) are carried out elsewhere; the others are orders of this slice.
    """
    card, closed = case.card, case.card.state == "closed"
    if closed:
        return [Act("export", True), Act("reopen", True)]
    acts = []
    if card.kind in {"fork", "held"}:
        why = _why_not_anew(case)
        acts.append(Act("enrol_again", not why, why=why))
    if card.kind in DECIDABLE:
        acts += [Act("paper", True), _decide(case)]
    if card.kind == "held":
        acts.append(Act("held", not _done(case, "held"), why="Decided already." if _done(case, "held") else ""))
    if card.kind == "quarantine":
        acts.append(Act("retry", True))
    if card.kind == "hub_restored":
        acts.append(Act("lost", True, people=2))
    acts += [Act("export", True), _close(case)]
    return acts


def _why_not_anew(case: CaseState) -> str:
    if case.unit_revoked:
        return UNIT_REVOKED
    has_new = case.unit_epoch is not None and case.unit_epoch > case.card.node_epoch
    return "It has a new epoch already." if has_new else ""


def _decide(case: CaseState) -> Act:
    people = 2 if (case.card.kind, "decide") in TWO_PEOPLE else 1
    why = "" if case.sales else "No sale is disputed."
    return Act("decide", bool(case.sales), people, why, tuple(case.signed("decide")))


def _close(case: CaseState) -> Act:
    if case.undecided:
        which = "the sale is" if case.undecided == 1 else f"all {case.undecided} sales are"
        return Act("close", False, why=f"Opens when {which} decided.")
    if case.card.kind == "held" and not _done(case, "held"):
        return Act("close", False, why="Opens when the held sales are taken or left.")
    return Act("close", True)


def _done(case: CaseState, act: str) -> bool:
    return any(step.act == act for step in case.steps)


def case_id_of(kind: str, node_id: UUID | None, epoch: int, entity_id: UUID, beside: str = "") -> UUID:
    """The id that follows from what the case is about, the same at every replay and every hub.

    A fork is one case per epoch of a unit; everything else is one per kind, epoch and thing. `beside` tells apart
    what these do not: the two epochs of an overlap.
    """
    if kind in {"fork", "held"}:
        assert node_id is not None, "an epoch belongs to a unit"
        return derived_id(node_id, f"case {kind} {epoch}")
    return derived_id(entity_id, f"case {kind} {node_id} {epoch} {beside}")


def reference(kind: str, case_id: UUID) -> str:
    """A short name made of the id: the kind's letter and six characters without I, L, O and U."""
    letters = "".join(ALPHABET[case_id.int >> 5 * place & 31] for place in range(6))
    return f"{KINDS[kind]}-{letters[:4]}-{letters[4:]}"


def open_order(
    kind: str,
    *,
    node_id: UUID | None,
    epoch: int,
    entity_id: UUID,
    evidence: tuple[EvidenceRef, ...],
    note: str,
    beside: str = "",
) -> OpenCase:
    """The order to open a case or add to it; the same finding is the same order."""
    case_id = case_id_of(kind, node_id, epoch, entity_id, beside)
    digest = hashlib.sha256(encode((evidence, note))).hexdigest()
    return OpenCase(
        command_id=derived_id(case_id, f"open {digest}"),
        case_id=case_id,
        kind=kind,
        node_id=node_id,
        epoch=epoch,
        entity_id=entity_id,
        evidence=evidence,
        note=note,
    )


def choice_of(verdicts: tuple[SaleVerdict, ...]) -> bytes:
    """What a signature stands for: the same verdicts in any order are the same choice."""
    return hashlib.sha256(encode(sorted(verdicts, key=lambda one: (one.node, one.epoch, one.seq, one.chain)))).digest()


def chain_of(digest: bytes) -> str:
    """The piece of a hash that paper carries; nothing for an entry that is held unread."""
    text = digest[:4].hex().upper()
    return f"{text[:4]} {text[4:]}" if text else ""
