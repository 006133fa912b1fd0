"""Bundles made ready: while one is under way the next is packed, so that a slow line is never idle (design §5.9)."""

import asyncio

import msgspec

from edge.runtime.database import Reader
from shared.journal.bundle import fitting, pack
from shared.journal.chain import Tip, entry_hash
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey

BEHIND = (
    "SELECT data FROM journal_entry WHERE org_id = :org_id AND node_id = :node_id AND epoch = :epoch AND branch = 0 "
    "AND seq > :seq ORDER BY seq LIMIT :most"
)


class Packed(msgspec.Struct, frozen=True):
    """A bundle of the entries behind `behind` up to `tip`."""

    behind: int
    tip: Tip
    data: bytes


class Packer:
    """Packs one journal; at most one bundle lies ready."""

    def __init__(self, reader: Reader, owner: Owner, key: NodeKey) -> None:
        self._reader = reader
        self._owner = owner
        self._key = key
        self._ahead: tuple[int, asyncio.Task[Packed]] | None = None

    async def take(self, behind: int, most: int) -> Packed:
        """The bundle behind `behind`: the one that lies ready, when it begins there."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == behind:
            return await ahead[1]
        if ahead is not None:
            ahead[1].cancel()
        return await self._pack(behind, most)

    def prepare(self, behind: int, most: int) -> None:
        """Begin to pack what comes next."""
        self._ahead = (behind, asyncio.create_task(self._pack(behind, most)))

    def forget(self) -> None:
        """Nothing that lies ready will be asked for."""
        if self._ahead is not None:
            self._ahead[1].cancel()
            self._ahead = None

    async def _pack(self, behind: int, most: int) -> Packed:
        owner = self._owner
        params = {"org_id": owner.org_id, "node_id": owner.node_id, "epoch": owner.epoch, "seq": behind, "most": most}
        entries = fitting([row[0] for row in await self._reader.values(BEHIND, params)])
        assert entries, "there is something behind the cursor"
        tip = Tip(behind + len(entries), entry_hash(entries[-1]))
        return Packed(behind, tip, await asyncio.to_thread(pack, owner, behind + 1, entries, tip, self._key))
