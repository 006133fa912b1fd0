"""`tillhouse hub backup` and `tillhouse hub restore`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hub.runtime.place import HubPlace

Say = Callable[[str], None]


def add_backup_commands(
    group: click.Group, *, options: Callable[..., Any], place: Callable[..., HubPlace], progress: Callable[[], Say]
) -> None:
    """Add both to the hub's commands; `place` makes the hub's folder of the shared options."""

    @group.command("backup", short_help="Write everything into one file, and prove that it can be restored.")
    @options
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    @click.option("--with-keys", is_flag=True, help="The hub's key files too: keep such a file like the keys.")
    @click.option("--no-verify", is_flag=True, help="Only write it; units purge nothing by it.")
    @click.option("--verify-with", metavar="URL", help="An empty Postgres database to prove it with.")
    def backup_command(*, file: Path, with_keys: bool, no_verify: bool, verify_with: str | None, **where: Any) -> None:
        """Write a backup to FILE, whether the hub serves or not, and prove it by restoring it elsewhere."""
        how = {"with_keys": with_keys, "verify": not no_verify, "verify_with": verify_with}
        _back_up(place(**where), file, progress(), how)

    @group.command("restore", short_help="Make a backup the hub's database; the old one is set aside.")
    @options
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
    @click.option("--replace", is_flag=True, help="Set the database that is there aside, under another name.")
    def restore_command(*, file: Path, replace: bool, **where: Any) -> None:
        """Restore FILE; the hub must not serve meanwhile. Units then show what they hold before numbers are granted."""
        _restore(place(**where), file, progress(), replace=replace)


def _back_up(place: HubPlace, file: Path, say: Say, how: dict[str, Any]) -> None:
    from hub.runtime.backup import back_up

    made = back_up(place, file, say=say, **how)
    rows = sum(made.manifest.tables.values())
    click.echo(f"{file}: {rows} rows of {len(made.manifest.organizations)} organisations.")
    click.echo(
        "Verified: it was restored and every journal in it reads whole. Units may purge what it holds."
        if made.verified
        else "Not verified: units purge nothing by it. Make one without --no-verify for that."
    )


def _restore(place: HubPlace, file: Path, say: Say, *, replace: bool) -> None:
    from hub.runtime.restore import restore

    done = restore(place, file, replace=replace, say=say)
    if done.aside:
        click.echo(f"The database that was there stands in {done.aside} now.")
    for org_id, state in done.states.items():
        waits = "waits for its units" if state.recovering else "waits for nobody"
        click.echo(f"Organisation {org_id}: generation {state.generation}, {waits}.")
    click.echo("Serve the hub now, and enter revocations and PIN changes since the backup again.")
