"""Rows about people, owned by the hub."""

from uuid import UUID

from shared.pipeline.changes import Row, TableSpec


class ErasedRow(Row, frozen=True, kw_only=True):
    """The tombstone of an erased person: every node of the organisation drops their key, none takes it again."""

    TABLE = TableSpec("persons", "erased", ("person_id",), changes=True)
    person_id: UUID
    erased_ms: int
