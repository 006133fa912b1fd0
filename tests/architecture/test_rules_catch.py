"""Each house rule finds a planted offence, and lets the right way pass; so a rule that went blind is noticed."""

from collections.abc import Callable, Iterator

import pytest

from tests.architecture import import_rules, tidy_rules
from tests.architecture.tree import Offence, Source

Rule = Callable[[Source], Iterator[Offence]]
LONG = "def f() -> None:\n" + "    pass\n" * 45
RULE, SLICE = "edge/runtime/rule.py", "shared/domain/raffle/decide.py"
PATCH = "from unittest import mock\n"

PLANTED: list[tuple[Rule, str, str]] = [
    (tidy_rules.file_is_short, RULE, "x = 1\n" * 401),
    (tidy_rules.functions_are_short, RULE, LONG),
    (tidy_rules.functions_are_short, "tests/slices/test_sale.py", LONG + "    pass\n" * 20),
    (tidy_rules.names_say_something, "hub/office/utils.py", ""),
    (tidy_rules.names_say_something, "hub/common/orders.py", ""),
    (tidy_rules.module_says_why, RULE, "x = 1\n"),
    (tidy_rules.time_is_handed_in, RULE, "from datetime import datetime\nx = datetime.now()\n"),
    (tidy_rules.time_is_handed_in, RULE, "import time\nx = time.time()\n"),
    (tidy_rules.chance_is_handed_in, RULE, "import random\nx = random.choice([1])\n"),
    (tidy_rules.chance_is_handed_in, RULE, "from random import choice\n"),
    (tidy_rules.chance_is_handed_in, RULE, "import uuid\nx = uuid.uuid4()\n"),
    (tidy_rules.nothing_prints, RULE, "print('sold')\n"),
    (tidy_rules.nothing_is_patched, "tests/test_sale.py", PATCH),
    (tidy_rules.nothing_is_patched, "tests/test_sale.py", "def test_a(monkeypatch): ...\n"),
    (tidy_rules.nothing_is_skipped, "tests/test_sale.py", "import pytest\npytest.skip('no printer')\n"),
    (tidy_rules.nothing_is_skipped, "tests/test_sale.py", "import pytest\n@pytest.mark.xfail\ndef test_a(): ...\n"),
    (tidy_rules.no_promises_in_comments, RULE, "x = 1  # TO" + "DO: later\n"),
    (tidy_rules.no_promises_in_comments, RULE, "x = 1  # type" + ": ignore[misc]\n"),
    (import_rules.pure_files_stay_pure, SLICE, "import sqlalchemy\n"),
    (import_rules.pure_files_stay_pure, SLICE, "from os import environ\n"),
    (import_rules.pure_files_stay_pure, "shared/domain/raffle/project_sale.py", "import time\n"),
    (import_rules.pure_files_stay_pure, "shared/domain/raffle/judge/overlap.py", "import asyncio\n"),
    (import_rules.pure_files_stay_pure, "shared/kernel/ids.py", "import secrets\n"),
    (import_rules.slice_files_have_their_names, "shared/domain/raffle/models.py", ""),
    (
        import_rules.faces_show_only_the_pure,
        "shared/domain/raffle/__init__.py",
        "from shared.domain.raffle import rows\n",
    ),
    (import_rules.fences_hold, "edge/effects/raffle.py", "from escpos.printer import Dummy\n"),
    (import_rules.fences_hold, "shared/pipeline/bus.py", "import psycopg\n"),
    (import_rules.screens_do_not_meet, "edge/web/raffle/controller.py", "from edge.web.till.forms import Float\n"),
    (import_rules.controllers_hold_no_sql, "hub/web/raffle/controller.py", "from sqlalchemy import text\n"),
]

ALLOWED: list[tuple[Rule, str, str]] = [
    (tidy_rules.functions_are_short, "tests/slices/test_sale.py", LONG),
    (tidy_rules.module_says_why, "shared/__init__.py", ""),
    (tidy_rules.time_is_handed_in, "edge/runtime/clock.py", "import time\nx = time.time()\n"),
    (tidy_rules.chance_is_handed_in, "edge/runtime/chance.py", "import random\nx = random.randbytes(9)\n"),
    (
        tidy_rules.chance_is_handed_in,
        RULE,
        "import random\ndef f(chance: random.Random) -> float: return chance.random()\n",
    ),
    (tidy_rules.nothing_prints, "shared/console/main.py", "print('help')\n"),
    (tidy_rules.no_promises_in_comments, RULE, "x = 'TO" + "DO in a text'\n"),
    (import_rules.pure_files_stay_pure, SLICE, "import hashlib, hmac\n"),
    (import_rules.pure_files_stay_pure, "shared/domain/raffle/queries.py", "import sqlalchemy\n"),
    (import_rules.slice_files_have_their_names, SLICE, ""),
    (import_rules.slice_files_have_their_names, "shared/domain/raffle/decide_sale.py", ""),
    (import_rules.faces_show_only_the_pure, "shared/domain/raffle/__init__.py", "from .commands import Sell as Sell\n"),
    (import_rules.fences_hold, "edge/devices/serial_line.py", "import serial\n"),
    (import_rules.fences_hold, "shared/pipeline/postgres_apply.py", "import psycopg\n"),
    (import_rules.screens_do_not_meet, "edge/web/raffle/controller.py", "from edge.web.site.guards import seller\n"),
]


def _named(case: object) -> str:
    return str(getattr(case, "__name__", "_"))


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED, ids=_named)
def test_a_planted_offence_is_found(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path=path, text=text)))


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED, ids=_named)
def test_the_right_way_passes(rule: Rule, path: str, text: str) -> None:
    assert not list(rule(Source(path=path, text=text)))


def test_every_rule_has_a_planted_offence() -> None:
    assert {rule for rule, _, _ in PLANTED} == {*tidy_rules.RULES, *import_rules.RULES}


def _house(*, imports: str, declared: str, importer: str = "decide") -> tuple[Source, ...]:
    return (
        Source("shared/domain/till/decide.py", ""),
        Source("shared/domain/till/queries.py", ""),
        Source(f"shared/domain/raffle/{importer}.py", imports),
        Source("shared/domain/raffle/manifest.py", f"DEPENDS_ON = {declared}\n"),
    )


def test_an_undeclared_slice_is_found_and_a_declared_one_passes() -> None:
    imports = "from shared.domain.till import Shift\n"
    assert list(import_rules.manifests_tell_the_truth(_house(imports=imports, declared="()")))
    assert list(import_rules.manifests_tell_the_truth(_house(imports="", declared="('till',)")))
    assert not list(import_rules.manifests_tell_the_truth(_house(imports=imports, declared="('till',)")))


@pytest.mark.parametrize(
    "imports", ["from shared.domain.till.decide import rule\n", "from shared.domain.till import decide\n"]
)
def test_reaching_behind_a_face_is_found(imports: str) -> None:
    house = _house(imports=imports, declared="('till',)")
    assert list(import_rules.faces_are_respected(house[2], house))


def test_queries_may_use_queries_and_nobody_else_may() -> None:
    imports = "from shared.domain.till.queries import open_shift\n"
    from_queries = _house(imports=imports, declared="('till',)", importer="queries")
    from_rules = _house(imports=imports, declared="('till',)", importer="decide")
    assert not list(import_rules.faces_are_respected(from_queries[2], from_queries))
    assert list(import_rules.faces_are_respected(from_rules[2], from_rules))
