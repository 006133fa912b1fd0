"""The doctor looks at the hub's database: schema, roles, row-level security, and what waits for a human in it.

It comes as the backup role, which sees every organisation and can write nothing.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
from alembic.script import ScriptDirectory

from hub.runtime.catalogue import catalogue_faults
from hub.runtime.doctor import BACKUP_DAYS_MAX, Patient, days_text
from hub.runtime.migrate import alembic_config
from hub.runtime.postgres_faults import DatabaseFault
from hub.runtime.roles import BACKUP, check_roles, check_server
from shared.console.checkup import Check, Finding, attention, ok, stop
from shared.kernel.clock import DAY_MS

Connection = psycopg.Connection[tuple[Any, ...]]
Look = Callable[[Patient, Connection], Iterator[Finding]]
CONNECT_SECONDS_MAX = 5
REVISION = "select version_num from migrations.alembic_version"
WAITING = {
    "Quarantine": (
        "select count(*) from sync.quarantine",
        "{count:,} entries are stored and not shown.",
        "Open Cases on the hub's pages; each has one.",
    ),
    "Unprojected": (
        "select count(*) from sync.unprojected",
        "{count:,} entries come from a newer program and wait for this hub's upgrade.",
        "Upgrade the hub; it shows them at its next start.",
    ),
    "Cases": (
        "select count(*) from cases.cases_case where state = 'open'",
        "{count:,} cases are open.",
        "Open Cases on the hub's pages.",
    ),
    "Recovery": (
        "select count(*) from sync.hub_state where state = 'recovering'",
        "{count:,} organisations wait for evidence from units, and grant no numbers.",
        "Bring the units in reach, or declare them lost on the hub's pages (two people).",
    ),
}
NONE_WAITS = {
    "Quarantine": "Every stored entry is shown.",
    "Unprojected": "This program knows every fact in the journals.",
    "Cases": "No case is open.",
    "Recovery": "No organisation waits for evidence.",
}
BACKUPS = (
    "select o.name, (select max(b.backup_ms) from sync.backup b where b.org_id = o.org_id) "
    "from directory.organization o order by o.name"
)


def database_checks(patient: Patient, connection: Connection) -> list[Check]:
    """What is asked of a database of this program's schema; of another nothing more than that it is another."""
    checks: list[tuple[str, Look]] = [("Database", check_server_and_roles), ("Schema", check_schema)]
    if revision_of(connection) == head_revision():
        checks.append(("Row security", check_row_security))
        checks += [(name, partial(_waiting, name)) for name in WAITING]
        checks.append(("Backup", check_backup))
    return [(name, partial(look, patient, connection)) for name, look in checks]


def connect(url: str) -> Connection:
    """As the backup role; each check is a transaction of its own."""
    return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)


def revision_of(connection: Connection) -> str | None:
    """At which migration the database stands; None before the first."""
    if connection.execute("select to_regclass('migrations.alembic_version')").fetchone() == (None,):
        return None
    row = connection.execute(REVISION).fetchone()
    return str(row[0]) if row else None


def head_revision() -> str:
    """The newest migration of this program."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def check_server_and_roles(_patient: Patient, connection: Connection) -> Iterator[Finding]:
    """It answers, is new enough, and has the four roles."""
    try:
        check_server(connection)
        check_roles(connection)
    except DatabaseFault as error:
        yield stop("Database", str(error), "Do what the sentence says, then serve the hub.")
        return
    version = connection.info.server_version
    yield ok("Database", f"Postgres {version // 10_000}.{version % 10_000} answers as {BACKUP}; all roles are there.")


def check_schema(_patient: Patient, connection: Connection) -> Iterator[Finding]:
    """It stands at this program's migration."""
    found, head = revision_of(connection), head_revision()
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if found == head:
        yield ok("Schema", f"Revision {head}, the newest.")
    elif found is None or found in known:
        said = f"Revision {found or 'none'}; this program's is {head}."
        yield attention("Schema", said, "Serve the hub once with this program; it brings the schema up to date.")
    else:
        said = f"Revision {found} is of a newer program than this one ({head})."
        yield stop("Schema", said, "Install the newer program again; an old one cannot read this database.")


def check_row_security(_patient: Patient, connection: Connection) -> Iterator[Finding]:
    """Nothing could show one organisation's rows to another."""
    faults = catalogue_faults(connection)
    if faults:
        more = f" And {len(faults) - 1} more." if len(faults) > 1 else ""
        todo = "Somebody changed the schema by hand. Undo that before anybody is served."
        yield stop("Row security", f"{faults[0]}.{more}", todo)
    else:
        yield ok("Row security", "Forced on every table of every organisation.")


def _waiting(name: str, _patient: Patient, connection: Connection) -> Iterator[Finding]:
    text, said, todo = WAITING[name]
    row = connection.execute(text.encode()).fetchone()
    count = row[0] if row else 0
    yield attention(name, said.format(count=count), todo) if count else ok(name, NONE_WAITS[name])


def check_backup(patient: Patient, connection: Connection) -> Iterator[Finding]:
    """A backup was proven lately, of every organisation."""
    todo = "tillhouse hub backup FILE; it proves what it wrote. Units purge nothing that no backup holds."
    rows = connection.execute(BACKUPS).fetchall()
    if not rows:
        yield ok("Backup", "There is no organisation yet.")
        return
    never = [name for name, made_ms in rows if made_ms is None]
    if never:
        yield attention("Backup", f"{never[0]} was never in a verified backup.", todo)
        return
    oldest_ms = patient.now_ms - min(made_ms for _, made_ms in rows)
    said = f"The last verified backup was made {days_text(oldest_ms)}."
    yield attention("Backup", said, todo) if oldest_ms > BACKUP_DAYS_MAX * DAY_MS else ok("Backup", said)
