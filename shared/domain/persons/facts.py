"""What happens to people whose data the organisation holds; all decided at the hub."""

from uuid import UUID

from shared.journal.entry import Fact


class PersonErased(Fact, frozen=True, kw_only=True):
    """Key and digest of a person are gone for good; what was sealed for them opens nowhere any more."""

    TYPE = "persons.person_erased"
    ENTITY = "person_id"
    person_id: UUID
