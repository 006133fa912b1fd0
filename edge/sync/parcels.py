"""The vault's way up: keys of the people in a bundle, sealed to the hub, beside the bundle (design §3).

With the people of the bundle's own entries go those whose keys waited, for a hub of 0.1.0 takes none. The people of
the entries go again when the entries do: a restored hub has lost both.
"""

import sqlite3
from contextlib import suppress
from uuid import UUID

import msgspec

from edge.runtime.database import Reader
from edge.sync.hub_client import HubClient
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.journal.vault import PARCEL_KEYS_MAX, PersonKey, pack_parcel
from shared.kernel.errors import StorageFault
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.sync.protocol import PushAnswer

FEATURE = "parcel"
PEOPLE = (
    "SELECT person_id, digest, key FROM vault_person AS p WHERE sent_ms IS NULL OR EXISTS (SELECT 1 FROM raffle_buyer "
    "AS b WHERE b.person_id = p.person_id AND b.node_id = :node_id AND b.epoch = :epoch AND b.branch = 0 "
    "AND b.seq BETWEEN :first AND :last) ORDER BY sent_ms IS NULL, person_id LIMIT :most"
)
SENT = "UPDATE vault_person SET sent_ms = ? WHERE person_id = ? AND sent_ms IS NULL"
DONE_WITH = (
    "DELETE FROM vault_person WHERE person_id = ? "
    "AND NOT EXISTS (SELECT 1 FROM raffle_buyer AS b WHERE b.person_id = vault_person.person_id)"
)


class ReadyParcel(msgspec.Struct, frozen=True):
    """A packed parcel and whose keys are in it."""

    data: bytes
    people: tuple[UUID, ...]


async def parcel_of(
    reader: Reader, owner: Owner, first: int, last: int, *, hub_seal_key: bytes, key: NodeKey
) -> ReadyParcel | None:
    """The parcel that goes beside the bundle of entries `first` to `last`; None when there is nothing to send.

    Without `hub_seal_key` (the hub takes no parcels, or its key is not known yet) the keys wait.
    """
    if not hub_seal_key:
        return None
    params = {"node_id": owner.node_id, "epoch": owner.epoch, "first": first, "last": last, "most": PARCEL_KEYS_MAX}
    rows = await reader.values(PEOPLE, params)
    if not rows:
        return None
    people = [PersonKey(UUID(bytes=row[0]), row[1], row[2]) for row in rows]
    data = pack_parcel(people, owner=owner, first=first, last=last, hub_seal_key=hub_seal_key, key=key)
    return ReadyParcel(data, tuple(person.person_id for person in people))


async def parcel_for(
    reader: Reader, owner: Owner, first: int, last: int, *, hub_seal_key: bytes, key: NodeKey
) -> bytes | None:
    """The same as bytes, for a file that somebody carries: whether it arrives is not known, so the keys wait on."""
    ready = await parcel_of(reader, owner, first, last, hub_seal_key=hub_seal_key, key=key)
    return ready.data if ready else None


def keys_sent(db: sqlite3.Connection, people: tuple[UUID, ...], now_ms: int) -> None:
    """The hub holds these keys; one whose sales were purged here meanwhile is of no more use here."""
    for person_id in people:
        db.execute(SENT, (now_ms, person_id.bytes))
        db.execute(DONE_WITH, (person_id.bytes,))


async def push_with_keys(
    client: HubClient, writer: SqliteWriter, bundle: bytes, parcel: ReadyParcel | None, now_ms: int
) -> PushAnswer:
    """Upload a bundle, with its parcel where there is one."""
    if parcel is None:
        return await client.push(bundle)
    answer = await client.push_parcel(bundle, parcel.data)
    if answer.keys_kept:
        with suppress(StorageFault):  # they go again beside the next bundle, which changes nothing
            await writer.write(lambda db: keys_sent(db, parcel.people, now_ms), rows=False)
    return answer
