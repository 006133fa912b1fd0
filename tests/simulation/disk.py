"""A disk in memory that loses what was not synced when the power goes: a file system for SQLite (apsw's VFS), and for
the witness beside it.

What was written since the last sync of a file may survive a power cut, or not, or be torn: each sector by itself,
in any order, as real disks do. A program that is killed loses nothing that was written. Writes can be made to end
after a number, as if the program had died there, and the disk can be full.
"""

import errno
from random import Random
from typing import Any

import apsw

SECTOR_BYTES = 512
GONE = "the machine is off"


class Off(apsw.IOError):
    """The machine was switched off in mid-write; nothing reaches the disk any more."""


class Platter:
    """One file: what the program sees, and what the disk holds for certain."""

    def __init__(self) -> None:
        self.seen = bytearray()
        self.safe = bytearray()
        self.dirty: set[int] = set()

    def write(self, data: bytes, at: int) -> None:
        """The program writes."""
        if at > len(self.seen):
            self.seen.extend(bytes(at - len(self.seen)))
        self.seen[at : at + len(data)] = data
        self.dirty.update(range(at // SECTOR_BYTES, (at + len(data) - 1) // SECTOR_BYTES + 1))

    def truncate(self, size: int) -> None:
        """The program cuts the file."""
        del self.seen[size:]

    def sync(self) -> None:
        """Everything written is on the disk for certain."""
        if len(self.safe) > len(self.seen):
            del self.safe[len(self.seen) :]
        for sector in self.dirty:
            at = sector * SECTOR_BYTES
            self._keep(at, bytes(self.seen[at : at + SECTOR_BYTES]))
        self.dirty.clear()

    def power_cut(self, rng: Random) -> None:
        """Of each sector that was not synced, the new bytes, the old ones, or a torn mixture are found again."""
        for sector in sorted(self.dirty):
            at = sector * SECTOR_BYTES
            fresh = bytes(self.seen[at : at + SECTOR_BYTES])
            fate = rng.random()
            if fate < 0.45:
                self._keep(at, fresh)
            elif fate < 0.55:
                self._keep(at, fresh[: self._torn(at, fresh, rng)])
        self.seen = bytearray(self.safe)
        self.dirty.clear()

    def _torn(self, at: int, fresh: bytes, rng: Random) -> int:
        """How many bytes of a sector arrived: the tear goes through what was changed, else it would harm nothing."""
        old = bytes(self.safe[at : at + len(fresh)]).ljust(len(fresh), b"\0")
        changed = [place for place, (was, now) in enumerate(zip(old, fresh, strict=True)) if was != now]
        return rng.randrange(changed[0], changed[-1] + 1) if changed else 0

    def _keep(self, at: int, data: bytes) -> None:
        if not data:
            return
        if at > len(self.safe):
            self.safe.extend(bytes(at - len(self.safe)))
        self.safe[at : at + len(data)] = data


class Disk:
    """The files of one machine. `writes_left` ends it in mid-work; `room_bytes` is how much more it takes."""

    def __init__(self) -> None:
        self.files: dict[str, Platter] = {}
        self.writes_left: int | None = None
        self.room_bytes: int | None = None
        self.off = False
        self.buried = False
        self.writes = 0

    def put(self, name: str, data: bytes) -> None:
        """A file as it was copied here, safe on the disk."""
        platter = Platter()
        platter.seen, platter.safe = bytearray(data), bytearray(data)
        self.files[name] = platter

    def copy(self) -> "Disk":
        """Another card with the same bytes, as somebody copies it who switched the machine off before."""
        twin = Disk()
        for name, platter in self.files.items():
            twin.put(name, bytes(platter.seen))
        return twin

    def killed(self) -> "Disk":
        """The program died; what it wrote is there for the next. Nothing of the old one writes here any more."""
        self.off = True
        after = Disk()
        after.files, after.room_bytes, after.writes = self.files, self.room_bytes, self.writes
        return after

    def power_cut(self, rng: Random) -> "Disk":
        """The power went: what the disk kept is there for the next program."""
        for name in sorted(self.files):
            self.files[name].power_cut(rng)
        return self.killed()

    def takes(self, more_bytes: int) -> bool:
        """Asked before each write: Off when the machine went off, FullError when the disk is full.

        False once the program is buried: what its remains still write is dropped without a word.
        """
        if self.buried:
            return False
        if self.off:
            raise Off(GONE)
        if self.writes_left is not None:
            if self.writes_left <= 0:
                self.off = True
                raise Off(GONE)
            self.writes_left -= 1
        if self.room_bytes is not None and more_bytes > 0:
            if more_bytes > self.room_bytes:
                raise apsw.FullError("the disk is full")
            self.room_bytes -= more_bytes
        self.writes += 1
        return True


class DiskSlots:
    """The witness's file on such a disk, in the place of a real one; what fails is told in the system's words."""

    def __init__(self, disk: Disk, name: str) -> None:
        self._disk = disk
        self._name = name

    def read(self) -> bytes | None:
        """All of it as it is now."""
        platter = self._disk.files.get(self._name)
        return None if platter is None else bytes(platter.seen)

    def open(self, size: int) -> None:
        """Make it, with room for all."""
        have = len(self._platter().seen)
        if have < size and self._takes(size - have):
            self._platter().write(bytes(size - have), have)
            self.sync()

    def write(self, data: bytes, at: int) -> None:
        """Write in place."""
        if self._takes(at + len(data) - len(self._platter().seen)):
            self._platter().write(data, at)

    def sync(self) -> None:
        """What was written is on the disk for certain."""
        if self._takes(0):
            self._platter().sync()

    def close(self) -> None:
        """Nothing more is written."""

    def _platter(self) -> Platter:
        return self._disk.files.setdefault(self._name, Platter())

    def _takes(self, more_bytes: int) -> bool:
        try:
            return self._disk.takes(more_bytes)
        except apsw.FullError as full:
            raise OSError(errno.ENOSPC, str(full)) from full
        except Off as off:
            raise OSError(errno.EIO, str(off)) from off


class OpenFile:
    """One file as SQLite works with it."""

    def __init__(self, disk: Disk, platter: Platter) -> None:
        self._disk = disk
        self._platter = platter

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._platter.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        if self._disk.takes(offset + len(data) - len(self._platter.seen)):
            self._platter.write(bytes(data), offset)

    def xTruncate(self, size: int) -> None:
        if self._disk.takes(0):
            self._platter.truncate(size)

    def xSync(self, _flags: int) -> None:
        if self._disk.takes(0):
            self._platter.sync()

    def xFileSize(self) -> int:
        return len(self._platter.seen)

    def xSectorSize(self) -> int:
        return SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:
        return 0

    def xFileControl(self, _op: int, _ptr: int) -> bool:
        return False

    def xLock(self, _level: int) -> None:
        """One program has a machine's database; nobody to lock out."""

    def xUnlock(self, _level: int) -> None:
        """The same."""

    def xCheckReservedLock(self) -> bool:
        return False

    def xClose(self) -> None:
        """What was written stays."""


class DiskSystem(apsw.VFS):
    """SQLite's way to the disks of all simulated machines; a file's name is `<machine>/<file>`."""

    NAME = "tillhouse-simulated-disks"

    def __init__(self) -> None:
        super().__init__(self.NAME, base="")
        self.disks: dict[str, Disk] = {}

    def _find(self, name: str) -> tuple[Disk, str]:
        machine, _, file = name.lstrip("/").partition("/")
        return self.disks.get(machine, NOWHERE), file

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> Any:
        flags[1] = flags[0]
        if name is None:
            return OpenFile(Disk(), Platter())
        disk, file = self._find(name.filename() if isinstance(name, apsw.URIFilename) else name)
        if file not in disk.files:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError("no such file")
            disk.files[file] = Platter()
        return OpenFile(disk, disk.files[file])

    def xDelete(self, name: str, _sync: bool) -> None:
        disk, file = self._find(name)
        if disk.takes(0):
            disk.files.pop(file, None)

    def xAccess(self, name: str, _flags: int) -> bool:
        disk, file = self._find(name)
        return file in disk.files

    def xFullPathname(self, name: str) -> str:
        return name if name.startswith("/") else f"/{name}"


NOWHERE = Disk()
"""The disk of a machine that is no more."""
NOWHERE.buried = True
SYSTEM = DiskSystem()
