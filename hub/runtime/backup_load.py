"""A backup into an empty database, and the proof that it is all there: chains, heads, counts."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from alembic.script import ScriptDirectory
from psycopg.sql import SQL

from hub.runtime.backup_dump import Connection, TableShape, read_shapes
from hub.runtime.backup_file import KEYS_SECTION, BackupFile, BackupUnfit, JournalMark
from hub.runtime.migrate import alembic_config, migrate
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.roles import BACKUP, OWNER
from shared.journal.chain import Read, Tip, empty_tip, follow, origin
from shared.journal.entry import Owner
from shared.kernel.codec import decode
from shared.kernel.errors import ChainBroken

Say = Callable[[str], None]
ENTRIES_AT_ONCE = 1_000
SAID_ENTRIES = 50_000
BRANCHES = "select org_id, node_id, epoch, branch, parent, fork_seq from journal.branch"
ENTRIES = (
    "select hash, data from journal.entry where org_id = %s and node_id = %s and epoch = %s and branch = %s "
    "and seq > %s order by seq"
)
HASH_AT = (
    "select hash from journal.entry where org_id = %s and node_id = %s and epoch = %s and branch = %s and seq = %s"
)
HEADS = "select org_id, node_id, epoch, branch, seq, hash from journal.head"
Parents = dict[Owner, tuple[int, int]]


def load(address: PostgresAddress, backup: BackupFile, say: Say) -> None:
    """Make the schema that the backup was made under, fill it, prove it. BackupUnfit where it does not fit.

    The database is empty before; what a failure leaves behind is the caller's to throw away.
    """
    revision = backup.manifest.revision
    if revision not in {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}:
        raise BackupUnfit(file=backup.path, reason=f"a newer program made it (schema {revision}); upgrade this one")
    migrate(address, revision)
    with psycopg.connect(address.url(OWNER)) as connection:
        _fill(connection, backup, say)
    prove(address, backup, say)


def key_files(backup: BackupFile) -> dict[str, bytes]:
    """The hub's key files that stand in the backup, by name; none unless it was made with keys."""
    found: dict[str, bytes] = {}
    for section, data in backup.sections():
        frames = [frame for frame in data if section.name == KEYS_SECTION]
        if frames:
            found = decode(b"".join(frames), dict[str, bytes])
    return found


def _fill(connection: Connection, backup: BackupFile, say: Say) -> None:
    """All or nothing. COPY is refused under row-level security, so each table lies open to its owner for that long."""
    shapes = {shape.name: shape for shape in read_shapes(connection)}
    for section, data in backup.sections():
        if section.name == KEYS_SECTION:
            for _ in data:
                pass
            continue
        if section.name not in shapes or not set(section.columns) <= set(shapes[section.name].columns):
            raise BackupUnfit(file=backup.path, reason=f"its table {section.name} is not one of this program's")
        shape = TableShape(section.name, section.columns, frozenset())
        _force(connection, shape, forced=False)
        with connection.cursor() as cursor, cursor.copy(shape.copy("from stdin")) as copy:
            for frame in data:
                copy.write(frame)
        _force(connection, shape, forced=True)
        say(f"Loading: {section.name}")


def _force(connection: Connection, shape: TableShape, *, forced: bool) -> None:
    secured = "select relrowsecurity from pg_class where oid = %s::regclass"
    if connection.execute(secured, [shape.name]).fetchone() == (True,):
        way = SQL("force") if forced else SQL("no force")
        connection.execute(SQL("alter table {} {} row level security").format(shape.identifier, way))


