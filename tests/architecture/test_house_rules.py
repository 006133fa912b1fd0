"""The house keeps its own rules: sizes, names, banned calls, imports and faces of slices."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture import import_rules, tidy_rules
from tests.architecture.tree import ROOT, Offence, Source, python_sources, report

Rule = Callable[[Source], Iterator[Offence]]


@pytest.mark.parametrize("rule", [*tidy_rules.RULES, *import_rules.RULES], ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    offences = report([offence for source in python_sources() for offence in rule(source)])
    assert not offences, "\n" + offences


def test_another_slice_is_seen_only_through_its_face() -> None:
    sources = python_sources()
    offences = report([found for source in sources for found in import_rules.faces_are_respected(source, sources)])
    assert not offences, "\n" + offences


def test_every_manifest_names_the_slices_it_stands_on() -> None:
    offences = report(list(import_rules.manifests_tell_the_truth(python_sources())))
    assert not offences, "\n" + offences


def test_the_import_contracts_hold() -> None:
    assert lint_imports(config_filename=str(Path(ROOT / ".importlinter")), no_cache=True) == EXIT_STATUS_SUCCESS
