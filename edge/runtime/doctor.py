"""`tillhouse edge doctor`: is this unit well? It looks and changes nothing, whether the unit serves just then or not.

What stands here needs no database: the folder, keys, to whom the unit belongs, room, clock. The journal is looked at in
`doctor_journal.py`, hub and printer in `doctor_outside.py`.
"""

import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import msgspec

from edge.runtime.folder_lock import LOCK_FILE
from edge.runtime.membership import Membership, NotJoined, read_membership
from edge.runtime.settings import Settings
from shared.console.checkup import Check, Finding, attention, ok, stop
from shared.journal.entry import Owner
from shared.journal.keyfile import Keys, read_keys
from shared.kernel.clock import Clock

DISK_FREE_BYTES_STOP = 64 * 1024 * 1024
DISK_FREE_BYTES_LOW = 512 * 1024 * 1024
MB = 1_000_000
NOT_THERE = "There is no folder of a unit at {folder}."


class Patient(msgspec.Struct):
    """The unit that is looked at; keys and membership are there once they could be read.

    `tell` says how far a long check is.
    """

    settings: Settings
    clock: Clock
    deep: bool = False
    tell: Callable[[str], None] = lambda _said: None
    keys: Keys | None = None
    membership: Membership | None = None

    @property
    def owner(self) -> Owner | None:
        """Today's journal; None for a unit that belongs to nobody or whose keys cannot be read."""
        if self.keys is None or self.membership is None:
            return None
        return Owner(self.membership.org_id, self.keys.node_id, self.keys.epoch)

    @property
    def owners(self) -> tuple[Owner, ...]:
        """The journals of all its epochs, today's last."""
        if self.keys is None or self.membership is None or self.owner is None:
            return ()
        org_id, node_id = self.membership.org_id, self.keys.node_id
        return (*(Owner(org_id, node_id, one.epoch) for one in self.keys.former), self.owner)

    def public_of(self, owner: Owner) -> bytes:
        """The public key that signs a journal of this unit."""
        assert self.keys is not None
        former = {one.epoch: one.node_key().sign_public for one in self.keys.former}
        return former.get(owner.epoch) or self.keys.node_key().sign_public

    @property
    def hub_url(self) -> str:
        """Where the hub is; empty when nobody said."""
        return self.settings.hub_url or (self.membership.hub_url if self.membership else "")


def is_served(folder: Path) -> bool:
    """Whether a process serves this folder now; asks for its lock together with others, and lets go at once."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def first_checks(patient: Patient) -> list[Check]:
    """What is asked of every folder; the others need what these find."""
    return [
        ("Folder", lambda: check_folder(patient)),
        ("Keys", lambda: check_keys(patient)),
        ("Enrolment", lambda: check_membership(patient)),
        ("Disk", lambda: check_disk(patient)),
    ]


def check_folder(patient: Patient) -> Iterator[Finding]:
    """It is there, ours to write, and nobody else may."""
    folder = patient.settings.folder
    if not folder.is_dir():
        yield stop("Folder", NOT_THERE.format(folder=folder), "Name the unit's folder with --folder.")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield stop("Folder", f"{folder} cannot be written by this user.", "Run as the user who serves the unit.")
    elif mode & 0o022:
        yield attention("Folder", f"{folder} may be written by others ({mode:04o}).", f"chmod 700 {folder}")
    else:
        serves = "the unit serves now" if is_served(folder) else "nobody serves it now"
        yield ok("Folder", f"{folder}, {mode:04o}; {serves}.")


def check_keys(patient: Patient) -> Iterator[Finding]:
    """The private keys are there and for their owner alone."""
    settings = patient.settings
    if not settings.key_file.exists():
        todo = "Put the folder's own copy back, or enrol this unit anew: tillhouse edge enrol."
        yield stop("Keys", f"{settings.key_file.name} is missing.", todo)
        return
    patient.keys = read_keys(settings.key_file)
    open_ones = [path for path in _secrets(settings) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_ones:
        mode = stat.S_IMODE(path.stat().st_mode)
        yield stop("Keys", f"{path.name} may be read by others ({mode:04o}).", f"chmod 600 {path}")
    if not open_ones:
        yield ok("Keys", f"{settings.key_file.name}, for its owner alone (0600), epoch {patient.keys.epoch}.")


def _secrets(settings: Settings) -> list[Path]:
    pending = settings.key_file.with_name("node.key.pending")
    return [path for path in (settings.key_file, pending, settings.contact_key_file) if path.exists()]


def check_membership(patient: Patient) -> Iterator[Finding]:
    """It belongs to an organisation, and the file is for these keys."""
    node_id = patient.keys.node_id if patient.keys else UUID(int=0)
    if patient.keys is None:
        return
    try:
        patient.membership = read_membership(patient.settings.membership_file, node_id=node_id)
    except NotJoined:
        todo = "Make a code at the hub (Units, Add a unit), then: tillhouse edge enrol CODE"
        yield attention("Enrolment", "This unit belongs to no organisation yet.", todo)
        return
    unit = patient.membership.unit
    yield ok("Enrolment", f"{unit.name} ({unit.code}), organisation {patient.membership.org_id}.")


def check_disk(patient: Patient) -> Iterator[Finding]:
    """There is room for an evening's sales."""
    folder = patient.settings.folder
    if not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    said = f"{free // MB:,} MB free."
    if free < DISK_FREE_BYTES_STOP:
        yield stop("Disk", said, "Free the disk: a unit that cannot store a sale sells nothing.")
    elif free < DISK_FREE_BYTES_LOW:
        yield attention("Disk", said, "Free the disk before the next event.")
    else:
        yield ok("Disk", said)
