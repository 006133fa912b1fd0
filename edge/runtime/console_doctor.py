"""`tillhouse edge doctor`, added to the edge's commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from edge.runtime.settings import Settings

HELP = "Exit code 0: all is well; 1: somebody should look; 2: it does not work, or the evidence is wrong."


def add_doctor_command(group: click.Group, *, options: Callable[..., Any], settings: Callable[..., Settings]) -> None:
    """`options` are those that every edge command has; `settings` reads them."""

    @group.command("doctor", short_help="Look whether this unit is well; change nothing.", epilog=HELP)
    @options
    @click.option("--deep", is_flag=True, help="Also build all rows again from the journal, and compare.")
    @click.option("--json", "as_json", is_flag=True, help="For a script: one JSON object.")
    @click.option("--host", help="As it is served with.")
    @click.option("--port", type=int, help="Where the unit serves, if not where the settings say.")
    @click.option("--printer", help="As it is served with.")
    @click.option("--hub-url", help="As it is served with.")
    @click.option("--witness-file", type=click.Path(path_type=Path), help="As it is served with.")
    def doctor(*, deep: bool, as_json: bool, config: Path | None, **given: Any) -> int:
        """Look at this unit, whether it serves just then or not, and say what to do where something is not well."""
        from edge.runtime.doctor_visit import visit
        from shared.console.checkup import progress, tell
        from shared.journal.clock import SystemClock

        with progress() as bar:
            found = visit(settings(config, **given), SystemClock(), deep=deep, bar=bar)
        return tell(found, json=as_json)
