"""Logins at the hub: passwords with a limit on tries, sessions by the hash of their token (design §8)."""

import base64
import hashlib
from typing import Any
from uuid import UUID

import msgspec

from hub.office.staff_access.errors import LockedOut, LoginTaken, WeakPassword, WrongPassword
from hub.runtime.hashing import NOBODYS_HASH, hash_password, password_fits
from hub.runtime.tenant import Pool, tenant
from shared.domain.identity.errors import UnknownRole
from shared.domain.identity.state import ROLES
from shared.journal.chance import chance_bytes
from shared.kernel.clock import HOUR_MS, MINUTE_MS, Clock
from shared.kernel.errors import InputRefused
from shared.kernel.ids import uuid7
from shared.kernel.limits import NAME_LETTERS_MAX
from shared.web.problems import NotLoggedIn

TRIES_MAX = 5
LOCK_MS = 15 * MINUTE_MS
SESSION_MS_MAX = 12 * HOUR_MS
PASSWORD_LETTERS_MIN = 10
PASSWORD_LETTERS_MAX = 200
LOGIN_LETTERS_MAX = 60
TOKEN_BYTES = 32


class Person(msgspec.Struct, frozen=True):
    """Somebody who is logged in at the hub."""

    person_id: UUID
    login: str
    name: str
    org_id: UUID
    role: str


class Opened(msgspec.Struct, frozen=True):
    """A new session; the token is shown to its owner once and stored nowhere."""

    token: str
    expires_ms: int


class StaffAccess:
    """Who may come in."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def log_in(self, login: str, password: str) -> Opened:
        """A session for the right password; WrongPassword or LockedOut otherwise.

        The try is counted before the password is looked at, so many at once count as many.
        """
        now_ms = self._clock.now().wall_ms
        tried = "select * from staff_access.begin_try(%s, %s, %s, %s)"
        row = await self._row(tried, [_tidy(login), now_ms, TRIES_MAX, LOCK_MS])
        if row is not None and row[2] > TRIES_MAX:
            raise LockedOut(minutes=max(1, -(-(row[3] - now_ms) // MINUTE_MS)))
        fits = await password_fits(password[:PASSWORD_LETTERS_MAX], row[1] if row is not None else NOBODYS_HASH)
        if row is None or not fits:
            raise WrongPassword(minutes=LOCK_MS // MINUTE_MS)
        await self._row("select staff_access.forget_tries(%s)", [row[0]])
        return await self._open(row[0], now_ms)

    async def person_of(self, token: str) -> Person:
        """Whose session this is; NotLoggedIn when there is none, or it has ended."""
        now_ms = self._clock.now().wall_ms
        row = await self._row("select * from staff_access.find_session(%s, %s)", [_hash(token), now_ms])
        if row is None:
            raise NotLoggedIn
        return Person(*row)

    async def log_out(self, token: str) -> None:
        """End the session, if there is one."""
        await self._row("select staff_access.close_session(%s)", [_hash(token)])

    async def add_person(self, org_id: UUID, *, login: str, name: str, role: str, password: str) -> UUID:
        """Give somebody a login; LoginTaken, WeakPassword, UnknownRole or InputRefused when it cannot be."""
        login, name = _tidy(login), name.strip()
        if role not in ROLES:
            raise UnknownRole(role=role[:40], roles=", ".join(ROLES))
        if not 0 < len(login) <= LOGIN_LETTERS_MAX or not login.isprintable() or " " in login:
            raise InputRefused(field="Login", problem=f"write 1 to {LOGIN_LETTERS_MAX} letters without spaces")
        if not 0 < len(name) <= NAME_LETTERS_MAX or not name.isprintable():
            raise InputRefused(field="Name", problem=f"write 1 to {NAME_LETTERS_MAX} letters")
        if not PASSWORD_LETTERS_MIN <= len(password) <= PASSWORD_LETTERS_MAX:
            raise WeakPassword(least=PASSWORD_LETTERS_MIN, most=PASSWORD_LETTERS_MAX)
        person_id = uuid7(self._clock.now().wall_ms, chance_bytes(10))
        stored = await hash_password(password)
        made = "select staff_access.add_person(%s, %s, %s, %s, %s, %s)"
        if await self._row(made, [person_id, login, name, stored, org_id, role]) != (True,):
            raise LoginTaken(login=login)
        return person_id

    async def names(self, org_id: UUID) -> dict[UUID, str]:
        """Who may log in for the organisation."""
        async with tenant(self._pool, org_id) as connection:
            cursor = await connection.execute("select person_id, name from staff_access.person_names()")
            return dict(await cursor.fetchall())

    async def _open(self, person_id: UUID, now_ms: int) -> Opened:
        token = base64.urlsafe_b64encode(chance_bytes(TOKEN_BYTES)).decode().rstrip("=")
        expires_ms = now_ms + SESSION_MS_MAX
        await self._row(
            "select staff_access.open_session(%s, %s, %s, %s)", [_hash(token), person_id, expires_ms, now_ms]
        )
        return Opened(token, expires_ms)

    async def _row(self, statement: str, values: list[Any]) -> tuple[Any, ...] | None:
        async with self._pool.connection() as connection:
            return await (await connection.execute(statement, values)).fetchone()


def _tidy(login: str) -> str:
    return login.strip().lower()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
