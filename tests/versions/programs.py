"""Programs of this house as processes: today's, and a released one taken out of the repository's own history."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.demo import wait_for

HERE = Path(__file__).resolve().parents[2]
RELEASES = {"0.1.0": "16bd5ed"}
START_S_MAX = 60.0
STOP_S_MAX = 40.0


class NoHistory(Exception):
    """A shallow clone has no released programs."""

    def __init__(self, commit: str) -> None:
        super().__init__(f"Commit {commit} is not in this clone; fetch the whole history: git fetch --unshallow.")


class Program:
    """One version's command `tillhouse`, run from its own tree with this environment's packages."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._environ = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}

    def _command(self, words: Sequence[str | Path]) -> list[str]:
        return [sys.executable, "-m", "shared.console.main", *map(str, words)]

    def run(self, *words: str | Path, given: str = "") -> str:
        """What the command printed; an assertion with its words when it failed."""
        ended = subprocess.run(
            self._command(words), input=given, cwd=self._tree, env=self._environ, capture_output=True, text=True,
            timeout=START_S_MAX, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, f"{' '.join(map(str, words[:2]))}: {ended.stderr[-600:]}"
        return ended.stdout

    @contextmanager
    def serving(self, words: Sequence[str | Path], url: str, log: Path) -> Iterator[str]:
        """The command as a process of its own that answers at `url`; ended by SIGTERM, which it must take well."""
        with log.open("ab") as said:
            child = subprocess.Popen(
                self._command(words), stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self._tree,
                env=self._environ, start_new_session=True,
            )  # fmt: skip
        try:
            _wait_up(url, child, log)
            yield url
            child.terminate()
            assert child.wait(STOP_S_MAX) == 0, log.read_text()[-600:]
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait(STOP_S_MAX)


def _wait_up(url: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    try:
        wait_for(f"{url} answers", lambda: child.poll() is not None or _answers(url), START_S_MAX)
        assert child.poll() is None, "it ended at once"
    except AssertionError as problem:
        raise AssertionError(f"{problem}; it said: {log.read_text(errors='replace')[-900:]}") from problem


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/login", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def today() -> Program:
    """The program as it stands here."""
    return Program(HERE)


def released(version: str, folder: Path) -> Program:
    """The program of a release, unpacked below `folder`; NoHistory in a clone without it."""
    commit = RELEASES[version]
    packed = subprocess.run(["git", "archive", "--format=tar", commit], cwd=HERE, capture_output=True, check=False)
    if packed.returncode:
        raise NoHistory(commit)
    tree = folder / version
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(tree, filter="data")
    return Program(tree)
