"""What happened to a unit, out of the hub's own journal: its facts of identity, with who and when."""

from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, LargeBinary, bindparam, func, select

from hub.runtime.hub import Hub
from hub.runtime.tables import HubTable
from shared.domain.raffle.queries import ORG
from shared.journal.entry import Envelope, Fact
from shared.kernel.codec import decode
from shared.pipeline.queries import Query
from shared.pipeline.tables import Id

STORY_MAX = 50
OF_IDENTITY = b"identity."


class Stored(msgspec.Struct, frozen=True):
    """One entry's exact bytes."""

    data: bytes


class Happening(msgspec.Struct, frozen=True):
    """A fact about a unit: when (ms UTC), and who ordered it; nobody where the hub or the unit itself did."""

    at_ms: int
    actor: UUID | None
    fact: Fact


# The journal has no index by what an entry is about; a page that is opened now and then may look through it.
_entries = HubTable.metadata.tables["journal.entry"].c


def _holds(name: str) -> ColumnElement[bool]:
    return func.pg_catalog.position(_entries.data, bindparam(name, type_=LargeBinary())) > 0


STORY = Query(
    select(_entries.data)
    .where(_entries.org_id == ORG, _entries.node_id == bindparam("node_id", type_=Id()))
    .where(_holds("unit_bytes"), _holds("of_identity"))
    .order_by(_entries.epoch.desc(), _entries.seq.desc())
    .limit(STORY_MAX),
    Stored,
)


async def story_of(hub: Hub, org_id: UUID, unit_id: UUID) -> list[Happening]:
    """The newest happenings of a unit, the last one first."""
    stored = await hub.many(org_id, STORY, unit_bytes=unit_id.bytes, of_identity=OF_IDENTITY)
    return [found for one in stored if (found := _read(hub, bytes(one.data), unit_id)) is not None]


def _read(hub: Hub, data: bytes, unit_id: UUID) -> Happening | None:
    envelope = decode(data, Envelope)
    if not envelope.type.startswith(OF_IDENTITY.decode()):
        return None
    fact = hub.slices.facts.read(envelope.type, envelope.version, envelope.body)
    if fact is None or getattr(fact, "unit_id", None) != unit_id:
        return None
    return Happening(envelope.wall_ms, envelope.actor, fact)
