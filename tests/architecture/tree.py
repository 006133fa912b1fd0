"""The files of the house as the architecture tests see them: read once, parsed once, planted ones in memory too."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("edge", "hub", "shared", "firmware_profiles", "packaging")
NOT_OURS = (".venv", "build", ".git", "node_modules")


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.path)

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem

    @property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parts

    @property
    def package(self) -> str:
        """The dotted package the file stands in; an `__init__` stands in itself."""
        return ".".join(self.parts[:-1])

    @property
    def is_product(self) -> bool:
        return self.parts[0] in PRODUCT

    @property
    def is_strict(self) -> bool:
        """Product code and the tests' own tools are held to the small sizes; test files get somewhat more."""
        return self.is_product or self.path.startswith("tests/support/")

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every imported dotted name with its line; `from a import b` counts as `a.b`, relative ones made whole."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = ".".join(self.parts[: len(self.parts) - node.level]) if node.level else ""
                start = ".".join(part for part in (base, node.module) if part)
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


@dataclass(frozen=True)
class Offence:
    """One breach of one rule, said so that the reader knows what to do instead."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


@cache
def all_paths() -> tuple[str, ...]:
    """Every file that is or will be in the repository, without what git ignores; in a plain folder, all but builds."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if listed.returncode == 0:
        names = set(listed.stdout.splitlines())
    else:
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        names = {path.as_posix() for path in found if not set(path.parts) & {*NOT_OURS, "__pycache__", "built"}}
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def read(path: str) -> Source:
    return Source(path=path, text=(ROOT / path).read_text())


@cache
def python_sources() -> tuple[Source, ...]:
    """All Python of the house: product and tests."""
    return tuple(read(path) for path in all_paths() if path.endswith(".py"))


def report(offences: Iterator[Offence] | list[Offence]) -> str:
    """The offences as lines for an assertion; empty when there are none."""
    return "\n".join(str(offence) for offence in offences)
