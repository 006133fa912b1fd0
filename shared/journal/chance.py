"""The real chance of a node: read here and nowhere else, handed on as values."""

import secrets
from uuid import UUID, uuid4


def chance() -> bytes:
    """Thirty-two random bytes."""
    return secrets.token_bytes(32)


chance_bytes = secrets.token_bytes


def chance_id() -> UUID:
    """A random id, where no moment is at hand."""
    return uuid4()
