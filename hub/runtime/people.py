"""Keys of people at the hub: taken from parcels, sealed under the key file, opened in memory, erased for good.

A key that comes after its person was erased is not taken: parcels and erasures of an organisation exclude each other,
so neither can slip past the other.
"""

from typing import Any
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from hub.runtime.erased_log import ErasedLog, Erasure
from shared.domain.persons.facts import PersonErased
from shared.journal.chance import chance_bytes
from shared.journal.entry import Entry, Owner
from shared.journal.keyfile import Keys
from shared.journal.vault import NONCE_BYTES, PersonKey
from shared.kernel.errors import EvidenceError
from shared.pipeline.changes import Row
from shared.pipeline.command import Given
from shared.pipeline.postgres_applier import Connection, execute_each
from shared.pipeline.postgres_bus import Effect

log = structlog.get_logger()
TAKING = "select pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
ERASING = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
TAKE = (
    "insert into vault.person (org_id, node_id, person_id, digest, sealed_key, got_ms) "
    "select %s, %s, %s, %s, %s, %s where not exists "
    "(select 1 from persons.persons_erased as e where e.org_id = %s and e.person_id = %s) on conflict do nothing"
)
KEY_OF = "select sealed_key from vault.person where org_id = %s and node_id = %s and person_id = %s"
ERASE = "delete from vault.person where org_id = %s and person_id = %s"


class PersonKeyBroken(EvidenceError):
    """A key in the vault that does not open under this hub's key file."""

    code = "evidence.person_key"
    sentence = "The key of person {person} does not open under this hub's key file. Put the file's backup in place."


class People:
    """The vault of people of one hub. `erased` remembers erasures outside the database."""

    def __init__(self, keys: Keys, erased: ErasedLog | None = None) -> None:
        self._rest = ChaCha20Poly1305(bytes.fromhex(keys.rest_key))
        self._erased = erased

    def effects(self) -> dict[str, Effect]:
        """What happens beside which fact."""
        return {PersonErased.TYPE: self._erase}

    async def take(self, connection: Connection, owner: Owner, people: list[PersonKey], now_ms: int) -> None:
        """Keep the keys that a node sent; those of erased people are passed over, those known stay as they are."""
        await connection.execute(TAKING, [_lock(owner.org_id)])
        mine = owner.org_id, owner.node_id
        rows = [
            (*mine, one.person_id, one.digest, self._sealed(owner, one), now_ms, owner.org_id, one.person_id)
            for one in people
        ]
        await execute_each(connection, TAKE, rows)

    async def key_of(self, connection: Connection, owner: Owner, person_id: UUID) -> bytes | None:
        """The key of a person as this node noted them; None when it never came or is erased."""
        cursor = await connection.execute(KEY_OF, (owner.org_id, owner.node_id, person_id))
        row = await cursor.fetchone()
        if row is None:
            return None
        sealed = bytes(row[0])
        try:
            return self._rest.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _about(owner, person_id))
        except InvalidTag as error:
            raise PersonKeyBroken(person=person_id) from error

    def _sealed(self, owner: Owner, one: PersonKey) -> bytes:
        nonce = chance_bytes(NONCE_BYTES)
        return nonce + self._rest.encrypt(nonce, one.key, _about(owner, one.person_id))

    async def _erase(self, connection: Connection, _order: Any, entry: Entry[PersonErased], given: Given) -> list[Row]:
        org_id, person_id = given.owner.org_id, entry.body.person_id
        await connection.execute(ERASING, [_lock(org_id)])
        await connection.execute(ERASE, (org_id, person_id))
        if self._erased is not None:
            self._erased.append(Erasure(org_id, person_id, entry.wall_ms))
        log.info("person erased", org_id=str(org_id), person_id=str(person_id))
        return []


def _lock(org_id: UUID) -> str:
    return f"vault/{org_id}"


def _about(owner: Owner, person_id: UUID) -> bytes:
    return b"tillhouse/person-key/v1" + owner.org_id.bytes + owner.node_id.bytes + person_id.bytes
