"""Orders about cases from outside: one type an act, for page forms and JSON alike."""

import re
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import msgspec

from hub.sync.case_story import CaseStory
from hub.web.site.snapshot import Snapshot
from shared.domain.cases.commands import CloseCase, DecideHeld, DecideSales, RecordPaper, ReopenCase
from shared.domain.cases.errors import PaperUnreadable
from shared.domain.cases.facts import SaleVerdict
from shared.domain.cases.state import CaseSale
from shared.domain.raffle.queries_page import SaleLine
from shared.kernel.errors import InputRefused
from shared.kernel.validation import draw_number_in, tidy

Text = Annotated[str, msgspec.Meta(max_length=300)]
SCANNED = re.compile(r"TH1-(?P<code>[A-Z0-9]+)-(?P<epoch>\d{1,9})-(?P<seq>\d{1,12})-(?P<number>[0-9A-Z-]+)")
TYPED = re.compile(r"(?P<code>[A-Z0-9]+)-(?P<epoch>\d{1,9})-(?P<seq>\d{1,12})\W*(?P<chain>[0-9A-F]{4} ?[0-9A-F]{4})?")
FIELD = "sale"


class PaperForm(msgspec.Struct, kw_only=True):
    """A ticket as scanned or typed: its QR code, its validation number, or its sale number with the eight letters."""

    ticket: Text
    command_id: UUID | None = None


class Seen(msgspec.Struct, frozen=True):
    """What a ticket says of itself; the epoch and seq are 0 and the rest empty where it does not say."""

    code: str = ""
    epoch: int = 0
    seq: int = 0
    chain: str = ""
    number: str = ""

    def fits(self, sale: SaleLine, unit_id: UUID | None) -> bool:
        """Whether this sale can be the one on the ticket."""
        place = not self.code or (sale.node_id, sale.epoch, sale.seq) == (unit_id, self.epoch, self.seq)
        return place and (not self.number or tidy(sale.validation_number) == self.number)


def read_ticket(text: str) -> Seen:
    """What was scanned or typed; PaperUnreadable when it names no ticket."""
    words = text.strip().upper()
    if found := SCANNED.fullmatch(words):
        number = tidy(found["number"])
        return Seen(found["code"], int(found["epoch"]), int(found["seq"]), "", number)
    if found := TYPED.fullmatch(words):
        return Seen(found["code"], int(found["epoch"]), int(found["seq"]), found["chain"] or "", "")
    if draw_number_in(text) is not None:
        return Seen(number=tidy(text))
    raise PaperUnreadable


def paper_order(
    seen: Seen, sales: list[SaleLine], now: Snapshot, story: CaseStory, *, command_id: UUID, actor: UUID
) -> RecordPaper:
    """The order for this ticket; where two sides hold the same number, only the letters behind it tell them apart."""
    unit_id = next((unit.unit_id for unit in now.units if unit.code.upper() == seen.code), None)
    card = story.case.card
    fitting = [one for one in sales if seen.fits(one, unit_id) and (not seen.chain or _same(one.chain, seen.chain))]
    if card.about_node_id is not None:
        fitting = [one for one in fitting if (one.node_id, one.epoch) == (card.about_node_id, card.node_epoch)]
    chains = {one.chain for one in fitting}
    if len(chains) > 1:
        problem = "more than one side sold under this number; type the sale number and the eight letters behind it"
        raise InputRefused(field="Ticket", problem=problem)
    if fitting:
        node_id, epoch, seq, chain = fitting[0].node_id, fitting[0].epoch, fitting[0].seq, fitting[0].chain
    elif seen.chain and unit_id is not None:
        node_id, epoch, seq, chain = unit_id, seen.epoch, seen.seq, seen.chain
    else:
        problem = "no sale here fits it; type the sale number and the eight letters behind it"
        raise InputRefused(field="Ticket", problem=problem)
    return RecordPaper(
        command_id=command_id,
        actor=actor,
        case_id=card.case_id,
        sale_node=node_id,
        sale_epoch=epoch,
        sale_seq=seq,
        sale_chain=chain,
        validation_number=seen.number or (fitting[0].validation_number if fitting else ""),
    )


def _same(chain: str, typed: str) -> bool:
    return chain.replace(" ", "") == typed.replace(" ", "")


class VerdictForm(msgspec.Struct, kw_only=True):
    """One sale, named as paper names it, and what becomes of it: keep or refund."""

    node_id: UUID
    epoch: int
    seq: int
    chain: Text
    sale_id: UUID
    verdict: Text


class DecideForm(msgspec.Struct, kw_only=True):
    """What becomes of these sales."""

    verdicts: Annotated[list[VerdictForm], msgspec.Meta(max_length=5_000)]
    command_id: UUID | None = None

    def order(self, case_id: UUID, command_id: UUID, actor: UUID) -> DecideSales:
        """The order of a person."""
        verdicts = tuple(
            SaleVerdict(one.node_id, one.epoch, one.seq, one.chain, one.sale_id, one.verdict) for one in self.verdicts
        )
        return DecideSales(command_id=command_id, actor=actor, case_id=case_id, verdicts=verdicts)


def field_of(sale: CaseSale) -> str:
    """What a sale's answer is called in the page's form."""
    return f"{FIELD}:{sale.node_id}:{sale.epoch}:{sale.seq}:{sale.chain.replace(' ', '')}"


def page_verdicts(case_sales: tuple[CaseSale, ...], typed: Mapping[str, str]) -> tuple[SaleVerdict, ...]:
    """The form's answers; InputRefused while one that waits for it is missing."""
    missing = [sale for sale in case_sales if sale.undecided and not typed.get(field_of(sale))]
    if missing:
        many = "1 sale has" if len(missing) == 1 else f"{len(missing)} sales have"
        raise InputRefused(field="Sales", problem=f"{many} no answer yet; keep or refund each of them")
    return tuple(
        SaleVerdict(sale.node_id, sale.epoch, sale.seq, sale.chain, sale.sale_id, verdict)
        for sale in case_sales
        if not sale.is_void and (verdict := typed.get(field_of(sale), ""))
    )


class HeldForm(msgspec.Struct, kw_only=True):
    """Take or leave what a revoked unit still had to say."""

    verdict: Text
    command_id: UUID | None = None

    def order(self, case_id: UUID, command_id: UUID, actor: UUID) -> DecideHeld:
        """The order of a person."""
        return DecideHeld(command_id=command_id, actor=actor, case_id=case_id, verdict=self.verdict)


class CloseForm(msgspec.Struct, kw_only=True):
    """How the case ended."""

    outcome: Text = ""
    command_id: UUID | None = None

    def order(self, case_id: UUID, command_id: UUID, actor: UUID) -> CloseCase:
        """The order of a person."""
        return CloseCase(command_id=command_id, actor=actor, case_id=case_id, outcome=self.outcome)


class ReopenForm(msgspec.Struct, kw_only=True):
    """Why a closed case goes on."""

    note: Text = ""
    command_id: UUID | None = None

    def order(self, case_id: UUID, command_id: UUID, actor: UUID) -> ReopenCase:
        """The order of a person."""
        return ReopenCase(command_id=command_id, actor=actor, case_id=case_id, note=self.note)


class LostForm(msgspec.Struct, kw_only=True):
    """The unit of which a restored hub will see nothing."""

    unit_id: UUID
    command_id: UUID | None = None


class PlainForm(msgspec.Struct, kw_only=True):
    """An act that asks nothing."""

    command_id: UUID | None = None
