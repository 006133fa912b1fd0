"""What cases refuse, with the next step."""

from shared.kernel.errors import Refusal


class UnknownCase(Refusal):
    """No case of this organisation has this id."""

    code = "cases.unknown_case"
    sentence = "This case does not exist. Reload the list of cases."


class CaseIsClosed(Refusal):
    """Nothing happens to a closed case."""

    code = "cases.closed"
    sentence = "This case is closed. Open it again first."


class CaseIsOpen(Refusal):
    """Only a closed case is opened again."""

    code = "cases.open"
    sentence = "This case is open. Go on with it."


class SignedAlready(Refusal):
    """Two signatures of one person are one signature."""

    code = "cases.signed_already"
    sentence = "Two different people must sign. You signed already. Ask somebody else to sign the same."


class SalesUndecided(Refusal):
    """A case does not end over money that nobody decided on."""

    code = "cases.sales_undecided"
    sentence = "There are {count} sales not decided yet. Keep or refund each of them first."


class SaleNotHere(Refusal):
    """A decision names a sale that this case is not about."""

    code = "cases.sale_not_here"
    sentence = "This case is not about one of these sales. Reload the case."


class NumbersKeptTwice(Refusal):
    """A draw number belongs to one buyer."""

    code = "cases.numbers_kept_twice"
    sentence = "Numbers {first} to {last} would be kept twice. Keep one of the two sales and refund the other."


class UnknownVerdict(Refusal):
    """A verdict is one of two words."""

    code = "cases.unknown_verdict"
    sentence = "“{verdict}” decides nothing here. Choose {verdicts}."


class ActNotHere(Refusal):
    """The act does not belong to this kind of case, or its moment is over."""

    code = "cases.act_not_here"
    sentence = "This case has nothing of that to decide. Reload it."


class OutcomeNeeded(Refusal):
    """How a case ended, and why it goes on, is read by others later."""

    code = "cases.outcome_needed"
    sentence = "Write how it stands, in 1 to {maximum} printable letters; others read it later."


class PaperUnreadable(Refusal):
    """What was typed names no ticket."""

    code = "cases.paper_unreadable"
    sentence = "This names no ticket. Type the sale number, the eight letters behind it, or scan the ticket."
