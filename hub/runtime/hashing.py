"""Passwords and PINs as argon2id hashes (RFC 9106), computed beside the event loop, two at a time.

A password is checked at the hub: 64 MiB and three passes. A PIN is checked on a handheld before every shift, so it is
made with OWASP's least: 19 MiB, two passes, about 40 ms on a small board. The cost of a PIN is little help against
somebody who holds the hash of six digits; what protects it is that hashes stand in the vault alone.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.journal.chance import chance_bytes

HASHES_AT_ONCE = 2
SALT_BYTES = 16
PASSWORDS = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
PINS = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NOBODYS_HASH = PASSWORDS.hash("nobody", salt=b"no-salt-is-safe.")
"""Checked when the login is unknown, so that an answer takes as long either way."""

_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")


async def hash_password(password: str) -> str:
    """The hash to store."""
    salt = chance_bytes(SALT_BYTES)
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: PASSWORDS.hash(password, salt=salt))


async def password_fits(password: str, stored: str) -> bool:
    """Whether `password` is the one behind the stored hash."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _fits, password, stored)


async def hash_pin(pin: str, salt: bytes) -> str:
    """The hash for a badge; `salt` follows from the order, so an order sent twice is the same order."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: PINS.hash(pin, salt=salt[:SALT_BYTES]))


def _fits(password: str, stored: str) -> bool:
    try:
        return PASSWORDS.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
