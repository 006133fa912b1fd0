"""`tillhouse hub backup`: a file, and the proof that it can be restored; only then may units purge (design §5.5).

Proving means restoring: into a server of its own that is made for it and goes with it, or into an empty database that
the operator names. A file has its name once it is proven, and not before; what was proven is written beside the live
rows as the watermark of each journal.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg.sql import SQL, Identifier

from hub.runtime import authority
from hub.runtime.backup_dump import dump
from hub.runtime.backup_file import BackupFile, BackupThere, BackupUnfit, Manifest, OrganizationMark
from hub.runtime.backup_load import load
from hub.runtime.database import open_embedded, open_external
from hub.runtime.durable_file import give_name
from hub.runtime.place import KEY_FILE, HubPlace
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_faults import DatabaseFault
from hub.runtime.roles import APP, BACKUP, OWNER
from hub.runtime.row_security import TENANT_SETTING
from shared.journal.clock import SystemClock

Say = Callable[[str], None]
KEY_FILES = (KEY_FILE, authority.AUTHORITY_FILE, authority.AUTHORITY_KEY_FILE)
SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')"
STATE = "select generation from sync.hub_state where org_id = %s"
SET_WATERMARK = (
    "insert into sync.watermark (org_id, node_id, epoch, branch, seq, hash, backup_ms) "
    "values (%s, %s, %s, %s, %s, %s, %s) on conflict (org_id, node_id, epoch, branch) do update "
    "set seq = excluded.seq, hash = excluded.hash, backup_ms = excluded.backup_ms "
    "where sync.watermark.seq <= excluded.seq"
)
KEEP_BACKUP = (
    "insert into sync.backup (org_id, backup_ms, digest, generation, epoch, entry_count, verified_ms) "
    "values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing"
)


class NoHub(DatabaseFault):
    """A folder in which no hub's keys lie has nothing to back up."""

    code = "backup.no_hub"
    sentence = "{folder} holds no hub (no hub.key). Give the folder that the hub is served from."


class DatabaseNotEmpty(DatabaseFault):
    """A backup is restored into an empty database, or beside the old one."""

    code = "backup.not_empty"
    sentence = "{database} is not empty. {advice}"


class SchemaBehind(DatabaseFault):
    """A database that waits for an upgrade has no place for watermarks yet, so no backup of it is proven."""

    code = "backup.schema_behind"
    sentence = (
        "The database waits for an upgrade, and until then no backup of it can be verified. Nothing was written. "
        "Start the hub once and make it then, or write it unverified with --no-verify."
    )


class NotWritten(DatabaseFault):
    """The disk does not take the backup."""

    code = "backup.not_written"
    sentence = (
        "The backup could not be written to {file}: {reason}. No file was left of it, and earlier backups stand. "
        "Make room there, or choose another folder."
    )


class NotVerified(DatabaseFault):
    """The database to prove a backup with cannot be had, so there is no backup that looks proven."""

    code = "backup.not_verified"
    sentence = (
        "The backup could not be verified, and no file was left of it: {reason} Name another empty database with "
        "--verify-with, leave that out (one is started here for it), or write it unverified with --no-verify."
    )


class ProofFailed(DatabaseFault):
    """What was written does not restore to what the hub holds: the hub's own database is not sound."""

    code = "backup.proof_failed"
    sentence = (
        "The backup was written and does not restore: {reason}. No file was left of it, and earlier backups stand. "
        "Run `tillhouse hub doctor`; to keep the database as it is, write it with --no-verify."
    )


class Made(msgspec.Struct, frozen=True):
    """A backup that was made: what it holds, and whether units may purge by it."""

    manifest: Manifest
    verified: bool


def back_up(place: HubPlace, path: Path, *, with_keys: bool, verify: bool, verify_with: str | None, say: Say) -> Made:
    """Write the backup of a hub, serving or not, and prove it; nothing is left of one that cannot be proven."""
    if not (place.folder / KEY_FILE).is_file():
        raise NoHub(folder=place.folder)
    if path.exists():
        raise BackupThere(file=path)
    clock, files = SystemClock(), _key_files(place.folder) if with_keys else {}
    with place.database_of_anyone(say) as address:
        write = partial(_write, address, keys=place.keys(), now_ms=clock.now().wall_ms, key_files=files, say=say)
        if not verify:
            manifest, _ = write(path)
            return Made(manifest, verified=False)
        if not knows_watermarks(address):
            raise SchemaBehind
        backup = _write_proven(place, path, write, verify_with, say)
        record_proven(address, backup, verified_ms=clock.now().wall_ms)
        return Made(backup.manifest, verified=True)


