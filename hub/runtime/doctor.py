"""`tillhouse hub doctor`: is this hub well? It looks and changes nothing, whether the hub serves just then or not.

What stands here needs no database: folder, keys, the authority, the server's certificate, room. The database is looked
at in `doctor_database.py`, the journals in `doctor_journals.py`.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from hub.runtime.authority import (
    AUTHORITY_FILE,
    AUTHORITY_KEY_FILE,
    SERVER_FILE,
    AuthorityBroken,
    read_or_make_authority,
)
from hub.runtime.place import KEY_FILE, HubPlace
from hub.runtime.roles import PASSFILE
from shared.console.checkup import Bar, Check, Finding, attention, ok, stop
from shared.journal.chance import chance_bytes
from shared.journal.keyfile import read_keys
from shared.kernel.clock import DAY_MS, Clock

DISK_FREE_BYTES_STOP = 256 * 1024 * 1024
DISK_FREE_BYTES_LOW = 2 * 1024 * 1024 * 1024
MB = 1_000_000
CERTIFICATE_DAYS_MIN = 14
BACKUP_DAYS_MAX = 7


class Patient:
    """The hub that is looked at; `deep` follows every journal from its first entry."""

    def __init__(self, place: HubPlace, clock: Clock, bar: Bar, *, deep: bool) -> None:
        self.place = place
        self.clock = clock
        self.bar = bar
        self.deep = deep

    @property
    def is_hub(self) -> bool:
        """Whether a hub's keys lie here; nothing is made for a folder in which they do not."""
        return (self.place.folder / KEY_FILE).is_file()

    @property
    def now_ms(self) -> int:
        """The machine's clock."""
        return self.clock.now().wall_ms


def folder_checks(patient: Patient) -> list[Check]:
    """What is asked of every folder."""
    checks: list[Check] = [("Keys", lambda: check_keys(patient))]
    if patient.is_hub:
        checks += [
            ("Authority", lambda: check_authority(patient)),
            ("TLS", lambda: check_certificate(patient)),
            ("Disk", lambda: check_disk(patient)),
        ]
    return checks


def check_keys(patient: Patient) -> Iterator[Finding]:
    """The hub's keys and passwords are there and for their owner alone."""
    folder = patient.place.folder
    if not patient.is_hub:
        yield stop("Keys", f"{folder} holds no hub ({KEY_FILE} is missing).", "Name the hub's folder with --folder.")
        return
    read_keys(folder / KEY_FILE)
    patient.place.generations.read()
    open_ones = [path for path in _secrets(folder) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_ones:
        mode = stat.S_IMODE(path.stat().st_mode)
        yield stop("Keys", f"{path.name} may be read by others ({mode:04o}).", f"chmod 600 {path}")
    if not os.access(folder, os.W_OK | os.X_OK):
        yield stop("Keys", f"{folder} cannot be written by this user.", "Run as the user who serves the hub.")
    elif not open_ones:
        yield ok("Keys", f"{KEY_FILE} and what stands beside it, for their owner alone (0600).")


def _secrets(folder: Path) -> list[Path]:
    names = (KEY_FILE, PASSFILE, AUTHORITY_KEY_FILE, SERVER_FILE, "address.json")
    return [folder / name for name in names if (folder / name).exists()]


def check_authority(patient: Patient) -> Iterator[Finding]:
    """Both halves of the hub's own authority are there and belong together; units pin no other."""
    folder = patient.place.folder
    halves = [name for name in (AUTHORITY_FILE, AUTHORITY_KEY_FILE) if (folder / name).exists()]
    if patient.place.settings.tls != "own" and not halves:
        yield ok("Authority", "Not its own: settings name another, or a proxy ends TLS.")
    elif AUTHORITY_FILE not in halves:
        yield attention("Authority", "There is none yet.", "Serve the hub once; it makes its own authority.")
    else:
        try:
            read_or_make_authority(folder, now_ms=patient.now_ms, chance=chance_bytes)
        except AuthorityBroken as error:
            yield stop("Authority", str(error), "Units trust no other; the hub's backup made with keys holds it.")
        else:
            yield ok("Authority", f"{AUTHORITY_FILE} and its key belong together.")


def check_certificate(patient: Patient) -> Iterator[Finding]:
    """What the server shows has not ended, and will not soon."""
    settings, folder = patient.place.settings, patient.place.folder
    if settings.tls == "off":
        yield ok("TLS", "Off; a proxy on this machine ends it and watches its own certificate.")
        return
    own = settings.tls == "own"
    path = folder / SERVER_FILE if own else settings.tls_certificate
    if path is None or not path.exists():
        yield attention("TLS", "No certificate is shown yet.", "Serve the hub once.")
        return
    ends = x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc
    days = (ends - datetime.fromtimestamp(patient.now_ms // 1_000, UTC)).days
    said = f"{path.name} is good for {days} days, until {ends:%Y-%m-%d}."
    todo = "Serve the hub; it renews its own certificate." if own else f"Renew {path}; a hub that serves takes it up."
    if days < 0:
        yield stop("TLS", f"{path.name} ended {ends:%Y-%m-%d}.", todo)
    elif days < CERTIFICATE_DAYS_MIN:
        yield attention("TLS", said, todo)
    else:
        yield ok("TLS", said)


def check_disk(patient: Patient) -> Iterator[Finding]:
    """There is room for what units bring."""
    free = shutil.disk_usage(patient.place.folder).free
    said = f"{free // MB:,} MB free."
    if free < DISK_FREE_BYTES_STOP:
        yield stop("Disk", said, "Free the disk now: a database without room takes no sales. Units keep theirs.")
    elif free < DISK_FREE_BYTES_LOW:
        yield attention("Disk", said, "Free the disk before the next event.")
    else:
        yield ok("Disk", said)


def days_text(ms: int) -> str:
    """`today`, `1 day ago`, `12 days ago`."""
    days = max(0, ms) // DAY_MS
    return "today" if days == 0 else "1 day ago" if days == 1 else f"{days} days ago"
