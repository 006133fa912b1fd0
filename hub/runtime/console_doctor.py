"""`tillhouse hub doctor`, added to the hub's commands."""

from collections.abc import Callable
from typing import Any

import click

from hub.runtime.place import HubPlace

HELP = "Exit code 0: all is well; 1: somebody should look; 2: it does not work, or the evidence is wrong."


def add_doctor_command(group: click.Group, *, options: Callable[..., Any], place: Callable[..., HubPlace]) -> None:
    """`options` are those that every hub command has; `place` makes the hub's folder of them."""

    @group.command("doctor", short_help="Look whether this hub is well; change nothing.", epilog=HELP)
    @options
    @click.option("--deep", is_flag=True, help="Follow every journal from its first entry.")
    @click.option("--json", "as_json", is_flag=True, help="For a script: one JSON object.")
    def doctor(*, deep: bool, as_json: bool, **where: Any) -> int:
        """Look at this hub, whether it serves just then or not, and say what to do where something is not well."""
        from hub.runtime.doctor_visit import visit
        from shared.console.checkup import progress, tell
        from shared.journal.clock import SystemClock

        with progress() as bar:
            found = visit(place(**where), SystemClock(), deep=deep, bar=bar)
        return tell(found, json=as_json)
