"""What the hub said of a unit: a word that was kept back and comes again does not set a stopped unit to work."""

import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from edge.runtime.holds import read_holds
from edge.sync.hub_word import HubWord
from edge.sync.receipts import safe_mark_of
from shared.journal.signing import NodeKey
from shared.sync.standing import Standing, State, sign_standing
from shared.sync.watermark import Watermark, sign_watermark
from tests.edge.season import UNIT, Season, season
from tests.support.evening import HUB

NODE, HEAD_OFFICE = (NodeKey(bytes([seed]) * 32, bytes([seed]) * 32) for seed in (1, 2))


def word(state: State, signed_ms: int, generation: int = 1) -> bytes:
    """The hub's signed word on the unit."""
    said = Standing(
        org=UNIT.org_id, node=UNIT.node_id, epoch=UNIT.epoch, state=state, reason="", generation=generation,
        signed_ms=signed_ms,
    )  # fmt: skip
    return sign_standing(said, HEAD_OFFICE)


async def heard(there: Season, *words: bytes, afresh: bool = False) -> list[str]:
    """What holds the unit after these words; `afresh`: it starts anew before the last of them."""
    mouth = HubWord(there.writer, UNIT, NODE, there.clock, hub=HUB, hub_key=HEAD_OFFICE.sign_public)
    for place, data in enumerate(words):
        if afresh and place == len(words) - 1:
            mouth = HubWord(there.writer, UNIT, NODE, there.clock, hub=HUB, hub_key=HEAD_OFFICE.sign_public)
            await mouth.recall(there.reader)
        await mouth.standing(data, lambda _signed_ms, _is_fresh: None)
    return [hold.detail for hold in await there.writer.write(read_holds, rows=False)]


def holds(folder: Path, *words: bytes, afresh: bool = False) -> list[str]:
    """The same on a unit of its own."""

    async def play() -> list[str]:
        async with season(folder / "unit.db") as there:
            return await heard(there, *words, afresh=afresh)

    return asyncio.run(play())


def test_an_enabled_standing_from_before_the_revocation_lifts_nothing(tmp_path: Path) -> None:
    assert holds(tmp_path, word("enabled", 10), word("revoked", 20), word("enabled", 10)) == ["revoked"]


def test_nor_does_it_after_the_unit_started_anew(tmp_path: Path) -> None:
    assert holds(tmp_path, word("enabled", 10), word("disabled", 20), word("enabled", 19), afresh=True) == ["disabled"]


def test_a_later_word_lets_it_sell_again(tmp_path: Path) -> None:
    assert holds(tmp_path, word("disabled", 20), word("enabled", 21)) == []


def test_a_restored_hub_whose_clock_went_back_is_believed(tmp_path: Path) -> None:
    assert holds(tmp_path, word("disabled", 20), word("enabled", 5, generation=2)) == []


def test_an_earlier_word_that_stops_stops(tmp_path: Path) -> None:
    assert holds(tmp_path, word("enabled", 20), word("disabled", 19)) == ["disabled"]


def test_a_watermark_of_the_other_history_is_one_line_in_the_log_and_covers_nothing(tmp_path: Path) -> None:
    other = Watermark(
        org=UNIT.org_id, node=UNIT.node_id, epoch=UNIT.epoch, seq=1, hash=b"o" * 32, backup_ms=1, generation=1
    )
    data = sign_watermark(other, HEAD_OFFICE)

    async def play() -> None:
        async with season(tmp_path / "unit.db") as there:
            mouth = HubWord(there.writer, UNIT, NODE, there.clock, hub=HUB, hub_key=HEAD_OFFICE.sign_public)
            with capture_logs() as lines:
                for _time in range(2):
                    await mouth.watermark(data)
            [line] = lines
            assert (line["event"], line["log_level"]) == ("a watermark that does not fit", "warning")
            assert "exc_info" not in line
            assert await safe_mark_of(there.reader, UNIT) is None

    asyncio.run(play())
