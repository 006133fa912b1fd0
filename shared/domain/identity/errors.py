"""What identity refuses, with the next step."""

from shared.kernel.errors import Refusal


class AlreadyFounded(Refusal):
    """One journal, one organisation."""

    code = "identity.already_founded"
    sentence = "This organisation exists already. Open its venues next."


class NotFounded(Refusal):
    """Nothing can be opened before the organisation exists."""

    code = "identity.not_founded"
    sentence = "No organisation yet. Found it first, then try again."


class LogoUnfit(Refusal):
    """A logo is printed dot by dot on narrow paper, and every slip carries it."""

    code = "identity.logo_unfit"
    sentence = (
        "This logo cannot be printed. Choose a PNG of one bit a dot, {width} × {height} dots, {kilobytes} kB at most."
    )


class TooManyLines(Refusal):
    """Paper is narrow, and the numbers come first."""

    code = "identity.too_many_lines"
    sentence = "Only {maximum} licence lines fit on a slip. Say it in fewer."


class UnknownVenue(Refusal):
    """The venue is not this organisation's."""

    code = "identity.unknown_venue"
    sentence = "This venue does not exist. Choose one from the list."


class UnknownRole(Refusal):
    """Not a role of the catalogue."""

    code = "identity.unknown_role"
    sentence = "“{role}” is no role here. Choose one of: {roles}."


class UnknownStaff(Refusal):
    """Nobody with this id works here."""

    code = "identity.unknown_staff"
    sentence = "Nobody with this name works here now. Reload the list."


class UnknownKind(Refusal):
    """A unit is a venue edge or an RSU."""

    code = "identity.unknown_kind"
    sentence = "“{kind}” is no kind of unit. Choose venue or rsu."


class UnitExists(Refusal):
    """The unit or its code is taken."""

    code = "identity.unit_exists"
    sentence = "A unit with code {code} exists already. Choose another code."


class UnknownCurrency(Refusal):
    """Money is counted in minor units, so the currency must be known."""

    code = "identity.unknown_currency"
    sentence = "“{currency}” is no currency here. Choose one of: {currencies}."


class CutoffOutOfRange(Refusal):
    """A business day ends at some minute of the day."""

    code = "identity.cutoff"
    sentence = "A business day ends 0 to {maximum} minutes after midnight. Choose a minute between them."


class TextUnreadable(Refusal):
    """A text for paper that cannot be printed on it."""

    code = "identity.text_unreadable"
    sentence = "{what} cannot be printed. Write at most {maximum} printable letters."


class BadKeys(Refusal):
    """The two public keys of a unit have 32 bytes each."""

    code = "identity.bad_keys"
    sentence = "These are not a unit's public keys. Enrol it from its own page or by `tillhouse edge enrol`."


class UnknownZone(Refusal):
    """Not an IANA time zone."""

    code = "identity.unknown_zone"
    sentence = "“{zone}” is no time zone. Write it like Europe/London."


class NameNeeded(Refusal):
    """A thing without a name cannot be found again."""

    code = "identity.name_needed"
    sentence = "{what} needs a name. Write 1 to {maximum} printable letters."


class UnknownUnit(Refusal):
    """No unit with this id belongs to the organisation."""

    code = "identity.unknown_unit"
    sentence = "This unit does not exist. Reload the list."


class UnknownPairing(Refusal):
    """No pairing has this secret."""

    code = "identity.unknown_pairing"
    sentence = "No unit waits for this code. Copy it from the hub's page, or make a new one there."


class PairingOver(Refusal):
    """A pairing is used once, within its hour."""

    code = "identity.pairing_over"
    sentence = "The code for {code} was used or its hour is over. Make a new one at the hub."


class PairingOfOther(Refusal):
    """A code to enrol one unit anew was typed at another."""

    code = "identity.pairing_of_other"
    sentence = "This code is for {code}, and this is another unit. Type it there, or add this one as a new unit."


class EnrolledAlready(Refusal):
    """A code was typed at a machine that is another unit already."""

    code = "identity.enrolled_already"
    sentence = "This machine is {unit}, and the code is for {code}. {advice}"


class UnitStateRefused(Refusal):
    """The unit is not in a state that allows it."""

    code = "identity.unit_state"
    sentence = "{unit} is {state}. {advice}"


class UnitIsSo(UnitStateRefused):
    """The act would change nothing: the unit is so already, or stopped more gravely."""

    code = "identity.unit_is_so"
    sentence = "{unit} is {state}. Reload the page to see it."


class ReasonNeeded(Refusal):
    """Why a unit was stopped is read by others later."""

    code = "identity.reason_needed"
    sentence = "Say why, in 1 to {maximum} printable letters; others read it later."


class NotSupervising(Refusal):
    """Some acts need a person with more to answer for than a seller."""

    code = "identity.not_supervising"
    sentence = "Only a supervisor confirms the time. Ask one to type their PIN."


class ClockNotInDoubt(Refusal):
    """Nobody sets a clock that has not jumped."""

    code = "identity.clock_not_in_doubt"
    sentence = "The time of this unit is confirmed already. Go on selling."


class ClockRunsBack(Refusal):
    """Nobody but the hub moves an edge's time back."""

    code = "identity.clock_runs_back"
    sentence = "This unit has recorded a later time already. Choose a later one, or bring it where it reaches the hub."


class HubRecovering(Refusal):
    """What a restored hub may not do before it has seen what its units hold (design §5.6)."""

    code = "identity.recovering"
    sentence = (
        "The hub was restored. It waits for evidence from {count} units: {units}. "
        "Let them reach the hub, or let two people declare them lost."
    )


class AnotherPersonNeeded(Refusal):
    """A unit is declared lost by two people."""

    code = "identity.another_person"
    sentence = "You have declared {unit} lost already. Ask another person to confirm it."


class NotWaitedFor(Refusal):
    """Only a unit that a restored hub waits for is declared lost."""

    code = "identity.not_waited_for"
    sentence = "The hub does not wait for this unit. Reload the page."
