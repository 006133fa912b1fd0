"""The archive: journals of one node in a file, for whoever checks them without this program (design §5, §9).

Uncompressed: a line that says what it is, one msgpack array, the SHA-256 of both, and a line that ends it. An inspector
needs a small reader and a key, and finds every changed byte; the digest guards labels that no signature covers, and a
file without its last line was cut short.
"""

import hashlib
from typing import Annotated
from uuid import UUID

import msgspec

from shared.kernel.codec import decode, encode
from shared.kernel.errors import InputRefused
from shared.kernel.limits import ENTRY_BYTES_MAX

MAGIC = b"tillhouse archive 1\n"
END = b"\nend of archive\n"
DIGEST_BYTES = 32
KEY_BYTES = 32
ARCHIVE_BYTES_MAX = 1024 * 1024 * 1024
ARCHIVE_JOURNALS_MAX = 256
JOURNAL_ENTRIES_MAX = 5_000_000
JOURNAL_HEADS_MAX = 100_000
HEAD_BYTES_MAX = 4_096
CERTIFICATE_BYTES_MAX = 16 * 1024


class Checkpoint(msgspec.Struct, frozen=True, array_like=True):
    """The last entry that was purged: the next one continues this seq and hash."""

    seq: int
    hash: bytes


class ArchivedJournal(msgspec.Struct, frozen=True, array_like=True):
    """One journal: its exact entries behind `checkpoint` (from the beginning when there is none).

    `public` is the node's Ed25519 key of this epoch; `heads` are signed heads, `receipts` heads that the hub
    cosigned, the last of either standing at the last entry. `certificate` is the hub's word that the key is the
    node's, where the unit holds one. `branch` tells two histories of one epoch apart.
    """

    org: UUID
    node: UUID
    epoch: int
    branch: int
    public: bytes
    checkpoint: Checkpoint | None
    entries: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=JOURNAL_ENTRIES_MAX)]
    heads: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=JOURNAL_HEADS_MAX)]
    receipts: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=JOURNAL_HEADS_MAX)]
    certificate: bytes = b""


class Archive(msgspec.Struct, frozen=True, array_like=True):
    """What the file holds: the hub's node id, whose receipts and leases stand inside, and the journals."""

    hub: UUID
    journals: Annotated[tuple[ArchivedJournal, ...], msgspec.Meta(max_length=ARCHIVE_JOURNALS_MAX)]


def write_archive(archive: Archive) -> bytes:
    """The bytes of the file; InputRefused when they would be more than a file may hold."""
    _check(archive)
    body = MAGIC + encode(archive)
    if len(body) + DIGEST_BYTES + len(END) > ARCHIVE_BYTES_MAX:
        raise _refused(f"it would be larger than {ARCHIVE_BYTES_MAX} bytes; export fewer journals")
    return body + hashlib.sha256(body).digest() + END


def read_archive(data: bytes) -> Archive:
    """The archive in a file's bytes; InputRefused when they are none, damaged, or over a limit."""
    if len(data) > ARCHIVE_BYTES_MAX:
        raise _refused(f"it is larger than {ARCHIVE_BYTES_MAX} bytes")
    if not data.startswith(MAGIC):
        raise _refused("this is no archive of a journal; export one with `tillhouse edge export --journal`")
    body, rest = data[: -DIGEST_BYTES - len(END)], data[-DIGEST_BYTES - len(END) :]
    if rest != hashlib.sha256(body).digest() + END:
        raise _refused("it is damaged or cut short; copy it again")
    try:
        archive = decode(memoryview(body)[len(MAGIC) :], Archive)
    except msgspec.DecodeError as error:
        raise _refused(f"it is not written as an archive is ({error}); export it again") from error
    _check(archive)
    return archive


def _check(archive: Archive) -> None:
    if not 0 < len(archive.journals) <= ARCHIVE_JOURNALS_MAX:
        raise _refused(f"it must hold 1 to {ARCHIVE_JOURNALS_MAX} journals")
    if len({(journal.org, journal.node) for journal in archive.journals}) != 1:
        raise _refused("its journals are not of one unit")
    for journal in archive.journals:
        _check_journal(journal)


def _check_journal(journal: ArchivedJournal) -> None:
    heads = (*journal.heads, *journal.receipts)
    at = journal.checkpoint
    if journal.epoch < 1 or journal.branch < 0 or len(journal.public) != KEY_BYTES:
        raise _refused("the epoch, the branch or the key of a journal is none")
    if at is not None and (at.seq < 1 or len(at.hash) != DIGEST_BYTES):
        raise _refused("a checkpoint is none")
    if len(journal.entries) > JOURNAL_ENTRIES_MAX:
        raise _refused(f"a journal has more than {JOURNAL_ENTRIES_MAX} entries")
    if any(len(entry) > ENTRY_BYTES_MAX for entry in journal.entries):
        raise _refused(f"an entry is larger than {ENTRY_BYTES_MAX} bytes")
    if not heads or len(heads) > JOURNAL_HEADS_MAX or any(len(head) > HEAD_BYTES_MAX for head in heads):
        raise _refused(f"a journal needs 1 to {JOURNAL_HEADS_MAX} signed heads of up to {HEAD_BYTES_MAX} bytes")
    if len(journal.certificate) > CERTIFICATE_BYTES_MAX:
        raise _refused(f"a certificate is larger than {CERTIFICATE_BYTES_MAX} bytes")


def _refused(problem: str) -> InputRefused:
    return InputRefused(field="Archive", problem=problem)
