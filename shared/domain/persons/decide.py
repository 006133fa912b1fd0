"""What is decided about people; pure."""

from shared.domain.persons.commands import ErasePerson
from shared.domain.persons.errors import UnknownPerson
from shared.domain.persons.facts import PersonErased
from shared.domain.persons.state import EraseState
from shared.journal.entry import Fact
from shared.pipeline.command import Given


def decide_erase_person(order: ErasePerson, state: EraseState, _given: Given) -> list[Fact]:
    """Erase each id that is not erased yet; an id of which nothing is held is erased too, for its key may come late."""
    if not order.person_ids:
        raise UnknownPerson
    wanted = dict.fromkeys(order.person_ids)
    return [PersonErased(person_id=person_id) for person_id in wanted if person_id not in state.erased]
