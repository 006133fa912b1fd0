"""`tillhouse hub import`: take the file that a unit wrote when no line led to the hub."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hub.runtime import onboard
from hub.runtime.hub import Hub
from hub.sync.stick import BundleOutcome, StickReport, import_stick
from shared.journal.chain import origin
from shared.journal.stick import STICK_BYTES_MAX, read_stick
from shared.kernel.errors import InputRefused


def add_import_command(group: click.Group, *, options: Callable[..., Any], run: Callable[..., Any]) -> None:
    """Add `import` to the hub's commands; `options` and `run` are those of every hub command."""

    @group.command("import", short_help="Take the file that `tillhouse edge export` wrote.")
    @options
    @click.option("--organization", help="Needed when the hub has several.")
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
    def import_file(*, organization: str | None, file: Path, **where: Any) -> int:
        """Store what waits in FILE; whether the hub serves or not. What it has already changes nothing.

        Every bundle has a line; the command fails when one was refused, and the others are stored all the same.
        """
        data = _read(file)

        async def work(hub: Hub) -> StickReport:
            return await import_stick(hub, await onboard.organization_named(hub, organization), data)

        report: StickReport = run(work, **where)
        for one in report.bundles:
            click.echo(_line(one), err=True)
        for share in report.units:
            click.echo(f"{share}.", err=True)
        click.echo(f"{report.new} entries stored, {len(report.refused)} of {len(report.bundles)} bundles refused.")
        return 1 if report.refused else 0


def _read(file: Path) -> bytes:
    """The file's bytes, looked at before any hub is opened."""
    if file.stat().st_size > STICK_BYTES_MAX:
        raise InputRefused(field="File", problem=f"it is larger than {STICK_BYTES_MAX} bytes")
    data = file.read_bytes()
    read_stick(data)
    return data


def _line(one: BundleOutcome) -> str:
    """What became of one bundle, for people."""
    if not one.last:
        return f"Bundle {one.place}: refused. {one.sentence}"
    what = f"Bundle {one.place}: entries {one.first} to {one.last} of {origin(one.owner)}: {one.outcome}"
    return f"{what}, {one.new} new." if not one.sentence else f"{what}. {one.sentence}"
