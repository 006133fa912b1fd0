"""`tillhouse edge devices`, added to the edge's commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from edge.runtime.settings import Settings


def add_devices_command(group: click.Group, *, options: Callable[..., Any], settings: Callable[..., Settings]) -> None:
    """`options` are those that every edge command has; `settings` reads them."""

    @group.command("devices", short_help="Devices of this unit; or every fault of a printer, tried.")
    @options
    @click.option("--port", type=int, help="Where the unit serves, if not where the settings say.")
    @click.option("--fault-matrix", is_flag=True, help="Try each fault at each moment of a print on virtual printers.")
    @click.option("--cell", "cells", multiple=True, help="With --fault-matrix: only this one, FAULT/MOMENT/BLOW.")
    def devices(*, fault_matrix: bool, cells: tuple[str, ...], config: Path | None, **given: Any) -> int:
        """Devices of this unit, and how they are.

        With --fault-matrix: the real supervisor and spool print to virtual printers in a folder of their own; each job
        must end issued or voided, with no second ticket unmarked. Exit code 0 only when all hold; no unit is touched.
        """
        if fault_matrix or cells:
            from edge.runtime.console_matrix import show_fault_matrix

            return show_fault_matrix(cells)
        from edge.runtime.console_list import show_devices

        return show_devices(settings(config, **given))
