"""The command `tillhouse`: one side installed is enough, and every error is a sentence with the way out."""

from importlib.metadata import EntryPoint

import click
import pytest

from shared.console.main import run
from shared.kernel.errors import StorageFault

HERE = "tests.console.test_tillhouse_command"
SIDES = (
    EntryPoint("edge", f"{HERE}:sample", "tillhouse.commands"),
    EntryPoint("hub", "no_such_side.console:hub", "tillhouse.commands"),
)


@click.group()
def sample() -> None:
    """A side for these tests."""


@sample.command()
def serve() -> None:
    click.echo("serving")


@sample.command()
def full() -> None:
    raise StorageFault


@sample.command()
def broken() -> None:
    raise KeyError("drawer")


def test_a_side_that_is_installed_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["edge", "serve"], SIDES) == 0
    assert capsys.readouterr().out == "serving\n"


def test_a_side_that_is_not_installed_says_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hub", "serve", "--port", "8400"], SIDES) == 1
    assert "hub side is not installed here" in (said := capsys.readouterr().err)
    assert "pip install '.[hub]'" in said


@pytest.mark.parametrize(
    "arguments", [["--help"], [], ["edge", "--help"], ["edge", "serve", "--help"], ["hub", "--help"]]
)
def test_every_command_explains_itself(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = run(arguments, SIDES)
    said = capsys.readouterr()
    assert "Usage: tillhouse" in said.out + said.err
    assert code == (0 if arguments else 2)


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], SIDES) == 0
    assert capsys.readouterr().out.startswith("tillhouse ")


def test_an_error_of_the_house_is_one_sentence_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["edge", "full"], SIDES) == 1
    assert capsys.readouterr().err == f"{StorageFault.sentence}\n"


def test_our_own_bug_is_a_sentence_that_says_how_to_see_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["edge", "broken"], SIDES) == 1
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "TILLHOUSE_TRACE=1" in said
    assert "Traceback" not in said


def test_a_command_that_does_not_exist_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kasse"], SIDES) == 2
    assert "No such command 'kasse'" in capsys.readouterr().err
