"""Keys at the hub: event keys sealed under the key file, lease documents signed and sealed to their holder.

These are the effects of hub facts: carried out in the transaction that stores the fact, never by a replay.
"""

import hmac
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from shared.domain.identity.commands import HireStaff
from shared.domain.identity.facts import (
    EpochRecovered,
    EpochStopped,
    OrganizationFounded,
    PairingOpened,
    StaffHired,
    UnitAdded,
    UnitDisabled,
    UnitEnabled,
    UnitEnrolledAgain,
    UnitPaused,
    UnitRecovered,
    UnitResumed,
    UnitRevoked,
)
from shared.domain.identity.queries import UNIT
from shared.domain.identity.rows import BadgeRow
from shared.domain.identity.state import UnitCard
from shared.domain.raffle.commands import GrantLease
from shared.domain.raffle.facts import EventPlanned, LeaseGranted
from shared.journal.chance import chance, chance_bytes
from shared.journal.entry import Entry, Owner
from shared.journal.keyfile import Keys
from shared.journal.signing import NodeKey, seal_to
from shared.journal.vault import seal_contact_key
from shared.kernel.clock import Clock
from shared.kernel.codec import encode
from shared.kernel.errors import EvidenceError, Refusal
from shared.kernel.validation import lease_key
from shared.pipeline.changes import Row
from shared.pipeline.command import Given
from shared.pipeline.postgres_applier import Connection
from shared.pipeline.postgres_bus import Effect, ask_postgres
from shared.pipeline.queries import KeyAsk
from shared.sync.lease import LEASE_TAG, LeaseDocument, lease_info
from shared.sync.pairing import pairing_name

NONCE_BYTES = 12
STATES = {UnitEnabled.TYPE: "enabled", UnitDisabled.TYPE: "disabled", UnitRevoked.TYPE: "revoked"}
Enrolled = UnitAdded | UnitEnrolledAgain | UnitRecovered
"""The facts that make an epoch today's; each carries its keys."""
SET_STATE = "select directory.set_node_state(%s, %s, %s, %s, %s)"


class KeyMissing(EvidenceError):
    """An event whose key is not in the vault."""

    code = "evidence.key_missing"
    sentence = "The key of event {event} is not in the vault. Restore the vault before units get numbers."


class NodeElsewhere(Refusal):
    """A node belongs to one organisation, under one pair of keys."""

    code = "directory.node_elsewhere"
    sentence = "This unit is enrolled already, elsewhere or by other keys. Enrol it from a new folder."


