"""As whom Postgres runs: as ourselves, or, since it refuses root, as a service user from the password file.

All programs of the database are started through `Account.run` and `Account.spawn`: outside any unreadable current
folder, with a clean environment and, for root, without root's groups.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hub.runtime.postgres_faults import NoServiceUser

SERVICE_USERS = ("tillhouse", "postgres", "nobody")
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
PROGRAM_SECONDS_MAX = 120


@dataclass(frozen=True)
class Account:
    """The user that owns the data folder and the database processes; `switched` when it is not ourselves."""

    uid: int
    gid: int
    switched: bool

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this user, its two outputs joined; the caller looks at the return code."""
        return subprocess.run(
            [str(argument) for argument in arguments],
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PROGRAM_SECONDS_MAX,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def spawn(self, *arguments: str | Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program that stays, in a session of its own: Ctrl-C in our terminal does not reach it."""
        return subprocess.Popen(
            [str(argument) for argument in arguments],
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can pass through `folder` and everything above it; asked of the system itself."""
        return self.run("/bin/sh", "-c", 'test -x "$1"', "sh", folder).returncode == 0

    def own(self, path: Path) -> None:
        """Give `path` to this user; nothing to do for ourselves."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(existing: Path | None) -> Account:
    """The user for a data folder: its present owner when `existing` is given, else ourselves or a service user."""
    if os.getuid() != 0:
        return Account(uid=os.getuid(), gid=os.getgid(), switched=False)
    if existing is not None and existing.stat().st_uid != 0:
        owner = pwd.getpwuid(existing.stat().st_uid)
        return Account(uid=owner.pw_uid, gid=owner.pw_gid, switched=True)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in SERVICE_USERS:
        if name in known:
            return Account(uid=known[name].pw_uid, gid=known[name].pw_gid, switched=True)
    raise NoServiceUser(names=" or ".join(SERVICE_USERS))
