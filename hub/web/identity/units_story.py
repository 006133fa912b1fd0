"""What happened to a unit, as lines of sentences: what, who, when."""

from uuid import UUID

from hub.sync.unit_story import Happening
from hub.web.identity.units_view import StoryLine
from shared.domain.identity.facts import (
    CertificateIssued,
    EpochStopped,
    PairingOpened,
    UnitAdded,
    UnitDeclaredLost,
    UnitDisabled,
    UnitEnabled,
    UnitEnrolledAgain,
    UnitPaused,
    UnitResumed,
    UnitRevoked,
)
from shared.journal.entry import Fact
from shared.kernel.clock import at, paper_text

STOPPED = {"forked": "Two histories were found", "behind": "It came back with an older memory"}
BY_UNIT = (UnitAdded, UnitEnrolledAgain)
SOMEBODY, THE_HUB, ITSELF = "Somebody who left", "The hub", "The unit, with its code"


def story_lines(story: list[Happening], names: dict[UUID, str], zone: str) -> tuple[StoryLine, ...]:
    """The happenings that have a sentence, in their order."""
    told = [(one, sentence) for one in story if (sentence := _sentence(one.fact, zone))]
    return tuple(StoryLine(paper_text(one.at_ms, zone), sentence, _who(one, names)) for one, sentence in told)


def _who(one: Happening, names: dict[UUID, str]) -> str:
    if one.actor is not None:
        return names.get(one.actor, SOMEBODY)
    return ITSELF if isinstance(one.fact, BY_UNIT) else THE_HUB


def _sentence(fact: Fact, zone: str) -> str:
    match fact:
        case UnitAdded():
            return f"Enrolled. {_may_sell(fact.enabled)}"
        case UnitEnrolledAgain():
            return f"Enrolled anew, epoch {fact.unit_epoch}. {_may_sell(fact.enabled)}"
        case CertificateIssued():
            return f"Certificate of epoch {fact.unit_epoch} made, valid until {at(fact.until_ms, zone):%Y-%m-%d}."
        case EpochStopped():
            return f"{STOPPED.get(fact.state, 'Stopped')} in epoch {fact.unit_epoch}: {_ended(fact.reason)}"
        case UnitDisabled():
            return f"Disabled: {_ended(fact.reason)}"
        case UnitRevoked():
            return f"Revoked: {_ended(fact.reason)}"
        case PairingOpened():
            return "Code made to enrol it anew."
        case UnitEnabled():
            return "Enabled."
        case UnitPaused():
            return "Uploads paused."
        case UnitResumed():
            return "Uploads resumed."
        case UnitDeclaredLost():
            return "Declared lost."
    return ""


def _may_sell(enabled: bool) -> str:
    return "It may sell." if enabled else "It waited to be enabled."


def _ended(reason: str) -> str:
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."
