"""What the hub signed about a unit's journal is kept: the latest receipt, and its last word on its backups."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.sync.hub_word import HubWord
from edge.sync.receipts import (
    Kept,
    forget_watermarks,
    keep_receipt,
    keep_watermark,
    read_receipt,
    read_safe_mark,
    receipt_of,
    safe_mark_of,
)
from shared.journal.chain import Tip
from shared.journal.entry import Owner
from shared.journal.head import Head, cosign, sign_head, verify_receipt
from shared.journal.signing import NodeKey
from shared.kernel.codec import encode
from shared.kernel.errors import BadSignature, Fork
from shared.sync.certificate import Certificate, sign_certificate
from shared.sync.watermark import WATERMARK_TAG, Watermark, read_watermark, sign_watermark
from tests.edge.season import UNIT, Season, Step, season, tip_at
from tests.support.evening import HUB, ORG

NODE, HEAD_OFFICE, STRANGER = (NodeKey(bytes([seed]) * 32, bytes([seed]) * 32) for seed in (1, 2, 3))
SALES = [Step("lease", 0), Step("sell", 0), Step("sell", 0)]


def mark(tip: Tip, *, node: UUID = UNIT.node_id, epoch: int = 1) -> Watermark:
    return Watermark(org=ORG, node=node, epoch=epoch, seq=tip.seq, hash=tip.hash, backup_ms=7, generation=1)


def over(scene: Callable[[Season], Awaitable[None]], folder: Path) -> None:
    async def play() -> None:
        async with season(folder / "unit.db") as there:
            await there.play(SALES)
            await scene(there)

    asyncio.run(play())


def receipt(tip: Tip, owner: Owner = UNIT) -> bytes:
    return cosign(sign_head(owner, tip, NODE), HUB, HEAD_OFFICE)


async def keep(there: Season, tip: Tip, now_ms: int = 1) -> None:
    """As the link does: verified outside the writer, kept inside."""
    data = receipt(tip)
    head = verify_receipt(data, UNIT, NODE.sign_public, HUB, HEAD_OFFICE.sign_public)
    await there.writer.write(lambda db: keep_receipt(db, UNIT, head, data, now_ms), rows=False)


async def hear(there: Season, said: Watermark) -> None:
    """The hub's word on its backups, as the link takes it."""
    data = sign_watermark(said, HEAD_OFFICE)
    assert read_watermark(data, hub_key=HEAD_OFFICE.sign_public, owner=UNIT) == said
    await there.writer.write(lambda db: keep_watermark(db, UNIT, said, data, 5), rows=False)


async def at(there: Season, seq: int) -> Tip:
    return await there.writer.write(lambda db: tip_at(db, seq), rows=False)


