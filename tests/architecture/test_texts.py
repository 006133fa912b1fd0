"""The house's texts are true: links lead somewhere, locks are hashed, decisions numbered, the changelog current."""

import re
import tomllib
from pathlib import PurePosixPath

import pytest

from tests.architecture import text_rules
from tests.architecture.tree import ROOT, Source, all_paths, read, report

COMMANDS = {"make demo": "start everything", "make test": "see that it works"}
LOCKS = ("requirements", "requirements-bootstrap")


def _documents() -> list[Source]:
    return [read(path) for path in all_paths() if path.endswith(".md")]


def _exists(path: str) -> bool:
    return (ROOT / path).exists()


def test_no_file_names_a_machine_or_a_package_index() -> None:
    paths = [path for path in all_paths() if PurePosixPath(path).suffix in text_rules.TEXT_SUFFIXES]
    assert "requirements.lock" in paths
    offences = report([found for path in paths for found in text_rules.files_name_no_machine(read(path))])
    assert not offences, "\n" + offences


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-bootstrap.lock"])
def test_every_line_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    assert not report(text_rules.locks_are_hashed(read(lock)))


def test_both_locks_name_the_same_installer() -> None:
    versions = {re.findall(r"^uv==\S+", read(f"{name}.lock").text, re.MULTILINE)[0] for name in LOCKS}
    assert len(versions) == 1, f"run make lock: {versions}"


def test_decisions_are_numbered_without_gap_and_have_their_headings() -> None:
    pages = [source for source in _documents() if text_rules.DECISION.fullmatch(source.path)]
    assert pages
    offences = [found for page in pages for found in text_rules.decision_has_its_headings(page)]
    offences += text_rules.decisions_are_numbered(tuple(page.path for page in pages))
    assert not offences, "\n" + report(offences)


def test_every_link_of_the_documents_leads_somewhere() -> None:
    offences = report([found for page in _documents() for found in text_rules.links_resolve(page, _exists)])
    assert not offences, "\n" + offences


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    version = tomllib.loads(read("pyproject.toml").text)["project"]["version"]
    assert not report(text_rules.changelog_is_current(read("CHANGELOG.md").text, version))


def test_the_readme_has_the_two_commands_and_the_real_page() -> None:
    readme = read("README.md").text
    assert not report(text_rules.readme_has_its_commands(readme, COMMANDS))
    assert "docs/pictures/rsu-ready-light.png" in readme


def test_every_make_target_explains_itself() -> None:
    makefile = read("Makefile").text
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)) - {"chromium"}
    assert targets == set(re.findall(r"^([a-z][a-z-]*):.*## \S", makefile, re.MULTILINE))


@pytest.mark.parametrize(
    "text",
    [
        "x = '/" + "root/app'",
        "see /" + "work/main",
        "https://pypi" + ".org/simple",
        "--index-" + "url https://x",
        "/home" + "/ann/x",
    ],
)
def test_a_planted_machine_is_found(text: str) -> None:
    assert list(text_rules.files_name_no_machine(Source("a.py", text)))


@pytest.mark.parametrize(
    "text", ["/var/lib/tillhouse/", "https://docs.example/work/x", "GET /work", "../root/x", "{base}/work/x"]
)
def test_an_ordinary_path_passes(text: str) -> None:
    assert not list(text_rules.files_name_no_machine(Source("a.py", text)))


def test_planted_faults_of_texts_are_found() -> None:
    good = "# a comment\nuv==1.0 \\\n    --hash=sha256:00\n    # via x\n"
    assert not list(text_rules.locks_are_hashed(Source("a.lock", good)))
    assert list(text_rules.locks_are_hashed(Source("a.lock", good + "click==8.1\n")))
    assert list(text_rules.locks_are_hashed(Source("a.lock", good + "click\n    --hash=sha256:00\n")))
    assert list(text_rules.decision_has_its_headings(Source("a.md", "## Context\n## Decision\n")))
    assert list(text_rules.decisions_are_numbered(("docs/decisions/0001-a.md", "docs/decisions/0003-b.md")))
    assert list(text_rules.links_resolve(Source("docs/a.md", "[b](../b.md)"), lambda path: path == "docs/b.md"))
    assert not list(text_rules.links_resolve(Source("docs/a.md", "[b](../b.md#x)"), lambda path: path == "b.md"))
    assert list(text_rules.changelog_is_current("## [0.0.9]\n### Events\n", "0.1.0"))
    assert list(text_rules.readme_has_its_commands("run it\n", COMMANDS))
