"""One visit of the doctor at a hub: folder first, then the database, whether a hub serves it now or not."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

import psycopg

from hub.runtime.doctor import Patient, folder_checks
from hub.runtime.doctor_database import connect, database_checks, head_revision, revision_of
from hub.runtime.doctor_journals import RESTORE, journal_checks
from hub.runtime.place import HubPlace
from hub.runtime.roles import BACKUP
from shared.console.checkup import Bar, Check, Finding, examine, stop
from shared.kernel.clock import Clock
from shared.kernel.errors import TillhouseError

AWAY = (
    "Nothing is lost and units sell on. See that Postgres runs and is reached from here, then run the doctor again. "
    "When its log says that files are damaged: docs/runbooks/a-damaged-database.md."
)


def visit(place: HubPlace, clock: Clock, *, deep: bool, bar: Bar) -> list[Finding]:
    """Everything that was found. An embedded database that nobody serves is started for the visit."""
    patient = Patient(place, clock, bar, deep=deep)
    found = examine(folder_checks(patient), bar)
    if not patient.is_hub:
        return found
    try:
        with place.database_of_anyone(bar.tell) as address, closing(connect(address.url(BACKUP))) as connection:
            return found + list(_database(patient, connection, bar))
    except (TillhouseError, psycopg.Error) as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return [*found, stop("Database", said, AWAY)]


def _database(patient: Patient, connection: psycopg.Connection[tuple[object, ...]], bar: Bar) -> Iterator[Finding]:
    yield from examine(telling_damage(database_checks(patient, connection)), bar)
    if revision_of(connection) == head_revision():
        yield from examine(telling_damage(journal_checks(patient, connection)), bar)


def telling_damage(checks: list[Check]) -> list[Check]:
    """The same checks; Postgres's word for a torn page is a finding that says what to do."""

    def told(name: str, check: Callable[[], Iterable[Finding]]) -> Callable[[], Iterator[Finding]]:
        def carry_out() -> Iterator[Finding]:
            try:
                yield from check()
            except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted) as error:
                yield stop(name, f"The database is damaged ({str(error).strip().splitlines()[0]}).", RESTORE)

        return carry_out

    return [(name, told(name, check)) for name, check in checks]
