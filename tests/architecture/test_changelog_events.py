"""Whoever builds on the facts finds each of them in the changelog, under Events."""

import re

from tests.architecture.tree import read

FACT = re.compile(r"^([a-z]+\.[a-z_]+) v(\d+) of ", re.MULTILINE)


def test_every_fact_type_stands_in_the_changelog_with_its_version() -> None:
    changelog = read("CHANGELOG.md").text
    facts = FACT.findall(read("tests/slices/golden/facts.txt").text)
    assert len(facts) > 30
    told = {name for name, version in facts if f"`{name}`" + (f" {version}" if version != "1" else "") in changelog}
    assert {name for name, _ in facts} == told
