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
    sentence = "These are not a unit's public keys. Take them from `tillhouse edge init` on the unit."


class UnknownZone(Refusal):
    """Not an IANA time zone."""

    code = "identity.unknown_zone"
    sentence = "“{zone}” is no time zone. Write it like Europe/London."


class NameNeeded(Refusal):
    """A thing without a name cannot be found again."""

    code = "identity.name_needed"
    sentence = "{what} needs a name. Write 1 to {maximum} printable letters."