def prove(address: PostgresAddress, backup: BackupFile, say: Say) -> None:
    """Read everything again: every chain over its exact bytes to the manifest's head, and as many rows as were written.

    BackupUnfit names the first thing that is not so.
    """
    manifest = backup.manifest
    with psycopg.connect(address.url(BACKUP)) as connection:
        for name, count in manifest.tables.items():
            shape = TableShape(name, (), frozenset())
            row = connection.execute(SQL("select count(*) from {}").format(shape.identifier)).fetchone()
            if row != (count,):
                raise BackupUnfit(file=backup.path, reason=f"{name} has {row and row[0]} rows instead of {count}")
        parents = read_parents(connection)
        marks = [mark for organization in manifest.organizations for mark in organization.journals]
        _prove_heads(connection, backup, marks)
        read = sum(_prove_journal(connection, backup, mark, parents, say) for mark in marks)
        if read != manifest.tables["journal.entry"]:
            raise BackupUnfit(file=backup.path, reason="it holds entries that belong to no journal")


def read_parents(connection: Connection) -> Parents:
    """From which branch each other one left, and behind which entry."""
    rows = connection.execute(BRANCHES) if _forks(connection) else ()
    return {Owner(org, node, epoch, branch): (parent, fork) for org, node, epoch, branch, parent, fork in rows}


def _forks(connection: Connection) -> bool:
    """Whether this schema knows of branches."""
    return connection.execute("select to_regclass('journal.branch')").fetchone() != (None,)


def _prove_heads(connection: Connection, backup: BackupFile, marks: list[JournalMark]) -> None:
    stored = {Owner(*row[:4]): (row[4], bytes(row[5])) for row in connection.execute(HEADS)}
    if stored != {mark.owner: (mark.seq, mark.hash) for mark in marks}:
        raise BackupUnfit(file=backup.path, reason="the ends of its journals are not those of its manifest")


def _prove_journal(connection: Connection, backup: BackupFile, mark: JournalMark, parents: Parents, say: Say) -> int:
    """Follow one journal from where it begins to the manifest's head; how many entries it has."""
    owner = mark.owner
    tip = begins = beginning(connection, owner, parents)
    try:
        for hashes, entries in entries_behind(connection, owner, begins.seq):
            read = follow(owner, tip, entries)
            assert_stored(owner, hashes, read)
            tip = Tip(read[-1].envelope.seq, read[-1].hash)
            if tip.seq % SAID_ENTRIES < ENTRIES_AT_ONCE:
                say(f"Proving: journal of {owner.node_id}, entry {tip.seq}")
    except ChainBroken as error:
        raise BackupUnfit(file=backup.path, reason=str(error).rstrip(".")) from error
    if (tip.seq, tip.hash) != (mark.seq, mark.hash):
        raise BackupUnfit(file=backup.path, reason=f"a journal of {owner.node_id} ends at {tip.seq}, not {mark.seq}")
    return tip.seq - begins.seq


def assert_stored(owner: Owner, hashes: list[bytes], read: list[Read]) -> None:
    """ChainBroken where the hash that stands beside an entry is not its own."""
    for stored, one in zip(hashes, read, strict=True):
        if stored != one.hash:
            raise ChainBroken(seq=one.envelope.seq, origin=origin(owner))


def entries_behind(connection: Connection, owner: Owner, behind: int) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Hashes and exact bytes of a journal's own entries behind a seq, many at a time."""
    with connection.cursor(name="journal") as cursor:
        cursor.itersize = ENTRIES_AT_ONCE
        cursor.execute(ENTRIES, (owner.org_id, owner.node_id, owner.epoch, owner.branch, behind))
        while rows := cursor.fetchmany(ENTRIES_AT_ONCE):
            yield [bytes(row[0]) for row in rows], [bytes(row[1]) for row in rows]


def beginning(connection: Connection, owner: Owner, parents: Parents) -> Tip:
    """What a journal's first own entry continues: nothing, or the entry at which it left another history."""
    if owner not in parents:
        return empty_tip(owner)
    _, fork = parents[owner]
    at: Owner = owner
    while at in parents and fork <= parents[at][1]:
        at = Owner(owner.org_id, owner.node_id, owner.epoch, parents[at][0])
    if fork == 0:
        return empty_tip(owner)
    row: Any = connection.execute(HASH_AT, (at.org_id, at.node_id, at.epoch, at.branch, fork)).fetchone()
    return Tip(fork, bytes(row[0]) if row else b"")
