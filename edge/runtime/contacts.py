"""Phones of buyers on their way into the journal: sealed inside the writer's hop, so that no order holds one.

A page asks `holding(phone)` for the digest that its order carries. The writer's load asks this keyring for the sealed
contact; the same phone gives the same person. A new person's key is stored by the effect of the fact, in its own
transaction, so key and fact exist together or not at all.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from edge.runtime.contact_key import read_contact_key, store_contact_key
from shared.domain.raffle.facts import BuyerNoted
from shared.domain.raffle.state import Contact
from shared.journal.entry import Entry, Owner
from shared.journal.signing import NodeKey
from shared.journal.vault import NONCE_BYTES, PHONE, PersonKey, open_contact_key, phone_digest, seal_text
from shared.kernel.codec import encode
from shared.kernel.errors import Refusal
from shared.pipeline.queries import KeyAsk
from shared.pipeline.sqlite_writer import Effect, Keyring

CONTACT = "contact"
KNOWN = "SELECT person_id, key FROM vault_person WHERE digest = ?"
ADD = "INSERT INTO vault_person (person_id, digest, key, made_ms) VALUES (?, ?, ?, ?)"
WHY_NOT = "this unit has not got the key for it yet; the hub gives it at the next contact"


class NoPhonesYet(Refusal):
    """A phone was sent, and this unit may not take one down yet."""

    code = "raffle.no_phones_yet"
    sentence = "No phone can be noted now: {why}. Leave the phone empty."


class Contacts:
    """One unit's way of sealing phones. `chance` gives 32 random bytes a call."""

    def __init__(self, key_file: Path, owner: Owner, chance: Callable[[], bytes]) -> None:
        self._key_file = key_file
        self._owner = owner
        self._chance = chance
        self._contact_key = read_contact_key(key_file, owner.org_id)
        self._held: dict[bytes, list[str]] = {}
        self._db: sqlite3.Connection | None = None
        self._new: PersonKey | None = None

    @property
    def why_not(self) -> str:
        """Why no phone can be noted here now; empty when one can."""
        return "" if self._contact_key else WHY_NOT

    def attach(self, db: sqlite3.Connection) -> None:
        """The writer's own connection: keys are looked up and stored inside its transactions.

        What is deleted from now on is overwritten, so that an erased key does not stay in the file's free pages.
        """
        db.execute("PRAGMA secure_delete = ON")
        self._db = db

    def learn(self, sealed: bytes, key: NodeKey) -> None:
        """Take the contact key as the hub sealed it to this epoch of the unit; BadSignature otherwise."""
        contact_key = open_contact_key(sealed, self._owner, key)
        if contact_key != self._contact_key:
            store_contact_key(self._key_file, self._owner.org_id, contact_key)
            self._contact_key = contact_key

    @contextmanager
    def holding(self, phone: str) -> Iterator[bytes]:
        """The digest that an order carries for `phone` (E.164); the phone is in memory as long as the block runs."""
        if not phone:
            yield b""
            return
        if self._contact_key is None:
            raise NoPhonesYet(why=WHY_NOT)
        digest = phone_digest(self._contact_key, phone)
        held = self._held.setdefault(digest, [])
        held.append(phone)
        try:
            yield digest
        finally:
            held.pop()
            if not held:
                self._held.pop(digest, None)

    def keyring(self, others: Keyring) -> Keyring:
        """The unit's keyring: contacts from here, everything else from `others`."""
        return lambda ask: self._seal(ask) if ask.kind == CONTACT else others(ask)

    @property
    def effects(self) -> dict[str, Effect]:
        """Which fact asks for what."""
        return {BuyerNoted.TYPE: self._store_key}

    def _seal(self, ask: KeyAsk) -> bytes:
        """The contact for the digest in `ask`, under the known person's id or the new one that `ask` is about."""
        digest = ask.sealed
        held = self._held.get(digest)
        assert held, "an order carries a phone's digest only while the phone is held"
        person_id, key = self._person(ask.about, digest)
        nonce = self._chance()[:NONCE_BYTES]
        org = self._owner.org_id
        return encode(
            Contact(person_id, seal_text(held[-1], key, org=org, person=person_id, purpose=PHONE, nonce=nonce))
        )

    def _person(self, candidate: UUID, digest: bytes) -> tuple[UUID, bytes]:
        assert self._db is not None, "contacts are sealed in the writer"
        self._new = None
        known = self._db.execute(KNOWN, (digest,)).fetchone()
        if known is not None:
            return UUID(bytes=known[0]), known[1]
        self._new = PersonKey(candidate, digest, self._chance())
        return candidate, self._new.key

    def _store_key(self, db: sqlite3.Connection, noted: Entry[BuyerNoted]) -> None:
        """A person noted for the first time gets their row; the key was drawn a moment ago in this same hop."""
        new, self._new = self._new, None
        if new is not None:
            assert new.person_id == noted.body.person_id
            db.execute(ADD, (new.person_id.bytes, new.digest, new.key, noted.wall_ms))
