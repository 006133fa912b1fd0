"""The hub's side of a hello: lay both journals beside each other, conclude, answer (design §5.3).

The conclusions are a pure table (`shared.sync.hello.compare`); what each leads to stands here.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog

from hub.runtime.hub import Hub
from hub.sync.branches import read_hashes, read_landmarks, read_lines
from hub.sync.cases import open_fork_case
from hub.sync.certificates import current_certificate
from hub.sync.clock_marks import keep_mark
from hub.sync.epochs import standing_of, stop_epoch
from hub.sync.generation import hub_state, open_generation, owes_evidence
from hub.sync.sessions import APART_MS_MAX, Accepted, NodeEntry, NotProven, accept_hello, find_node
from hub.sync.watermarks import signed_watermark
from shared.journal.chain import Tip, origin
from shared.journal.entry import Owner
from shared.journal.head import Head, verify_receipt
from shared.kernel.errors import BadSignature
from shared.pipeline.postgres_applier import Connection
from shared.sync.certificate import read_certificate
from shared.sync.hello import Claim, Finding, Line, compare
from shared.sync.protocol import Hello, HelloAnswer
from shared.sync.standing import State, hello_digest

log = structlog.get_logger()
FEATURES = ["branches", "receipts", "parcel", "evidence"]
CAME = "select min(received_ms) from journal.entry where org_id = %s and node_id = %s and epoch = %s and seq = %s"
STOPPED_AS: dict[Finding, State] = {"edge behind": "behind", "other head": "forked"}
BEHIND_NOTE = "The unit came back with its journal at entry {seq}; the hub holds it up to entry {last}."
OTHER_NOTE = "At entry {seq} the unit holds another history than the hub."


async def greet(hub: Hub, node: UUID, data: bytes) -> HelloAnswer:
    """Take a node's hello; the answer says where the hub stands and how the unit stands with it."""
    said = await accept_hello(hub, node, data)
    hello, entry = said.hello, said.entry
    owner = Owner(entry.org_id, node, hello.epoch)
    finding, is_news, latest = await _find(hub, owner, said)
    if finding == "hub behind" and is_news:
        log.error("the hub holds less than it has receipted", origin=origin(owner))
        await open_generation(hub, owner.org_id, "evidence", beyond=latest)
    if finding in STOPPED_AS:
        entry = await find_node(hub, node, hello.epoch)
    async with hub.bus.tenant(owner.org_id) as connection:
        forgot = finding == "hub behind"
        standing = partial(standing_of, hub, owner, entry, answers=hello_digest(data))
        return await _answer(hub, connection, owner, entry, said.session, standing=standing, forgot=forgot)


async def _find(hub: Hub, owner: Owner, said: Accepted) -> tuple[Finding, bool, int]:
    """What the hello leads to; whether what the hub lacks was signed in its epoch of now (`recovery.py`).

    Last comes the latest of the hub's lives that the unit proves, by certificate or receipt.
    """
    hello, entry = said.hello, said.entry
    receipt = _receipt(hub, owner, entry, hello)
    claim = Claim(Tip(hello.seq, hello.hash), receipt.tip if receipt else None)
    async with hub.bus.tenant(owner.org_id) as connection:
        if hello.boot_id is not None:
            now_ms = hub.clock.now().wall_ms
            await keep_mark(
                connection,
                owner,
                boot_id=hello.boot_id,
                monotonic_ns=hello.monotonic_ns,
                wall_ms=hello.wall_ms,
                now_ms=now_ms,
            )
        lines = await read_lines(connection, owner)
        seqs = [claim.tip.seq] + ([claim.receipt.seq] if claim.receipt else [])
        finding = compare(claim, lines, await read_hashes(connection, owner, lines, seqs))
        state = await hub_state(connection, owner.org_id)
        latest = max(_proven_generation(hub, owner, hello), receipt.hub_epoch if receipt else 0)
        if latest > state.generation:
            return "hub behind", True, latest
        if finding == "edge behind":
            await _assert_not_overtaken(hub, connection, owner, claim.tip.seq, said.asked_ms)
        stopped = STOPPED_AS.get(finding)
        # Once stopped it has its case; more would let the keys of an epoch that is over fill our journal.
        if stopped and entry.state not in {stopped, "forked", "revoked"}:
            await _stop(hub, connection, owner, state=stopped, seq=claim.tip.seq, lines=lines)
        return finding, receipt is not None and receipt.hub_epoch >= state.epoch, latest


async def _assert_not_overtaken(hub: Hub, connection: Connection, owner: Owner, seq: int, asked_ms: int) -> None:
    """NotProven when what follows `seq` came after the unit was asked: such a hello was too long on its way.

    A unit that gave up waiting for the answer goes on selling and uploading; what it said before accuses nobody. What
    came at a time that is still to be came to another process of this hub, whose clock is a little ahead; or, when it
    is far off, while the hub's clock was wrong: that was before.
    """
    cursor = await connection.execute(CAME, (owner.org_id, owner.node_id, owner.epoch, seq + 1))
    row = await cursor.fetchone()
    latest_ms = hub.clock.now().wall_ms + APART_MS_MAX
    if row is not None and row[0] is not None and asked_ms < row[0] <= latest_ms:
        raise NotProven


def _receipt(hub: Hub, owner: Owner, entry: NodeEntry, hello: Hello) -> Head | None:
    """The receipt that the unit shows, when it is ours; a revoked unit's may cover what is held outside the journal."""
    if not hello.receipt or entry.unit_revoked:
        return None
    mine = hub.owner(owner.org_id)
    try:
        return verify_receipt(hello.receipt, owner, entry.sign_key, mine, hub.key.sign_public)
    except BadSignature:
        log.warning("a receipt that is not ours", origin=origin(owner))
        return None


def _proven_generation(hub: Hub, owner: Owner, hello: Hello) -> int:
    """The generation in which we signed the certificate that the unit shows; 0 when it shows none of ours."""
    if not hello.certificate:
        return 0
    try:
        return read_certificate(hello.certificate, hub_key=hub.key.sign_public, owner=owner).generation
    except BadSignature:
        return 0


async def _stop(hub: Hub, connection: Connection, owner: Owner, *, state: State, seq: int, lines: list[Line]) -> None:
    """Nobody can tell which copy is the right one, so the epoch stops on all of them."""
    last = max(line.tip.seq for line in lines)
    note = (BEHIND_NOTE if state == "behind" else OTHER_NOTE).format(seq=seq, last=last)
    await stop_epoch(hub, connection, owner, state, note)
    await open_fork_case(hub, connection, owner, note=note, evidence=[])


async def _answer(
    hub: Hub,
    connection: Connection,
    owner: Owner,
    entry: NodeEntry,
    session: bytes,
    *,
    standing: Callable[[int], bytes],
    forgot: bool,
) -> HelloAnswer:
    """`standing` signs the word on the unit in a generation; `forgot`: the hub lacks what this unit can show."""
    lines = await read_lines(connection, owner)
    state = await hub_state(connection, owner.org_id)
    owes = await owes_evidence(connection, owner.org_id, state.generation, owner.node_id)
    tip = lines[0].tip
    return HelloAnswer(
        session=session,
        seq=tip.seq,
        hash=tip.hash,
        generation=state.generation,
        hub_time_ms=hub.clock.now().wall_ms,
        landmarks=await read_landmarks(connection, owner, lines),
        standing=standing(state.generation),
        certificate=await current_certificate(hub, connection, owner, entry, state.generation),
        recovering=state.recovering or forgot or owes,
        features=FEATURES,
        watermark=await signed_watermark(hub, connection, owner),
    )
