"""A scripted run takes a folder and ports that nobody uses, ends as a whole, and reads journals sale by sale."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.demo.faults import FolderUsed, NoPorts
from shared.demo.script.arena import Arena
from shared.demo.script.books import journal_sales
from shared.demo.script.console import fresh_folder
from shared.demo.script.ports import free_ports, is_free
from shared.demo.script.together import together
from tests.verifier.nights import in_file, small_night


@pytest.fixture
def listener() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_row_of_free_ports_is_found_for_hub_units_and_their_lines() -> None:
    count = Arena.ports_of(23)
    first = free_ports(count)
    assert count == 2 + 2 * 24
    assert all(is_free(first + place) for place in range(count))


def test_ports_that_were_named_and_are_taken_are_refused_with_the_way_out(listener: int) -> None:
    assert not is_free(listener)
    with pytest.raises(NoPorts, match=f"from {listener} on. Choose others: --base-port"):
        free_ports(4, listener)


def test_a_folder_of_somebody_is_never_taken(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{}")
    with pytest.raises(FolderUsed, match="is not empty"):
        fresh_folder(tmp_path)
    assert fresh_folder(tmp_path / "new" / "night").is_dir()


def test_without_a_name_every_run_has_a_folder_of_its_own() -> None:
    first, second = fresh_folder(None), fresh_folder(None)
    try:
        assert first != second
        assert list(first.iterdir()) == []
    finally:
        first.rmdir()
        second.rmdir()


def test_when_one_of_several_fails_the_others_end_and_its_own_error_is_told() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise FolderUsed(folder="x")

    with pytest.raises(FolderUsed):
        asyncio.run(together([waits(), fails()]))
    assert ended == ["waits"]


def test_the_answers_of_several_come_in_their_order() -> None:
    async def says(word: str, turns: int) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return word

    assert asyncio.run(together([says("slow", 5), says("quick", 0)])) == ["slow", "quick"]


def test_journals_are_read_sale_by_sale_and_a_sale_in_two_files_is_one(tmp_path: Path) -> None:
    path = in_file(tmp_path / "r07.journal", small_night().archived(receipts=(2, 4)))
    sales = journal_sales([path.read_bytes(), path.read_bytes()])
    assert len(sales) == 3
    assert [one.void for one in sales].count(True) == 1
    assert sum(one.amount_minor for one in sales if not one.void) == 1_500
    assert sum(last - first + 1 for one in sales for first, last in one.ranges) == 23
