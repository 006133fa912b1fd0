"""`tillhouse edge devices --fault-matrix`: every fault of a printer, tried on virtual ones, and how each ended."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click
import structlog

from edge.devices.matrix.cells import cells_named
from edge.devices.matrix.report import lines
from edge.devices.matrix.stage import Verdict
from edge.runtime.fault_matrix import run_matrix
from shared.console.checkup import progress


def show_fault_matrix(names: tuple[str, ...]) -> int:
    """Play the matrix, or the cells of these names, and print it; 1 when a cell is wrong."""
    cells = cells_named(names)
    with _in_silence(), progress() as bar:
        bar.more(len(cells))

        def told(verdict: Verdict) -> None:
            bar.tell(verdict.cell.name)
            bar.advance()

        verdicts = run_matrix(cells, told)
    for line in lines(verdicts):
        click.echo(line)
    return int(any(verdict.problem for verdict in verdicts))


@contextmanager
def _in_silence() -> Iterator[None]:
    """A printer that fails is no news here."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
