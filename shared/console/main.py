"""The one command `tillhouse`: it finds its sides by entry points, so it works with only one of them installed."""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points, version

import click

from shared.kernel.errors import TillhouseError

GROUP = "tillhouse.commands"
TRACE = "TILLHOUSE_TRACE"
STOPPED = 130


class SideMissing(TillhouseError):
    """A side whose packages are not on this machine."""

    code = "console.side_missing"
    sentence = "The {side} side is not installed here: {package} is missing. {cure}"


def missing_side(name: str, package: str) -> click.Command:
    """Stands for a side that cannot be loaded: it takes any arguments and says what to install."""
    extra = "edge,hub" if name == "demo" else name
    cure = f"Install it, in Tillhouse's own folder: pip install '.[{extra}]'"

    def explain() -> None:
        raise SideMissing(side=name, package=package, cure=cure)

    return click.Command(
        name,
        callback=explain,
        short_help=f"Not installed here: pip install '.[{extra}]'",
        help=f"Not installed here. {cure}",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


class Sides(click.Group):
    """A group whose commands are the sides found on this machine, loaded when they are asked for."""

    def __init__(self, sides: Sequence[EntryPoint], name: str = "tillhouse") -> None:
        super().__init__(name, help="A venue's front of house when the internet is away.")
        self.sides = {side.name: side for side in sides}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return sorted(self.sides)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in self.sides:
            return None
        try:
            command = self.sides[cmd_name].load()
        except ImportError as fault:
            if os.environ.get(TRACE):
                raise
            return missing_side(cmd_name, fault.name or str(fault))
        assert isinstance(command, click.Command), f"{cmd_name} is a click command"
        return command


def run(arguments: Sequence[str], sides: Sequence[EntryPoint]) -> int:
    """Run one command; returns the exit code. Every error is one sentence on stderr, with the way out in it."""
    program = Sides(sides)
    program = click.version_option(version("tillhouse"), prog_name="tillhouse", message="%(prog)s %(version)s")(program)
    try:
        answer = program.main(args=list(arguments), prog_name="tillhouse", standalone_mode=False)
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return STOPPED
    except TillhouseError as fault:
        click.echo(str(fault), err=True)
        return 1
    except OSError as fault:
        if os.environ.get(TRACE):
            traceback.print_exception(fault)
        place = fault.filename or "A file or folder"
        click.echo(f"{place} cannot be used: {fault.strerror or fault}. Choose another, or mend its rights.", err=True)
        return 1
    except Exception as fault:  # the last line of defence: people see a sentence, developers ask for more
        _show_bug(fault)
        return 1
    return answer if isinstance(answer, int) else 0


def _show_bug(fault: Exception) -> None:
    if os.environ.get(TRACE):
        traceback.print_exception(fault)
        return
    click.echo(
        f"Tillhouse met a fault of its own ({type(fault).__name__}: {fault}). What was stored is safe. "
        f"To see where it happened, run the same command again with {TRACE}=1 before it.",
        err=True,
    )


def main() -> None:
    """The program's entry point."""
    sys.exit(run(sys.argv[1:], tuple(entry_points(group=GROUP))))


if __name__ == "__main__":
    main()
