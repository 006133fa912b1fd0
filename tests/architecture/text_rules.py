"""Rules about the house's texts: documents, locks and what no file of a public tree may name."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from tests.architecture.tree import Offence, Source

DECISION = re.compile(r"docs/decisions/(\d{4})-[a-z0-9-]+\.md")
HEADINGS = ("Context", "Decision", "Consequences", "Alternatives")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TEXT_SUFFIXES = {
    *(".py", ".md", ".toml", ".lock", ".json", ".html", ".css", ".js", ".ini", ".cfg", ".sh", ".yml", ".yaml", ".txt"),
    *(".svg", ".sql", ".webmanifest", "", ".importlinter", ".npmrc"),
}
_HOSTS = ("pypi" + r"\.org", "pythonhosted" + r"\.org", r"registry\.npm" + r"js\.org", r"registry\.yarn" + r"pkg\.com")
INDEX_HOST = re.compile("|".join((*_HOSTS, r"--(extra-)?index-" + "url[ =]", "^registry" + "=")), re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w.}/-])/" + r"(root|work|Users|mnt/\w+|home/[a-z]\w*|opt/pypi|tmp/bash_jobs)/\w")


def files_name_no_machine(source: Source) -> Iterator[Offence]:
    """No path of somebody's machine, no host of a package index: the tree is the same for everybody."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := MACHINE_PATH.search(line):
            yield Offence(source.path, number, f"“{found.group()}…” is a path of one machine; take it from a setting")
        if found := INDEX_HOST.search(line):
            yield Offence(source.path, number, f"“{found.group()}” is a package index; that is the machine's choice")


def locks_are_hashed(source: Source) -> Iterator[Offence]:
    """Every requirement of a lock file is pinned and carries hashes."""
    blocks = re.split(r"\n(?=[a-z])", re.sub(r"^\s*#.*\n", "", source.text, flags=re.MULTILINE))
    for block in filter(str.strip, blocks):
        name = block.split(maxsplit=1)[0]
        if "==" not in name or "--hash=sha256:" not in block:
            yield Offence(source.path, 1, f"{name} has no version or no hash; run make lock")


def decision_has_its_headings(source: Source) -> Iterator[Offence]:
    """One page, four headings, in order."""
    found = re.findall(r"^## (.+)$", source.text, re.MULTILINE)
    if [heading for heading in found if heading in HEADINGS] != list(HEADINGS):
        yield Offence(source.path, 1, f"a decision has the headings {', '.join(HEADINGS)}, in this order")


def decisions_are_numbered(paths: tuple[str, ...]) -> Iterator[Offence]:
    """From 0001 without gap or double."""
    numbers = sorted(int(match.group(1)) for path in paths if (match := DECISION.fullmatch(path)))
    if numbers != list(range(1, len(numbers) + 1)):
        yield Offence("docs/decisions", 1, f"decisions are numbered from 0001 without gap; found {numbers}")


def links_resolve(source: Source, exists: Callable[[str], bool]) -> Iterator[Offence]:
    """Every relative link of a document leads to a file or folder of the tree."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:|#", target):
                continue
            place = _joined(PurePosixPath(source.path).parent, target.split("#")[0])
            if not exists(place):
                yield Offence(source.path, number, f"the link {target} leads nowhere")


def _joined(folder: PurePosixPath, target: str) -> str:
    parts: list[str] = []
    for part in (folder / target).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def changelog_is_current(changelog: str, version: str) -> Iterator[Offence]:
    """The top entry of the changelog is the version of pyproject.toml, and says what happened to fact types."""
    entries = re.findall(r"^## \[?(\d+\.\d+\.\d+)\]?", changelog, re.MULTILINE)
    if entries[:1] != [version]:
        yield Offence("CHANGELOG.md", 1, f"the top entry is {entries[:1]}, pyproject.toml says {version}")
    if "### Events" not in changelog:
        yield Offence("CHANGELOG.md", 1, "fact types added or changed stand under the heading Events")


def readme_has_its_commands(readme: str, commands: Mapping[str, str]) -> Iterator[Offence]:
    """The two commands a new user needs stand in the README as code."""
    for command, purpose in commands.items():
        if not re.search(rf"^{command}\b", readme, re.MULTILINE):
            yield Offence("README.md", 1, f"the README shows `{command}`, to {purpose}")
