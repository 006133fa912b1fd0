"""Each refusal of cases, once, as it really happens."""

from collections.abc import Callable

import msgspec

from shared.domain.cases import decide, errors
from shared.domain.cases.state import choice_of
from shared.kernel.errors import Refusal
from tests.slices.cases import board
from tests.slices.cases.board import ADA, GIVEN, KEEP_A, case, signed

CLOSED = case(state="closed")
TWICE = (board.verdict(board.A612, "keep"), board.verdict(board.B612, "keep"))
BURN = (board.verdict(board.A612, "burn"),)
STRANGER = (board.verdict(board.sale(0, 700, 1, 2), "keep"),)
SIGNED = case(steps=(signed(ADA, choice_of(KEEP_A)),))
WORDLESS = msgspec.structs.replace(board.REOPEN, note="")

REFUSED: list[tuple[type[Refusal], Callable[[], object]]] = [
    (errors.UnknownCase, lambda: decide.decide_see_case(board.SEE, None, GIVEN)),
    (errors.CaseIsClosed, lambda: decide.decide_close_case(board.CLOSE, CLOSED, GIVEN)),
    (errors.CaseIsOpen, lambda: decide.decide_reopen_case(board.REOPEN, case(), GIVEN)),
    (errors.SignedAlready, lambda: decide.decide_decide_sales(board.decide(), SIGNED, GIVEN)),
    (errors.SalesUndecided, lambda: decide.decide_close_case(board.CLOSE, case(), GIVEN)),
    (errors.SaleNotHere, lambda: decide.decide_decide_sales(board.decide(verdicts=STRANGER), case(), GIVEN)),
    (errors.NumbersKeptTwice, lambda: decide.decide_decide_sales(board.decide(verdicts=TWICE), case(), GIVEN)),
    (errors.UnknownVerdict, lambda: decide.decide_decide_sales(board.decide(verdicts=BURN), case(), GIVEN)),
    (errors.ActNotHere, lambda: decide.decide_decide_held(board.TAKE, case(), GIVEN)),
    (errors.OutcomeNeeded, lambda: decide.decide_reopen_case(WORDLESS, CLOSED, GIVEN)),
    (errors.PaperUnreadable, lambda: decide.decide_record_paper(board.paper(sale_chain="?"), case(), GIVEN)),
]