def test_the_latest_receipt_is_kept_with_its_exact_bytes(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        assert await receipt_of(there.reader, UNIT) is None
        for seq, now_ms in ((1, 10), (3, 30), (2, 40)):
            await keep(there, await at(there, seq), now_ms)
        kept = Kept(3, there.writer.tip.hash, receipt(there.writer.tip), 30)
        assert await receipt_of(there.reader, UNIT) == kept
        assert await there.writer.write(lambda db: read_receipt(db, UNIT)) == kept
        verify_receipt(kept.data, UNIT, NODE.sign_public, HUB, HEAD_OFFICE.sign_public)

    over(play, tmp_path)


def test_a_receipt_of_another_history_is_a_fork_and_changes_nothing(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await keep(there, await at(there, 2))
        for other in (Tip(3, bytes(32)), Tip(9, bytes(32))):
            with pytest.raises(Fork):
                await keep(there, other)
            with pytest.raises(Fork):
                await hear(there, mark(other))
        found = await receipt_of(there.reader, UNIT)
        assert found is not None
        assert found.tip == await at(there, 2)
        assert await safe_mark_of(there.reader, UNIT) is None

    over(play, tmp_path)


def test_the_hubs_last_word_on_its_backups_holds_also_a_lower_one(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        for seq in (1, 3, 2):
            await hear(there, mark(await at(there, seq)))
        found = await safe_mark_of(there.reader, UNIT)
        assert found is not None
        assert found.tip == await at(there, 2)
        await there.writer.write(lambda db: forget_watermarks(db, UNIT, 2))
        assert await there.writer.write(lambda db: read_safe_mark(db, UNIT)) is None

    over(play, tmp_path)


def test_a_watermark_of_an_earlier_life_of_the_hub_is_not_obeyed_whoever_brings_it_again(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        old = replace(mark(await at(there, 3)), generation=1)
        await hear(there, old)
        await there.writer.write(knows_of(2))
        await there.writer.write(lambda db: forget_watermarks(db, UNIT, 2))
        await hear(there, old)
        assert await safe_mark_of(there.reader, UNIT) is None
        await hear(there, replace(old, generation=2))
        assert await safe_mark_of(there.reader, UNIT) is not None

    over(play, tmp_path)


def test_a_watermark_that_names_no_life_of_the_hub_is_never_obeyed(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await hear(there, replace(mark(await at(there, 3)), generation=0))
        assert await safe_mark_of(there.reader, UNIT) is None

    over(play, tmp_path)


def test_a_signed_word_of_a_later_life_is_enough_to_forget_what_an_earlier_one_said(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await hear(there, mark(await at(there, 3)))
        mouth = HubWord(there.writer, UNIT, NODE, there.clock, hub=HUB, hub_key=HEAD_OFFICE.sign_public)
        await mouth.certificate(sign_certificate(certificate(generation=2), HEAD_OFFICE))
        assert await safe_mark_of(there.reader, UNIT) is None
        await mouth.watermark(sign_watermark(mark(await at(there, 3)), HEAD_OFFICE))
        assert await safe_mark_of(there.reader, UNIT) is None, "brought again by whoever ends TLS"

    over(play, tmp_path)


@given(st.integers(0, 5), st.integers(0, 5))
def test_only_a_watermark_of_the_latest_known_life_is_obeyed(said: int, known: int) -> None:
    assert replace(mark(Tip(1, bytes(32))), generation=said).is_obeyed(known) is (said > 0 and said >= known)


def knows_of(generation: int) -> Callable[[sqlite3.Connection], None]:
    """A signed page of that generation came."""

    def come(db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO peer VALUES (?, ?, 1, 3, 0, 0, '')", (HUB.node_id.bytes, generation))

    return come


def certificate(generation: int) -> Certificate:
    """The unit's."""
    return Certificate(
        org=ORG, venue=UUID(int=1), node=UNIT.node_id, epoch=1, kind="rsu", code="R07", name="RSU 07", scopes=("org",),
        sign_key=NODE.sign_public, seal_key=NODE.seal_public, hub_node=HUB.node_id, hub_key=HEAD_OFFICE.sign_public,
        hub_seal_key=HEAD_OFFICE.seal_public, generation=generation, from_ms=0, until_ms=1,
    )  # fmt: skip


def test_each_epoch_of_a_unit_has_its_own_receipt(tmp_path: Path) -> None:
    async def play(there: Season) -> None:
        await keep(there, await at(there, 2))
        second = replace(UNIT, epoch=2)
        assert await receipt_of(there.reader, second) is None
        with pytest.raises(Fork):
            await there.writer.write(
                lambda db: keep_receipt(db, second, Head("", there.writer.tip), b"", 1), rows=False
            )

    over(play, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        sign_watermark(mark(Tip(3, bytes(32))), STRANGER),
        sign_watermark(mark(Tip(3, bytes(32)), node=uuid4()), HEAD_OFFICE),
        sign_watermark(mark(Tip(3, bytes(32)), epoch=2), HEAD_OFFICE),
        sign_watermark(mark(Tip(3, b"short")), HEAD_OFFICE),
        sign_watermark(mark(Tip(-1, bytes(32))), HEAD_OFFICE),
        HEAD_OFFICE.document("tillhouse/lease/v1", encode(mark(Tip(3, bytes(32))))),
        HEAD_OFFICE.document(WATERMARK_TAG, b"\x93no"),
    ],
)
def test_a_watermark_of_anybody_or_anything_else_is_no_watermark(wrong: bytes) -> None:
    with pytest.raises(BadSignature):
        read_watermark(wrong, hub_key=HEAD_OFFICE.sign_public, owner=UNIT)


@given(st.binary(max_size=300))
def test_random_bytes_are_no_watermark(noise: bytes) -> None:
    with pytest.raises(BadSignature):
        read_watermark(noise, hub_key=HEAD_OFFICE.sign_public, owner=UNIT)
