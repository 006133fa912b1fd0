"""What a raffle refuses, with the next step for the person at the counter."""

from shared.kernel.errors import Refusal


class UnknownEvent(Refusal):
    """The event is not known here."""

    code = "raffle.unknown_event"
    sentence = "This event is not on this unit. Choose another, or walk near the counter to get it."


class UnknownPackage(Refusal):
    """The package does not belong to the event."""

    code = "raffle.unknown_package"
    sentence = "This package is not sold at {event}. Go back and choose one of the list."


class RaffleNotOpen(Refusal):
    """Sales have not begun."""

    code = "raffle.not_open"
    sentence = "Sales open at {at}. Wait until then, or use training."


class RaffleClosed(Refusal):
    """Sales have ended (GLI-31 2.6.2)."""

    code = "raffle.closed"
    sentence = "Sales closed at {at}. Show the buyer the board."


class NotSelling(Refusal):
    """The person may not sell."""

    code = "raffle.not_selling"
    sentence = "Your role does not sell tickets. Ask a supervisor to log in."


class NoNumbers(Refusal):
    """No number of the event is left on this unit."""

    code = "raffle.no_numbers"
    sentence = "No numbers left on this unit. Go to the counter."


class FewNumbers(Refusal):
    """Fewer numbers are left than the sale needs."""

    code = "raffle.few_numbers"
    sentence = "Only {left} numbers left. Sell fewer, or walk near the counter to get more."


class TooManyTickets(Refusal):
    """One sale has a limit, so that one mistake has one."""

    code = "raffle.too_many"
    sentence = "One sale holds at most {maximum} tickets. Make two sales."


class TimesOutOfRange(Refusal):
    """A package is sold once or several times over."""

    code = "raffle.times"
    sentence = "Sell the package 1 to {maximum} times."


class CashShort(Refusal):
    """Less money than the price."""

    code = "raffle.cash_short"
    sentence = "{received} is less than {price}. Take {missing} more."


class CashTooMuch(Refusal):
    """More cash than a till gives change for: a slip of the finger."""

    code = "raffle.cash_too_much"
    sentence = "{received} looks like a slip of the finger. Type what you were given."


class ReferenceNeeded(Refusal):
    """A card payment needs the terminal's reference."""

    code = "raffle.reference_needed"
    sentence = "Type the reference from the card terminal's slip, 4 to {maximum} letters or digits."


class UnknownTender(Refusal):
    """Neither cash nor card."""

    code = "raffle.unknown_tender"
    sentence = "Choose cash or card."


class UnknownSale(Refusal):
    """The sale is not this unit's."""

    code = "raffle.unknown_sale"
    sentence = "This sale is not on this unit. Scan the ticket where it was sold."


class AlreadyVoid(Refusal):
    """A sale is voided once."""

    code = "raffle.already_void"
    sentence = "This sale is void already. Give no money back a second time."


class UndoNotYours(Refusal):
    """Undo is for one's own last sale."""

    code = "raffle.undo_not_last"
    sentence = "Only your own last sale can be undone. Keep the ticket and tell a supervisor."


class UndoTooLate(Refusal):
    """The seconds to undo are over."""

    code = "raffle.undo_too_late"
    sentence = "The {seconds} s to undo are over. Keep the ticket and tell a supervisor."


class BadTerms(Refusal):
    """A plan that no raffle can be run by."""

    code = "raffle.bad_terms"
    sentence = "{problem}"


class WrongState(Refusal):
    """The event is not in the state that the order needs."""

    code = "raffle.wrong_state"
    sentence = "{event} is {state}. {advice}"


class TrainingOpen(Refusal):
    """One training event a venue."""

    code = "raffle.training_open"
    sentence = "This venue has its training event already. Use it; it never ends."


class NumbersExhausted(Refusal):
    """The event's range is used up."""

    code = "raffle.numbers_exhausted"
    sentence = "All numbers of {event} are given out. Ask head office to plan a larger range."


class EnoughNumbers(Refusal):
    """The holder has more numbers than it needs that the hub has not seen sold; nobody leases an event empty."""

    code = "raffle.enough_numbers"
    sentence = (
        "This unit holds {count} numbers of {event} that the hub has not seen sold. "
        "Sell those first, or let the unit upload what it sold."
    )


class LeaseNotForYou(Refusal):
    """The holder is not a unit of the event's venue that may sell."""

    code = "raffle.lease_not_for_you"
    sentence = "This unit does not sell at the venue of {event} now. Use a unit of that venue that is enabled."


class LeaseGrantedTwice(Refusal):
    """A lease that came back holds numbers that were granted again meanwhile."""

    code = "raffle.lease_granted_twice"
    sentence = (
        "Numbers {first} to {last} were granted again since. "
        "Take this unit out of use and show head office what it sold."
    )


class LeaseTakenTwice(Refusal):
    """A lease is taken into a journal once."""

    code = "raffle.lease_taken"
    sentence = "This range of numbers is on this unit already. Sell on; ask for a new range when it is used up."


class UnitStopped(Refusal):
    """Selling is stopped on this whole unit, for one of the causes of design §5.7."""

    code = "raffle.unit_stopped"
    sentence = "{reason} {advice}"


STOPS = {
    "hub:disabled": ("Head office disabled this unit.", "Ask them to enable it; its sales are safe."),
    "hub:revoked": ("Head office revoked this unit.", "Its sales still go up; enrol it as a new unit."),
    "hub:superseded": ("This unit was enrolled anew elsewhere.", "Bring it to the counter; its sales are safe."),
    "hub:forked": ("Two histories of this unit exist.", "Bring it to the counter to enrol it anew."),
    "hub:behind": ("This unit came back with an older memory.", "Bring it to the counter to enrol it anew."),
    "witness": ("This unit's memory is older than its own record.", "Bring it to the counter to enrol it anew."),
    "clock": ("The clock of this unit jumped.", "Let a supervisor confirm the time under More."),
    "storage": ("This unit stores no more sales.", "Bring it to the counter; what it sold is safe."),
    "certificate": ("This unit's certificate has ended.", "Bring it where it reaches the hub; its sales are safe."),
}
"""What is wrong and what to do, by the cause of the hold; a cause with a detail stands before the cause alone."""


def stop_words(hold: str) -> dict[str, str]:
    """The two halves of the sentence for a hold (`clock`, `hub:revoked`)."""
    cause = hold.partition(":")[0]
    unknown = ("This unit stopped.", "Bring it to the counter; its sales are safe.")
    reason, advice = STOPS.get(hold) or STOPS.get(cause) or unknown
    return {"reason": reason, "advice": advice}
