"""What decisions and pages read about people."""

from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from shared.domain.persons.commands import ErasePerson
from shared.domain.persons.rows import ErasedRow
from shared.domain.persons.state import EraseState
from shared.pipeline.command import Given
from shared.pipeline.queries import Load, Query
from shared.pipeline.tables import Id, table


class ErasedPerson(msgspec.Struct, frozen=True):
    """Somebody who was erased, and when (ms UTC)."""

    person_id: UUID
    erased_ms: int


erased = table(ErasedRow)
_erased = select(erased.c.person_id, erased.c.erased_ms).where(erased.c.org_id == bindparam("org_id", type_=Id()))
EVERYBODY_ERASED = Query(_erased, ErasedPerson)
ERASED = Query(_erased.where(erased.c.person_id == bindparam("person_id", type_=Id())), ErasedPerson)


def load_erase_person(order: ErasePerson, _given: Given) -> Load[EraseState]:
    """Who of them is erased already."""
    found = set()
    for person_id in order.person_ids:
        if (yield from ERASED.one(person_id=person_id)) is not None:
            found.add(person_id)
    return EraseState(frozenset(found))
