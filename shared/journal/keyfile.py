"""Private keys on disk: one file, mode 600, outside every database (design §5, §6)."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec

from shared.journal.signing import NodeKey
from shared.kernel.codec import decode_json
from shared.kernel.errors import EvidenceError
from shared.kernel.ids import uuid7


class KeyFileUnreadable(EvidenceError):
    """The key file is there and holds no keys."""

    code = "evidence.key_file"
    sentence = "The key file {path} cannot be read. Put its backup in place; a new key is a new unit."


class FormerKeys(msgspec.Struct, frozen=True):
    """The keys of an epoch that is over: what it still holds goes up under them (hex)."""

    epoch: int
    sign_seed: str
    seal_seed: str

    def node_key(self) -> NodeKey:
        """The keys, ready to sign and open."""
        return NodeKey(bytes.fromhex(self.sign_seed), bytes.fromhex(self.seal_seed))


class Keys(msgspec.Struct, frozen=True):
    """Who a node is: its id, the seeds of its two keys, and a key for secrets that rest in its database (hex)."""

    node_id: UUID
    sign_seed: str
    seal_seed: str
    rest_key: str
    epoch: int = 1
    former: tuple[FormerKeys, ...] = ()

    def __post_init__(self) -> None:
        """ValueError unless each secret is 32 bytes in hex."""
        if any(len(bytes.fromhex(secret)) != 32 for secret in (self.sign_seed, self.seal_seed, self.rest_key)):
            raise ValueError("a key has 32 bytes")

    def node_key(self) -> NodeKey:
        """The keys, ready to sign and open."""
        return NodeKey(bytes.fromhex(self.sign_seed), bytes.fromhex(self.seal_seed))


def read_or_make_keys(path: Path, *, now_ms: int, chance: Callable[[int], bytes]) -> Keys:
    """The keys at `path`; made (mode 600) on the first call. KeyFileUnreadable when the file holds none."""
    if not path.exists():
        write_keys(path, Keys(uuid7(now_ms, chance(10)), chance(32).hex(), chance(32).hex(), chance(32).hex()))
    return read_keys(path)


def write_keys(path: Path, keys: Keys) -> None:
    """Write the keys in one piece, readable by this node's user alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(keys))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_keys(path: Path) -> Keys:
    """The keys at `path`; KeyFileUnreadable when the file holds none."""
    try:
        return decode_json(path.read_bytes(), Keys)
    except (OSError, ValueError) as error:
        raise KeyFileUnreadable(path=path.name) from error
