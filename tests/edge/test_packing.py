"""The next bundle is packed while one is under way, and is thrown away when the hub wants another (design §5.9)."""

import asyncio
from pathlib import Path

from edge.sync.packing import Packer
from shared.journal.bundle import unpack
from tests.support.unit import Desk, at_the_unit


def test_what_was_packed_ahead_is_the_bundle_that_is_asked_for(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        for _ in range(5):
            await desk.sold()
        unit = desk.unit
        packer = Packer(unit.reader, unit.owner, desk.founded.keys.node_key())
        first = await packer.take(0, 3)
        packer.prepare(first.tip.seq, 3)
        await asyncio.sleep(0.05)
        second = await packer.take(first.tip.seq, 3)
        assert (second.behind, second.tip.seq) == (3, 6)
        bundle, head = unpack(second.data)
        assert (bundle.first, len(bundle.entries), head.tip) == (4, 3, second.tip)

    at_the_unit(scene, tmp_path)


def test_when_the_hub_wants_another_place_what_lies_ready_is_not_sent(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.sold()
        unit = desk.unit
        packer = Packer(unit.reader, unit.owner, desk.founded.keys.node_key())
        packer.prepare(2, 10)
        assert (await packer.take(1, 10)).behind == 1
        packer.prepare(2, 10)
        packer.forget()
        assert (await packer.take(2, 10)).behind == 2

    at_the_unit(scene, tmp_path)
