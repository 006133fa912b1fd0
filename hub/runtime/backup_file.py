"""The backup's file: all tables in one compressed stream, a signed manifest behind it, and a digest over both.

    tillhouse backup 1\n | zstd stream of sections | manifest, a signed document | its length, 8 bytes | SHA-256

A section is a header (which table, which columns), frames of data, and an empty frame. The manifest comes last because
it counts what was written. The digest finds every changed byte; the signature says that it is this hub's own.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec
import zstandard

from hub.runtime.durable_file import give_name
from hub.runtime.postgres_faults import DatabaseFault
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, SignedDocument, open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature

MAGIC = b"tillhouse backup 1\n"
BACKUP_TAG = "tillhouse/backup/v1"
DIGEST_BYTES, LENGTH_BYTES, FRAME_LENGTH_BYTES = 32, 8, 4
FRAME_BYTES = 256 * 1024
FRAME_BYTES_MAX = 64 * 1024 * 1024
MANIFEST_BYTES_MAX = 256 * 1024 * 1024
READ_BYTES = 1024 * 1024
ZSTD_LEVEL = 6
KEYS_SECTION = "keys"


class BackupUnfit(DatabaseFault):
    """The file is no backup, is damaged, or is not this hub's."""

    code = "backup.unfit"
    sentence = "{file} cannot be restored: {reason}. Nothing was changed; take another copy of it."


class BackupThere(DatabaseFault):
    """A backup never takes the place of another file."""

    code = "backup.there"
    sentence = "{file} exists already. Give the backup another name; nothing was overwritten."


class JournalMark(msgspec.Struct, frozen=True, array_like=True):
    """Where one journal ended when the backup was made."""

    owner: Owner
    seq: int
    hash: bytes


