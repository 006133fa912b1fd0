"""`tillhouse hub restore`: a backup becomes the hub's database; what stood there before is set aside, never deleted.

The new database is built and proven beside the old one, and takes its place in one rename. Whatever fails before
leaves the hub as it was. Every organisation then begins a new generation: units must show what the hub forgot.
"""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from hub.office.persons.service import erase_again
from hub.runtime.backup import KEY_FILES, DatabaseNotEmpty
from hub.runtime.backup_file import BackupFile, BackupUnfit, Manifest
from hub.runtime.backup_load import key_files, load
from hub.runtime.database import open_embedded
from hub.runtime.durable_file import write_private
from hub.runtime.hub import open_hub
from hub.runtime.migrate import migrate
from hub.runtime.place import DATABASE_FOLDER, KEY_FILE, HubPlace
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_address import PostgresAddress
from hub.runtime.postgres_place import locate, lock_folder, move_database
from hub.runtime.restore_external import restore_external
from hub.sync.generation import HubState, open_generation
from shared.journal.clock import SystemClock
from shared.journal.keyfile import Keys
from shared.kernel.codec import decode_json

Say = Callable[[str], None]


class Restored(msgspec.Struct, frozen=True):
    """What a restore led to: each organisation's new state, and where the old database stands now."""

    manifest: Manifest
    states: dict[UUID, HubState]
    aside: str


def restore(place: HubPlace, path: Path, *, replace: bool, say: Say) -> Restored:
    """Make the backup the hub's database.

    BackupUnfit, GenerationsUnreadable, DatabaseNotEmpty or FolderInUse, and then nothing is changed.
    """
    backup = BackupFile(path)
    keys, lost_keys = _keys(place.folder, backup)
    backup.assert_of(keys.node_id, keys.node_key().sign_public)
    place.generations.read()  # before anything takes minutes
    states: dict[UUID, HubState] = {}

    def fill(address: PostgresAddress) -> None:
        load(address, backup, say)
        migrate(address)
        states.update(asyncio.run(_begin_again(address, keys, backup.manifest, place)))

    stamp = datetime.fromtimestamp(SystemClock().now().wall_ms / 1_000, UTC).strftime("%Y%m%dT%H%M%SZ")
    if place.settings.database_url:
        aside = restore_external(place, fill, replace=replace, stamp=stamp)
    else:
        aside = _restore_embedded(place.folder, fill, replace=replace, stamp=stamp, say=say)
    for name, data in lost_keys.items():
        write_private(place.folder / name, data)
    return Restored(backup.manifest, states, aside)


def _restore_embedded(
    folder: Path, fill: Callable[[PostgresAddress], None], *, replace: bool, stamp: str, say: Say
) -> str:
    """Build beside the old database and swap; where the old one stands afterwards, or nothing."""
    database, building = folder / DATABASE_FOLDER, folder / f"{DATABASE_FOLDER}.restoring"
    lock = lock_folder(database)
    try:
        occupied = locate(database).data.exists()
        if occupied and not replace:
            advice = "With --replace it is set aside under another name, and the backup takes its place."
            raise DatabaseNotEmpty(database=database, advice=advice)
        remove_embedded(building)
        server = EmbeddedPostgres(building)
        try:
            say("Starting a database to restore into …")
            fill(open_embedded(server, folder))
        except BaseException:
            server.stop()
            remove_embedded(building)
            raise
        server.stop()
        aside = folder / f"{DATABASE_FOLDER}.replaced-{stamp}"
        if occupied:
            move_database(database, aside)
        else:
            (database / "lock").unlink()
            database.rmdir()
        move_database(building, database)
        return str(aside) if occupied else ""
    finally:
        os.close(lock)


async def _begin_again(
    address: PostgresAddress, keys: Keys, manifest: Manifest, place: HubPlace
) -> dict[UUID, HubState]:
    """A new generation of every organisation; and whoever was erased since is erased again, before anybody reads."""
    async with open_hub(address, keys, generations=place.generations) as hub:
        states = {one.org_id: await open_generation(hub, one.org_id, "restored") for one in manifest.organizations}
        await erase_again(hub, place.erased)
    return states


def _keys(folder: Path, backup: BackupFile) -> tuple[Keys, dict[str, bytes]]:
    """The hub's keys: the folder's, or those in the backup, which are then to be written."""
    if (folder / KEY_FILE).is_file():
        return decode_json((folder / KEY_FILE).read_bytes(), Keys), {}
    found = key_files(backup) if backup.manifest.with_keys else {}
    if KEY_FILE not in found:
        raise BackupUnfit(file=backup.path, reason=f"{folder} has no hub.key, and the backup was made without keys")
    return decode_json(found[KEY_FILE], Keys), {name: found[name] for name in KEY_FILES if name in found}
