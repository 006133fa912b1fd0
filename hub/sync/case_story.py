"""What a case stands on, out of the raw journals: each side entry by entry, when it came, when it truly happened."""

from typing import Any
from uuid import UUID

import msgspec

from hub.runtime.hub import Hub
from hub.sync.branches import lineage
from hub.sync.clock_marks import entry_interval
from shared.domain.cases.facts import ActSigned
from shared.domain.cases.queries import PAPERS, Paper, read_case
from shared.domain.cases.state import CaseState
from shared.journal.chain import Tip
from shared.journal.entry import Envelope, Fact, Owner
from shared.kernel.codec import decode
from shared.pipeline.postgres_applier import Connection
from shared.pipeline.postgres_bus import run_load
from shared.sync.hello import Line
from shared.sync.intervals import Interval

ENTRIES_SHOWN = 60
"""Entries of a side that a page shows; the evidence file has all of them."""
LINES = (
    "select h.branch, coalesce(b.parent, 0), coalesce(b.fork_seq, 0), h.seq, h.hash, s.data is not null "
    "from journal.head h left join journal.branch b using (org_id, node_id, epoch, branch) "
    "left join journal.signed_head s using (org_id, node_id, epoch, branch) "
    "where h.org_id = %s and h.node_id = %s and h.epoch = %s order by h.branch"
)
RUN = (
    "select seq, hash, data, received_ms from journal.entry "
    "where org_id = %s and node_id = %s and epoch = %s and branch = %s and seq > %s and seq <= %s order by seq limit %s"
)
NAMED = (
    "select e.node_id, e.epoch, e.branch, e.seq, e.hash, e.data, e.received_ms from journal.entry e "
    "where e.org_id = %(org)s and (e.node_id, e.epoch, e.seq, e.hash) in (select v.entry_node_id, v.entry_epoch, "
    "v.entry_seq, v.entry_hash from cases.cases_evidence v where v.org_id = %(org)s and v.case_id = %(case)s) "
    "order by e.node_id, e.epoch, e.seq, e.branch"
)
LEASES = (
    "select first_number, last_number from raffle.raffle_lease "
    "where org_id = %s and holder_id = %s and holder_epoch = %s order by first_number"
)
EPOCHS = (
    "select unit_epoch, min(since_ms), max(since_ms) from identity.identity_unit_epoch "
    "where org_id = %s and unit_id = %s group by unit_epoch"
)
DOUBTS = (
    "select entry_node_id, entry_epoch, entry_seq, chain from cases.cases_doubt d where d.org_id = %s "
    "and d.case_id = %s union select entry_node_id, entry_epoch, entry_seq, chain from cases.cases_doubt "
    "where org_id = %s and entry_node_id = %s and entry_epoch = %s"
)
SIGNATURES = (
    "select e.data from cases.cases_step s join journal.entry e on (e.org_id, e.node_id, e.epoch, e.branch, e.seq) = "
    "(s.org_id, s.node_id, s.epoch, s.branch, s.seq) where s.org_id = %s and s.case_id = %s and s.act = 'signed' "
    "order by s.at_ms, s.seq"
)
NOBODY = UUID(int=0)
Place = tuple[UUID, int, int, str]
"""A sale as paper names it."""


class StoryEntry(msgspec.Struct, frozen=True):
    """An entry as it stands in a journal; `fact` None where this program cannot read it."""

    envelope: Envelope
    hash: bytes
    fact: Fact | None
    received_ms: int


class Side(msgspec.Struct, frozen=True):
    """One history: its end, its entries behind what all sides share, how many those are, and its clock evidence."""

    owner: Owner
    tip: Tip | None
    is_signed: bool
    entries: tuple[StoryEntry, ...]
    count: int
    happened: Interval | None


class CaseStory(msgspec.Struct, frozen=True, kw_only=True):
    """A case with all that its page tells; `common_seq` is the last entry that all sides of a fork share."""

    case: CaseState
    papers: list[Paper]
    sides: tuple[Side, ...]
    common: StoryEntry | None = None
    common_seq: int = 0
    leases: list[tuple[int, int]] = []
    epochs: dict[int, tuple[int, int]] = {}
    doubted: frozenset[Place] = frozenset()
    signatures: list[tuple[Envelope, ActSigned]] = []