class OrganizationMark(msgspec.Struct, frozen=True):
    """One organisation of the backup: the hub's generation and epoch, and the end of each journal."""

    org_id: UUID
    generation: int
    epoch: int
    journals: tuple[JournalMark, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the backup holds; `tables` counts rows, `revision` is the schema's, `made_ms` when its snapshot was."""

    revision: str
    made_ms: int
    hub_node: UUID
    hub_key: bytes
    organizations: tuple[OrganizationMark, ...]
    tables: dict[str, int]
    with_keys: bool


class Section(msgspec.Struct, frozen=True):
    """A table and its columns in the order of the data, which is in COPY's text format."""

    name: str
    columns: tuple[str, ...]


class BackupWriter:
    """Writes one file, unfinished under another name until `finish`; mode 600, for it holds everything."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_name(f"{path.name}.unfinished")
        if path.exists():
            raise BackupThere(file=path)
        self._unfinished.unlink(missing_ok=True)
        self._file = os.fdopen(os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._hash = hashlib.sha256()
        self._write(MAGIC)
        self._zstd = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compressobj()

    def begin(self, section: Section) -> None:
        """A section begins."""
        self.add(encode(section))

    def add(self, data: bytes) -> None:
        """One frame of the section, of at least a byte."""
        assert 0 < len(data) <= FRAME_BYTES_MAX, "a frame that nobody could read back"
        self._write(self._zstd.compress(len(data).to_bytes(FRAME_LENGTH_BYTES, "big") + data))

    def end(self) -> None:
        """The section ends."""
        self._write(self._zstd.compress(bytes(FRAME_LENGTH_BYTES)))

    def finish(self, manifest: Manifest, key: NodeKey) -> bytes:
        """Seal the file and give it its name; its digest."""
        self._write(self._zstd.flush())
        document = key.document(BACKUP_TAG, encode(manifest))
        self._write(document + len(document).to_bytes(LENGTH_BYTES, "big"))
        digest = self._hash.digest()
        self._file.write(digest)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        try:
            give_name(self._unfinished, self._path)
        except FileExistsError:
            raise BackupThere(file=self._path) from None
        return digest

    def give_up(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._unfinished.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)


class BackupFile:
    """A backup whose every byte was checked; `assert_of` asks whose it is."""

    def __init__(self, path: Path) -> None:
        """BackupUnfit for a file that is none, or not as it was written."""
        self.path = path
        try:
            with path.open("rb") as file:
                size, self.digest = _checked(path, file)
                self._document, self._body_end = _document(path, file, size)
        except OSError as problem:
            raise BackupUnfit(file=path, reason=problem.strerror or "it cannot be read") from problem
        try:
            self.manifest = decode(_payload(self._document), Manifest)
        except msgspec.DecodeError as error:
            raise BackupUnfit(file=path, reason="its manifest cannot be read; a newer program made it") from error

    def assert_of(self, hub_node: UUID, public: bytes) -> None:
        """BackupUnfit unless the hub with this key wrote it."""
        try:
            open_document(self._document, tag=BACKUP_TAG, public=public)
        except BadSignature as error:
            raise BackupUnfit(file=self.path, reason="another hub made it; put that hub's hub.key in place") from error
        if self.manifest.hub_node != hub_node:
            raise BackupUnfit(file=self.path, reason="another hub made it; put that hub's hub.key in place")

    def sections(self) -> Iterator[tuple[Section, Iterator[bytes]]]:
        """The sections in order; the data of each must be read before the next."""
        with self.path.open("rb") as file:
            frames = self._frames(file)
            for header in frames:
                yield decode(header, Section), iter(lambda: next(frames), b"")

    def _frames(self, file: BinaryIO) -> Iterator[bytes]:
        file.seek(len(MAGIC))
        unpacked, left = zstandard.ZstdDecompressor().decompressobj(), self._body_end - len(MAGIC)
        waiting = bytearray()
        while left or waiting:
            data = file.read(min(READ_BYTES, left))
            left -= len(data)
            waiting += unpacked.decompress(data) if data else b""
            yield from _whole_frames(waiting)
            if not left and waiting:
                raise BackupUnfit(file=self.path, reason="it ends within a table")


def _whole_frames(waiting: bytearray) -> Iterator[bytes]:
    while len(waiting) >= FRAME_LENGTH_BYTES:
        length = int.from_bytes(waiting[:FRAME_LENGTH_BYTES], "big")
        end = FRAME_LENGTH_BYTES + length
        if len(waiting) < end:
            return
        frame = bytes(waiting[FRAME_LENGTH_BYTES:end])
        del waiting[:end]
        yield frame


def _checked(path: Path, file: BinaryIO) -> tuple[int, bytes]:
    """The file's size and digest; BackupUnfit unless the digest is the one at its end."""
    size = os.fstat(file.fileno()).st_size
    if file.read(len(MAGIC)) != MAGIC or size < len(MAGIC) + LENGTH_BYTES + DIGEST_BYTES:
        raise BackupUnfit(file=path, reason="it is no backup of a hub, or damaged in its first bytes")
    found, left = hashlib.sha256(MAGIC), size - len(MAGIC) - DIGEST_BYTES
    while left and (data := file.read(min(READ_BYTES, left))):
        found.update(data)
        left -= len(data)
    digest = file.read(DIGEST_BYTES)
    if digest != found.digest():
        raise BackupUnfit(file=path, reason="it is damaged or cut short")
    return size, digest


def _document(path: Path, file: BinaryIO, size: int) -> tuple[bytes, int]:
    """The signed manifest, and where the tables end."""
    end = size - DIGEST_BYTES - LENGTH_BYTES
    file.seek(end)
    length = int.from_bytes(file.read(LENGTH_BYTES), "big")
    if not 0 < length <= min(MANIFEST_BYTES_MAX, end - len(MAGIC)):
        raise BackupUnfit(file=path, reason="its manifest is not where it should be")
    file.seek(end - length)
    return file.read(length), end - length


def _payload(document: bytes) -> bytes:
    """What a signed document says, before it is known whose key must have signed it."""
    return decode(document, SignedDocument).payload
