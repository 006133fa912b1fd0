"""PINs at this unit: argon2 off the event loop; five wrong ones lock for a quarter of an hour, also over a restart."""

import asyncio
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from edge.runtime.database import Reader
from shared.domain.identity.queries import Badge
from shared.domain.identity.state import PIN_DIGITS
from shared.kernel.clock import MINUTE_MS, Clock, clock_text
from shared.kernel.errors import InputRefused, Refusal
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.web.problems import NotLoggedIn

FAILURES_MAX = 5
LOCK_MS = 15 * MINUTE_MS
CHECKS_AT_ONCE = 2
TRIES = "SELECT failures, locked_until_ms FROM pin_tries WHERE staff_id = :staff_id"
KEEP = (
    "INSERT INTO pin_tries (staff_id, failures, locked_until_ms) VALUES (?, ?, ?) "
    "ON CONFLICT (staff_id) DO UPDATE SET failures = excluded.failures, locked_until_ms = excluded.locked_until_ms"
)


class WrongPin(NotLoggedIn):
    """Not this person's PIN."""

    code = "identity.wrong_pin"
    sentence = "Wrong PIN. {left} tries left."


class LastWrongPin(NotLoggedIn):
    """Not this person's PIN, and one more locks."""

    code = "identity.wrong_pin"
    sentence = "Wrong PIN. 1 try left, then a supervisor must help."


class PinLocked(Refusal):
    """Too many wrong PINs in a row."""

    code = "identity.pin_locked"
    sentence = "Locked until {until}. A supervisor can open it."


class Tries(msgspec.Struct, frozen=True):
    """Wrong PINs in a row, and until when (ms UTC) none is taken."""

    failures: int = 0
    locked_until_ms: int = 0


def parse_pin(text: str) -> str:
    """Six digits; InputRefused otherwise, before anything is counted."""
    pin = text.strip()
    if len(pin) != PIN_DIGITS or not pin.isascii() or not pin.isdigit():
        raise InputRefused(field="PIN", problem=f"type {PIN_DIGITS} digits")
    return pin


class PinDesk:
    """Checks PINs one after another a person, and counts; what is counted in memory is what the database holds."""

    def __init__(self, writer: SqliteWriter, reader: Reader, clock: Clock) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._tries: dict[UUID, Tries] = {}
        self._turns: dict[UUID, asyncio.Lock] = {}
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._hasher = PasswordHasher()

    async def locked_until(self, badge: Badge) -> int:
        """Until when (ms UTC) this person's PIN is not taken; 0 when it is."""
        tries = await self._known(badge.staff_id)
        return tries.locked_until_ms if tries.locked_until_ms > self._clock.now().wall_ms else 0

    async def check(self, badge: Badge, pin: str, zone: str) -> None:
        """Nothing, when it is the PIN of the badge; WrongPin or PinLocked otherwise."""
        async with self._turns.setdefault(badge.staff_id, asyncio.Lock()):
            await self._refuse_locked(badge, zone)
            tries = await self._known(badge.staff_id)
            async with self._checks:
                right = await asyncio.to_thread(self._verify, badge.pin_hash, pin)
            if right:
                if tries != Tries():
                    await self._keep(badge.staff_id, Tries())
                return
            await self._count(badge, tries)
            await self._refuse_locked(badge, zone)
            left = FAILURES_MAX - self._tries[badge.staff_id].failures
            raise LastWrongPin if left == 1 else WrongPin(left=left)

    async def _refuse_locked(self, badge: Badge, zone: str) -> None:
        until_ms = await self.locked_until(badge)
        if until_ms:
            raise PinLocked(until=clock_text(until_ms, zone))

    async def _count(self, badge: Badge, before: Tries) -> None:
        failures = before.failures + 1
        until_ms = self._clock.now().wall_ms + LOCK_MS if failures >= FAILURES_MAX else 0
        await self._keep(badge.staff_id, Tries(0, until_ms) if until_ms else Tries(failures))

    async def _keep(self, staff_id: UUID, tries: Tries) -> None:
        self._tries[staff_id] = tries
        row = (staff_id.bytes, tries.failures, tries.locked_until_ms)
        await self._writer.write(lambda db: db.execute(KEEP, row), rows=False)

    async def _known(self, staff_id: UUID) -> Tries:
        if staff_id not in self._tries:
            rows = await self._reader.values(TRIES, {"staff_id": staff_id})
            self._tries[staff_id] = Tries(*rows[0]) if rows else Tries()
        return self._tries[staff_id]

    def _verify(self, pin_hash: str, pin: str) -> bool:
        try:
            return self._hasher.verify(pin_hash, pin)
        except (VerificationError, InvalidHashError):
            return False