async def read_story(hub: Hub, org_id: UUID, case_id: UUID) -> CaseStory | None:
    """The whole story of a case in one transaction; None when the organisation has no such case."""
    async with hub.bus.tenant(org_id) as connection:
        owner = hub.owner(org_id)
        case = await run_load(connection, owner, read_case(case_id), hub.keyring.open)
        if case is None:
            return None
        card = case.card
        of = Owner(org_id, card.about_node_id or NOBODY, card.node_epoch)
        common, common_seq = None, 0
        if card.kind == "fork":
            common, common_seq, sides = await _fork(hub, connection, of)
        else:
            sides = await _named(hub, connection, org_id, case_id)
        unit = (org_id, of.node_id)
        leases = await (await connection.execute(LEASES, (*unit, of.epoch))).fetchall()
        epochs = await (await connection.execute(EPOCHS, unit)).fetchall()
        doubts = await (await connection.execute(DOUBTS, (org_id, case_id, *unit, of.epoch))).fetchall()
        return CaseStory(
            case=case,
            papers=await hub.many_in(connection, org_id, PAPERS, case_id=case_id),
            sides=sides,
            common=common,
            common_seq=common_seq,
            leases=[(row[0], row[1]) for row in leases],
            epochs={row[0]: (row[1], row[2]) for row in epochs},
            doubted=frozenset((row[0], row[1], row[2], row[3]) for row in doubts),
            signatures=await _signatures(hub, connection, org_id, case_id),
        )


async def _fork(hub: Hub, connection: Connection, owner: Owner) -> tuple[StoryEntry | None, int, tuple[Side, ...]]:
    """The last common entry, its seq, and every history behind it."""
    place = (owner.org_id, owner.node_id, owner.epoch)
    rows = await (await connection.execute(LINES, place)).fetchall()
    lines = [Line(row[0], row[1], row[2], Tip(row[3], bytes(row[4]))) for row in rows]
    signed = {row[0]: row[5] for row in rows}
    # With one history alone nothing is known of the other yet: all of it may be common.
    common_seq = min((line.fork_seq for line in lines if line.branch), default=lines[0].tip.seq if lines else 0)
    common = await _run(hub, connection, owner, behind=common_seq - 1, upto=common_seq)
    sides = []
    for line in lines:
        mine = Owner(*place, line.branch)
        entries = await _along(hub, connection, mine, lines, common_seq)
        happened = await _interval(connection, entries)
        behind = line.tip.seq - common_seq
        sides.append(Side(mine, line.tip, signed[line.branch], tuple(entries), behind, happened))
    return (common[0] if common else None), common_seq, tuple(sides)


async def _along(hub: Hub, connection: Connection, owner: Owner, lines: list[Line], behind: int) -> list[StoryEntry]:
    """Entries of one history behind `behind`, wherever they are stored."""
    found: list[StoryEntry] = []
    for label, upto in lineage(lines, owner.branch):
        if upto > behind:
            part = Owner(owner.org_id, owner.node_id, owner.epoch, label)
            found += await _run(hub, connection, part, behind=behind, upto=upto)
            behind = upto
    return found[:ENTRIES_SHOWN]


async def _run(hub: Hub, connection: Connection, owner: Owner, *, behind: int, upto: int) -> list[StoryEntry]:
    place = (owner.org_id, owner.node_id, owner.epoch, owner.branch, behind, upto, ENTRIES_SHOWN)
    rows = await (await connection.execute(RUN, place)).fetchall()
    return [_entry(hub, bytes(row[2]), bytes(row[1]), row[3]) for row in rows]


async def _named(hub: Hub, connection: Connection, org_id: UUID, case_id: UUID) -> tuple[Side, ...]:
    """The entries that the case names, by the epoch that wrote them."""
    cursor = await connection.execute(NAMED, {"org": org_id, "case": case_id})
    by_epoch: dict[tuple[UUID, int], list[StoryEntry]] = {}
    for node_id, epoch, _, _, digest, data, received_ms in await cursor.fetchall():
        by_epoch.setdefault((node_id, epoch), []).append(_entry(hub, bytes(data), bytes(digest), received_ms))
    return tuple(
        [
            Side(
                Owner(org_id, node_id, epoch),
                None,
                True,
                tuple(entries[:ENTRIES_SHOWN]),
                len(entries),
                await _interval(connection, entries),
            )
            for (node_id, epoch), entries in by_epoch.items()
        ]
    )


async def _interval(connection: Connection, entries: list[StoryEntry]) -> Interval | None:
    """When the first of them happened."""
    return await entry_interval(connection, entries[0].envelope, entries[0].received_ms) if entries else None


async def _signatures(
    hub: Hub, connection: Connection, org_id: UUID, case_id: UUID
) -> list[tuple[Envelope, ActSigned]]:
    rows: list[Any] = await (await connection.execute(SIGNATURES, (org_id, case_id))).fetchall()
    found = []
    for (data,) in rows:
        one = _entry(hub, bytes(data), b"", 0)
        if isinstance(one.fact, ActSigned):
            found.append((one.envelope, one.fact))
    return found


def _entry(hub: Hub, data: bytes, digest: bytes, received_ms: int) -> StoryEntry:
    envelope = decode(data, Envelope)
    try:
        fact: Fact | None = hub.slices.facts.read(envelope.type, envelope.version, envelope.body)
    except (ValueError, KeyError):
        fact = None
    return StoryEntry(envelope, digest, fact, received_ms)
