"""The histories of one epoch as the hub holds them: one nearly always, more after a fork (design §5.2).

Branch 0 has no row of its own. Whoever changes any branch of an epoch holds the lock on branch 0's head.

Locks are taken in one order, so that no two transactions wait for each other: first heads of nodes' journals, of
several the lowest node and epoch first; then the head of the organisation's own journal, which a decision of the hub
takes, and behind it what the decision writes. An upload, a hello, an entry shown late and a quarantine tried again hold
a node's head when they open a case, stop an epoch or find that the hub was restored; `bus.handle_in` and
`generation.open_generation_in` take the organisation's head alone. Nobody who holds that one asks for a node's.
"""

from collections.abc import Iterable, Mapping

from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.pipeline.postgres_applier import Connection
from shared.pipeline.postgres_bus import lock_head
from shared.sync.hello import Line, landmark_seqs
from shared.sync.protocol import Landmark

LINES = (
    "select b.branch, b.parent, b.fork_seq, h.seq, h.hash from journal.branch b join journal.head h "
    "on (h.org_id, h.node_id, h.epoch, h.branch) = (b.org_id, b.node_id, b.epoch, b.branch) "
    "where b.org_id = %s and b.node_id = %s and b.epoch = %s order by b.branch"
)
HASHES = (
    "select branch, seq, hash from journal.entry where org_id = %s and node_id = %s and epoch = %s and seq = any(%s)"
)
OPEN = (
    "insert into journal.branch (org_id, node_id, epoch, branch, parent, fork_seq, opened_ms) "
    "values (%s, %s, %s, %s, %s, %s, %s)"
)


def _key(owner: Owner) -> tuple[object, ...]:
    return owner.org_id, owner.node_id, owner.epoch


async def read_lines(connection: Connection, owner: Owner) -> list[Line]:
    """Every history of the owner's epoch, branch 0 first and locked until the transaction ends."""
    tip = await lock_head(connection, Owner(owner.org_id, owner.node_id, owner.epoch))
    rows = await (await connection.execute(LINES, _key(owner))).fetchall()
    return [Line(0, 0, 0, tip), *(Line(row[0], row[1], row[2], Tip(row[3], bytes(row[4]))) for row in rows)]


async def read_hashes(
    connection: Connection, owner: Owner, lines: list[Line], seqs: Iterable[int]
) -> Mapping[tuple[int, int], bytes]:
    """(branch, seq) → hash at these seqs, along each line: up to where it left its parent, that one's."""
    wanted = sorted({seq for seq in seqs if seq > 0})
    found: dict[tuple[int, int], bytes] = {}
    if not wanted:
        return found
    rows = await (await connection.execute(HASHES, (*_key(owner), wanted))).fetchall()
    stored = {(branch, seq): bytes(digest) for branch, seq, digest in rows}
    by_branch = {line.branch: line for line in lines}
    for line in lines:
        for seq in wanted:
            if seq <= line.tip.seq and (digest := stored.get((_holder(by_branch, line, seq), seq))) is not None:
                found[line.branch, seq] = digest
    return found


def _holder(by_branch: Mapping[int, Line], line: Line, seq: int) -> int:
    """Under which label the entry at `seq` of this line is stored."""
    while line.branch and seq <= line.fork_seq:
        line = by_branch[line.parent]
    return line.branch


async def read_landmarks(connection: Connection, owner: Owner, lines: list[Line]) -> list[Landmark]:
    """Places along every line, the ends first, thinning out backwards."""
    places = {line.branch: landmark_seqs(line.tip.seq) for line in lines}
    hashes = await read_hashes(connection, owner, lines, [seq for seqs in places.values() for seq in seqs])
    return [
        Landmark(branch, seq, hashes[branch, seq])
        for branch, seqs in places.items()
        for seq in seqs
        if (branch, seq) in hashes
    ]


async def open_branch(connection: Connection, owner: Owner, parent: Line, fork_seq: int, now_ms: int) -> None:
    """A new history, `owner.branch`, that leaves `parent` behind `fork_seq`."""
    await lock_head(connection, owner)
    await connection.execute(OPEN, (*_key(owner), owner.branch, parent.branch, fork_seq, now_ms))


def lineage(lines: list[Line], branch: int) -> list[tuple[int, int]]:
    """(branch, up to which seq) along a line, from the beginning: where its common history is stored."""
    by_branch = {line.branch: line for line in lines}
    parts, line, upto = [], by_branch[branch], by_branch[branch].tip.seq
    while True:
        parts.append((line.branch, upto))
        if not line.branch:
            return parts[::-1]
        upto, line = line.fork_seq, by_branch[line.parent]
