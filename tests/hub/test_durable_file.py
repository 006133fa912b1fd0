"""A file gets its name whole or not at all, also on disks that know no hard links."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.runtime.durable_file import FileNotNamed, give_name, write_private

Link = Callable[[Path, Path], None]


def no_links(_written: Path, _path: Path) -> None:
    """What exFAT, vfat and many shares answer."""
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("link", [os.link, no_links])
def test_a_backup_gets_its_name_on_every_disk_and_keeps_its_rights(tmp_path: Path, link: Link) -> None:
    written, path = tmp_path / "a.unverified", tmp_path / "a"
    write_private(written, b"a night")
    give_name(written, path, link=link)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"a night", 0o600)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("link", [os.link, no_links])
def test_a_file_that_came_meanwhile_is_never_replaced(tmp_path: Path, link: Link) -> None:
    written, path = tmp_path / "a.unverified", tmp_path / "a"
    write_private(written, b"a night")
    path.write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        give_name(written, path, link=link)
    assert (path.read_bytes(), written.read_bytes()) == (b"another's", b"a night")


def test_a_name_that_cannot_be_had_is_a_sentence_and_stays_free(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for wanted in (path, tmp_path / "unmounted" / "a"):
        with pytest.raises(FileNotNamed, match=r"No such file or directory\. Choose a folder on another disk"):
            give_name(tmp_path / "gone.unverified", wanted, link=no_links)
    assert not path.exists()


def test_a_private_file_takes_the_place_of_the_one_before_in_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "generation.json"
    (tmp_path / "generation.json.unfinished").write_bytes(b"left by one that was killed")
    for data in (b"2", b"3"):
        write_private(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]
