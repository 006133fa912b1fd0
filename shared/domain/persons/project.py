"""Facts about people to rows; pure."""

from collections.abc import Iterator

from shared.domain.persons.facts import PersonErased
from shared.domain.persons.rows import ErasedRow
from shared.journal.entry import Entry
from shared.pipeline.changes import Change, Put


def project_person_erased(fact: Entry[PersonErased]) -> Iterator[Change]:
    """The tombstone."""
    yield Put(ErasedRow(owner=fact.owner, person_id=fact.body.person_id, erased_ms=fact.wall_ms))