class HubKeyring:
    """Makes, seals and opens the keys that the hub's facts need."""

    def __init__(self, keys: Keys, key: NodeKey, clock: Clock) -> None:
        self._rest = ChaCha20Poly1305(bytes.fromhex(keys.rest_key))
        self._draw_key = hmac.digest(bytes.fromhex(keys.rest_key), b"tillhouse/drawn/v1", "sha256")
        self._key = key
        self._clock = clock

    def effects(self) -> dict[str, Effect]:
        """What happens beside which fact."""
        return {
            EventPlanned.TYPE: self._make_event_key,
            LeaseGranted.TYPE: self._sign_lease,
            StaffHired.TYPE: self._write_badge,
            UnitAdded.TYPE: self._enter_directory,
            UnitEnrolledAgain.TYPE: self._enter_epoch,
            UnitRecovered.TYPE: self._enter_again,
            EpochRecovered.TYPE: self._enter_former,
            PairingOpened.TYPE: self._enter_pairing,
            UnitEnabled.TYPE: self._set_state,
            UnitDisabled.TYPE: self._set_state,
            UnitRevoked.TYPE: self._set_state,
            EpochStopped.TYPE: self._set_state,
            UnitPaused.TYPE: self._set_paused,
            UnitResumed.TYPE: self._set_paused,
            OrganizationFounded.TYPE: self._enter_organization,
        }

    def drawn(self, purpose: str, about: UUID) -> bytes:
        """Thirty-two bytes that nobody guesses without the key file, the same at every call: for PINs and salts."""
        return hmac.digest(self._draw_key, purpose.encode() + b"/" + about.bytes, "sha256")

    def contact_key(self, org_id: UUID) -> bytes:
        """The key under which phones of an organisation become digests; the same as long as the key file lives."""
        return self.drawn("contact", org_id)

    def seal_contact_key(self, org: UUID, node: UUID, epoch: int, seal_public: bytes) -> bytes:
        """The contact key for one epoch of a node, sealed to its X25519 key."""
        return seal_contact_key(self.contact_key(org), Owner(org, node, epoch), seal_public)

    async def open(self, connection: Connection, ask: KeyAsk) -> bytes:
        """The key that a load asks for."""
        assert ask.kind == "event", f"the hub keeps no keys of kind {ask.kind}"
        return await self.event_key(connection, ask.about)

    async def event_key(self, connection: Connection, event_id: UUID) -> bytes:
        """An event's key, opened in memory; KeyMissing when the vault lacks it."""
        cursor = await connection.execute("select sealed from vault.event_key where event_id = %s", [event_id])
        row = await cursor.fetchone()
        if row is None:
            raise KeyMissing(event=event_id)
        sealed = bytes(row[0])
        return self._rest.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], event_id.bytes)

    async def _make_event_key(
        self, connection: Connection, _order: Any, entry: Entry[EventPlanned], given: Given
    ) -> list[Row]:
        event_id, nonce = entry.body.event_id, chance_bytes(NONCE_BYTES)
        sealed = nonce + self._rest.encrypt(nonce, chance(), event_id.bytes)
        await connection.execute(
            "insert into vault.event_key (org_id, event_id, sealed) values (%s, %s, %s) on conflict do nothing",
            (given.owner.org_id, event_id, sealed),
        )
        return []

    async def _sign_lease(
        self, connection: Connection, order: GrantLease, entry: Entry[LeaseGranted], given: Given
    ) -> list[Row]:
        body, owner = entry.body, given.owner
        find = "select seal_key from directory.find_node(%s) where epoch = %s"
        cursor = await connection.execute(find, (body.holder_id, body.holder_epoch))
        row = await cursor.fetchone()
        assert row is not None, "a holder is in the directory"
        secret = lease_key(await self.event_key(connection, body.event_id), body.lease_id)
        info = lease_info(owner.org_id, body.event_id, body.lease_id, body.holder_id, body.holder_epoch)
        document = LeaseDocument(
            org=owner.org_id,
            event=body.event_id,
            lease=body.lease_id,
            request=order.request_id,
            granter=owner.node_id,
            granter_epoch=owner.epoch,
            holder=body.holder_id,
            holder_epoch=body.holder_epoch,
            first=body.first,
            last=body.last,
            granted_ms=entry.wall_ms,
            sealed_key=seal_to(bytes(row[0]), secret, info),
        )
        data = self._key.document(LEASE_TAG, encode(document))
        await connection.execute(
            "insert into sync.lease_document (org_id, lease_id, data) values (%s, %s, %s)",
            (owner.org_id, body.lease_id, data),
        )
        return []

    async def _write_badge(
        self, _connection: Connection, order: HireStaff, entry: Entry[StaffHired], given: Given
    ) -> list[Row]:
        body = entry.body
        badge = BadgeRow(
            owner=given.owner,
            staff_id=body.staff_id,
            venue_id=body.venue_id,
            role=body.role,
            name=order.name.strip(),
            pin_hash=order.pin_hash,
        )
        return [badge]

    async def _enter_directory(
        self, connection: Connection, _order: Any, entry: Entry[UnitAdded], given: Given
    ) -> list[Row]:
        body = entry.body
        await self._enter(connection, given, body, 1)
        return []

    async def _enter_epoch(
        self, connection: Connection, _order: Any, entry: Entry[UnitEnrolledAgain], given: Given
    ) -> list[Row]:
        body, before = entry.body, entry.body.previous_epoch
        if not body.before_stopped:
            change = (given.owner.org_id, body.unit_id, before, "superseded", "enrolled anew")
            await connection.execute(SET_STATE, change)
        await self._enter(connection, given, body, body.unit_epoch)
        return []

    async def _enter_again(
        self, connection: Connection, _order: Any, entry: Entry[UnitRecovered], given: Given
    ) -> list[Row]:
        body = entry.body
        if body.previous_epoch and not body.before_stopped:
            change = (given.owner.org_id, body.unit_id, body.previous_epoch, "superseded", "enrolled anew")
            await connection.execute(SET_STATE, change)
        await self._enter(connection, given, body, body.unit_epoch)
        return []

    async def _enter_former(
        self, connection: Connection, _order: Any, entry: Entry[EpochRecovered], given: Given
    ) -> list[Row]:
        body, org_id = entry.body, given.owner.org_id
        await self._enter_keys(connection, given, body, body.unit_epoch, body.state)
        await connection.execute(SET_STATE, (org_id, body.unit_id, body.unit_epoch, body.state, body.reason))
        return []

    async def _enter(self, connection: Connection, given: Given, body: Enrolled, epoch: int) -> None:
        await self._enter_keys(connection, given, body, epoch, "enabled" if body.enabled else "disabled")

    async def _enter_keys(
        self, connection: Connection, given: Given, body: Enrolled | EpochRecovered, epoch: int, state: str
    ) -> None:
        wanted = (given.owner.org_id, body.sign_key, body.seal_key)
        add = "select directory.add_node(%s, %s, %s, %s, %s, %s)"
        await connection.execute(add, (body.unit_id, epoch, *wanted, state))
        find = "select org_id, sign_key, seal_key from directory.find_node(%s) where epoch = %s"
        if await (await connection.execute(find, (body.unit_id, epoch))).fetchone() != wanted:
            raise NodeElsewhere

    async def _enter_pairing(
        self, connection: Connection, _order: Any, entry: Entry[PairingOpened], given: Given
    ) -> list[Row]:
        body = entry.body
        for key in (body.digest, pairing_name(body.digest)):  # a stranger on the network is shown the second alone
            room = (key, given.owner.org_id, body.expires_ms, entry.wall_ms)
            await connection.execute("select directory.add_pairing(%s, %s, %s, %s)", room)
        return []

    async def _set_state(self, connection: Connection, _order: Any, entry: Entry[Any], given: Given) -> list[Row]:
        """The directory follows the fact: what the unit's door asks before anybody knows its organisation."""
        body = entry.body
        state = STATES.get(entry.envelope.type) or body.state
        epoch = getattr(body, "unit_epoch", None)
        if epoch is None:
            epoch = (await self._unit(connection, given, body.unit_id)).unit_epoch
        reason = getattr(body, "reason", "")
        await connection.execute(SET_STATE, (given.owner.org_id, body.unit_id, epoch, state, reason))
        return []

    async def _set_paused(self, connection: Connection, _order: Any, entry: Entry[Any], given: Given) -> list[Row]:
        change = (given.owner.org_id, entry.body.unit_id, isinstance(entry.body, UnitPaused))
        await connection.execute("select directory.set_node_paused(%s, %s, %s)", change)
        return []

    async def _unit(self, connection: Connection, given: Given, unit_id: UUID) -> UnitCard:
        [unit] = await ask_postgres(connection, given.owner, UNIT, {"unit_id": unit_id})
        return unit

    async def _enter_organization(
        self, connection: Connection, _order: Any, entry: Entry[OrganizationFounded], given: Given
    ) -> list[Row]:
        await connection.execute(
            "select directory.add_organization(%s, %s, %s)", (given.owner.org_id, entry.body.name, entry.wall_ms)
        )
        return []
