"""Commands, and what a decision is given beside its state; no SQL in sight of a rule."""

import hashlib
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.journal.entry import FeedMark, Owner
from shared.kernel.clock import Moment
from shared.kernel.ids import uuid7


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """An order from a person, a scan or a timer; it may be refused. `command_id` makes it happen once."""

    NAME: ClassVar[str]
    UNDIGESTED: ClassVar[tuple[str, ...]] = ()
    """Fields that the kept digest of an order must not hold, for it outlives what it could be tried against."""
    command_id: UUID
    actor: UUID | None = None


class Given(msgspec.Struct, frozen=True):
    """What a decision may know of the world: whose journal, when, and chance (32 random bytes), all as values.

    `holds` name what stops selling on this node (`clock`, `hub:revoked`); its certificate ends at `sells_until_ms`.
    """

    owner: Owner
    moment: Moment
    chance: bytes
    feeds: tuple[FeedMark, ...] = ()
    holds: tuple[str, ...] = ()
    sells_until_ms: int | None = None

    def new_id(self, place: int = 0) -> UUID:
        """The `place`-th new id of this command."""
        return uuid7(self.moment.wall_ms, hashlib.sha256(self.chance + place.to_bytes(4, "big")).digest())
