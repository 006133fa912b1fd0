"""`tillhouse verify journal`: runs the independent verifier as a program of its own, so that no code is shared.

The verifier is one file. In the source tree it lies under `packaging/verifier`; an installed package puts it beside
its other shared files, below the environment's `share/tillhouse`.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

import click

from shared.kernel.errors import TillhouseError

NAME = "verify_journal.py"
PLACES = (
    Path(__file__).resolve().parents[2] / "packaging" / "verifier" / NAME,
    Path(sysconfig.get_path("data")) / "share" / "tillhouse" / NAME,
)


class VerifierMissing(TillhouseError):
    """The verifier's file was not installed."""

    code = "console.verifier_missing"
    sentence = "The verifier {name} is not here. Take it from the source of this version and run it with Python alone."


@click.group(short_help="Check what units recorded, by a program that shares no code with this one.")
def verify() -> None:
    """Independent checks of exported files."""


@verify.command(short_help="Chain, signatures, receipts, gaps, ranges and totals of exported journals.")
@click.option("--hub-key", required=True, help="The hub's public key, as `tillhouse hub key` prints it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object of the totals, for scripts.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def journal(hub_key: str, as_json: bool, files: tuple[Path, ...]) -> int:
    """Check the FILES that `tillhouse edge export --journal` wrote.

    Ends with 0 when all of it holds, with 1 and the first bad seq when it does not, with 2 for a file that cannot be
    read, was cut short, or is of another hub's key.
    """
    program = next((place for place in PLACES if place.is_file()), None)
    if program is None:
        raise VerifierMissing(name=NAME)
    options = ["--hub-key", hub_key, *(["--json"] if as_json else [])]
    return subprocess.run([sys.executable, program, *options, "--", *files], check=False).returncode
