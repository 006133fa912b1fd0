"""A node's keys live in one file that only it reads; they are made once and never again."""

import os
import stat
from pathlib import Path

import pytest

from shared.journal.chance import chance_bytes
from shared.journal.keyfile import KeyFileUnreadable, Keys, read_or_make_keys


def _keys(path: Path) -> Keys:
    return read_or_make_keys(path, now_ms=1_795_000_000_000, chance=chance_bytes)


def test_the_key_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    path, before = tmp_path / "node" / "node.key", os.umask(0)
    try:
        _keys(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["node.key"]


def test_a_second_start_reads_the_same_keys(tmp_path: Path) -> None:
    first = _keys(tmp_path / "node.key")
    written = (tmp_path / "node.key").read_bytes()
    assert _keys(tmp_path / "node.key") == first
    assert (tmp_path / "node.key").read_bytes() == written


def test_two_nodes_have_nothing_in_common(tmp_path: Path) -> None:
    one, two = _keys(tmp_path / "one.key"), _keys(tmp_path / "two.key")
    secrets = {one.sign_seed, one.seal_seed, one.rest_key, two.sign_seed, two.seal_seed, two.rest_key}
    assert len(secrets) == 6
    assert one.node_id != two.node_id


def test_a_start_after_a_torn_first_start_makes_the_keys(tmp_path: Path) -> None:
    (tmp_path / "node.unfinished").write_bytes(b'{"node_id":')
    assert len(_keys(tmp_path / "node.key").node_key().sign_public) == 32


def test_a_key_file_that_holds_no_keys_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    _keys(tmp_path / "good.key")
    good = (tmp_path / "good.key").read_text()
    seeds = [part for part in good.split('"') if len(part) == 64]
    torn = [good[: len(good) // 2], "", "null", "[]", "\x00", *(good.replace(seed, seed[:-2]) for seed in seeds)]
    torn += [good.replace(seed, "g" * 64) for seed in seeds]
    for place, text in enumerate(torn):
        path = tmp_path / f"{place}.key"
        path.write_text(text)
        with pytest.raises(KeyFileUnreadable, match="backup"):
            _keys(path)
        assert path.read_text() == text


def test_a_folder_in_the_place_of_the_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "node.key").mkdir()
    with pytest.raises(KeyFileUnreadable):
        _keys(tmp_path / "node.key")
