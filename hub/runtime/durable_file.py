"""Files of the hub that must be whole and stay: written under another name, on the disk before they have their own."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from hub.runtime.postgres_faults import DatabaseFault

WITHOUT_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES, errno.EBADF}
"""How file systems say that a folder cannot be synced there; they do it with the file."""


class FileNotNamed(DatabaseFault):
    """A file was written whole and cannot get its name: the file system refuses."""

    code = "file.not_named"
    sentence = "{file} was written and cannot be put in place: {reason}. Choose a folder on another disk."


def write_private(path: Path, data: bytes) -> None:
    """A file in one piece, mode 600, on the disk under its name when this returns. One writer at a time."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def give_name(written: Path, path: Path, *, link: Callable[[Path, Path], None] = os.link) -> None:
    """Give a file that is on the disk its name; the other name is gone then.

    FileExistsError when another file has the name: none is ever replaced. FileNotNamed when it cannot be had.
    """
    try:
        try:
            link(written, path)
        except FileExistsError:
            raise
        except OSError:
            _take_name(written, path)  # exFAT, vfat and many shares know no hard links
        else:
            written.unlink()
        sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as problem:
        raise FileNotNamed(file=path, reason=problem.strerror or problem) from problem


def _take_name(written: Path, path: Path) -> None:
    """The same in two steps: an empty file keeps the name for us, then ours takes its place."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        written.replace(path)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """The names in a folder are on the disk when this returns, where the file system can promise that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as problem:
        if problem.errno not in WITHOUT_FOLDER_SYNC:
            raise
