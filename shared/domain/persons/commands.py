"""Orders about people whose data the organisation holds."""

from uuid import UUID

from shared.pipeline.command import Command


class ErasePerson(Command, frozen=True, kw_only=True):
    """Erase what is held of one person, under every id that a unit noted them by; what was sold stays."""

    NAME = "persons.erase_person"
    person_ids: tuple[UUID, ...]