def _write(address: PostgresAddress, path: Path, **how: Any) -> tuple[Manifest, bytes]:
    """The backup as it is dumped; NotWritten when the disk refuses."""
    try:
        return dump(address, path, **how)
    except OSError as problem:
        raise NotWritten(file=path, reason=problem.strerror or problem) from problem


def _write_proven(
    place: HubPlace, path: Path, write: Callable[[Path], object], verify_with: str | None, say: Say
) -> BackupFile:
    """Write under another name, restore it elsewhere, and only then give it its own; NotVerified, ProofFailed."""
    unproven = path.with_name(f"{path.name}.unverified")
    unproven.unlink(missing_ok=True)
    try:
        with ExitStack() as stack:
            with _telling():
                scratch = stack.enter_context(_scratch(place, verify_with, say))
            write(unproven)
            with _telling():
                load(scratch, BackupFile(unproven), say)
        try:
            give_name(unproven, path)
        except FileExistsError:
            raise BackupThere(file=path) from None
    finally:
        unproven.unlink(missing_ok=True)
    return BackupFile(path)


@contextmanager
def _telling() -> Iterator[None]:
    """What hinders the proof is told as that, with what to do."""
    try:
        yield
    except BackupUnfit as problem:
        raise ProofFailed(reason=problem.values["reason"]) from problem
    except DatabaseNotEmpty:
        raise
    except (DatabaseFault, psycopg.Error) as problem:
        said = str(problem).strip().splitlines()[-1].rstrip(".")
        raise NotVerified(reason=f"{said}.") from problem


def record_proven(address: PostgresAddress, backup: BackupFile, *, verified_ms: int) -> None:
    """Move the watermarks to what the backup holds; not those of an organisation that was restored meanwhile."""
    with psycopg.connect(address.url(APP), autocommit=True) as connection:
        for organization in backup.manifest.organizations:
            with connection.transaction():
                connection.execute("select set_config(%s, %s, true)", (TENANT_SETTING, str(organization.org_id)))
                row = connection.execute(STATE, [organization.org_id]).fetchone()
                if (row[0] if row else 1) == organization.generation:
                    _record(connection, backup, organization, verified_ms)


def _record(
    connection: "psycopg.Connection[tuple[object, ...]]",
    backup: BackupFile,
    organization: OrganizationMark,
    verified_ms: int,
) -> None:
    made_ms = backup.manifest.made_ms
    for mark in organization.journals:
        at = mark.owner
        row = (at.org_id, at.node_id, at.epoch, at.branch, mark.seq, mark.hash, made_ms)
        connection.execute(SET_WATERMARK, row)
    entry_count = sum(mark.seq for mark in organization.journals)
    kept = (backup.digest, organization.generation, organization.epoch, entry_count, verified_ms)
    connection.execute(KEEP_BACKUP, (organization.org_id, made_ms, *kept))


def knows_watermarks(address: PostgresAddress) -> bool:
    """Whether this schema has a place for them."""
    with psycopg.connect(address.url(BACKUP)) as connection:
        return connection.execute("select to_regclass('sync.watermark')").fetchone() != (None,)


def schemas_of(address: PostgresAddress) -> set[str]:
    """The schemas that stand in a database beside the system's; an empty one has none."""
    with psycopg.connect(address.url(OWNER)) as connection:
        return {row[0] for row in connection.execute(SCHEMAS)}


def drop_schemas(address: PostgresAddress, names: set[str]) -> None:
    """Take back what a load made in a database that was empty before."""
    with psycopg.connect(address.url(OWNER)) as connection:
        for name in sorted(names):
            connection.execute(SQL("drop schema {} cascade").format(Identifier(name)))


@contextmanager
def _scratch(place: HubPlace, url: str | None, say: Say) -> Iterator[PostgresAddress]:
    """An empty database to restore into, gone or empty again at the end."""
    if url is not None:
        address = open_external(url, place.folder)
        if schemas_of(address):
            raise DatabaseNotEmpty(database=address.database, advice="Name an empty one to verify the backup with.")
        try:
            yield address
        finally:
            with suppress(psycopg.OperationalError):  # gone: nothing can be taken back there
                drop_schemas(address, schemas_of(address))
        return
    say("Starting a database to verify the backup with …")
    folder = Path(tempfile.mkdtemp(prefix="verify-", dir=place.folder))
    server = EmbeddedPostgres(folder / "database", durable=False)
    try:
        yield open_embedded(server, folder)
    finally:
        server.stop()
        remove_embedded(folder / "database")
        shutil.rmtree(folder)


def _key_files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in KEY_FILES if (folder / name).is_file()}
