"""The organisation's contact key on this unit: a file of mode 600 beside its keys, outside every database.

Under it a phone becomes the digest that finds a person again (decision 0015). It comes from the hub, sealed to this
unit, when it enrols; without it no phone is taken down.
"""

import os
from pathlib import Path
from uuid import UUID

import msgspec

from shared.journal.vault import KEY_BYTES
from shared.kernel.codec import decode_json

CONTACT_KEY_FILE = "contact.key"


class _Kept(msgspec.Struct, frozen=True):
    org_id: UUID
    contact_key: str


def store_contact_key(path: Path, org_id: UUID, contact_key: bytes) -> None:
    """Write it in one piece, readable by this unit's user alone."""
    assert len(contact_key) == KEY_BYTES
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(_Kept(org_id, contact_key.hex())))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_contact_key(path: Path, org_id: UUID) -> bytes | None:
    """The key of this organisation; None where there is none yet, or none that can be read: the hub gives it again."""
    try:
        kept = decode_json(path.read_bytes(), _Kept)
        found = bytes.fromhex(kept.contact_key)
    except (OSError, ValueError):
        return None
    return found if kept.org_id == org_id and len(found) == KEY_BYTES else None
