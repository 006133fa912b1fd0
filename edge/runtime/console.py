"""`tillhouse edge`: make a unit's keys, join it to an organisation, serve it."""

import os
from pathlib import Path
from typing import Any

import click
import msgspec

from edge.runtime.membership import OtherNode, parse_membership, read_membership, store_membership
from edge.runtime.settings import PORT, Settings
from shared.journal.chance import chance_bytes
from shared.journal.clock import SystemClock
from shared.journal.keyfile import Keys, read_or_make_keys
from shared.kernel.settings import PREFIX, read_settings

FOLDER = click.option("--folder", type=click.Path(path_type=Path), help="Folder of this unit: keys, database.")
CONFIG = click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings (TOML).")


@click.group(help="One unit: a venue's counter or a handheld.")
def edge() -> None:
    """The group."""


def read_all(config: Path | None, **given: Any) -> Settings:
    """Settings from options over environment over file over defaults."""
    environ = dict(os.environ)
    environ |= {PREFIX + name.upper(): str(value) for name, value in given.items() if value is not None}
    return read_settings(Settings, environ, config.read_text() if config else None)


def keys_of(settings: Settings) -> Keys:
    """The unit's keys, made on the first call."""
    return read_or_make_keys(settings.key_file, now_ms=SystemClock().now().wall_ms, chance=chance_bytes)


@edge.command()
@FOLDER
@CONFIG
def init(folder: Path | None, config: Path | None) -> None:
    """Make this unit's keys and print what the hub must know, as one line of JSON.

    Hand the line to `tillhouse hub add-node`; a second call prints the same line.
    """
    keys = keys_of(read_all(config, folder=folder))
    key = keys.node_key()
    said = {"node_id": keys.node_id, "sign_key": key.sign_public.hex(), "seal_key": key.seal_public.hex()}
    click.echo(msgspec.json.encode(said).decode())


@edge.command()
@FOLDER
@CONFIG
@click.option("--membership", "source", type=click.File(), required=True, help="The hub's answer; - for stdin.")
def join(folder: Path | None, config: Path | None, source: Any) -> None:
    """Store what `tillhouse hub add-node` answered: to which organisation and venue this unit belongs."""
    settings = read_all(config, folder=folder)
    membership = parse_membership(source.read())
    keys = keys_of(settings)
    if membership.unit.unit_id != keys.node_id:
        raise OtherNode(theirs=membership.unit.unit_id, ours=keys.node_id)
    store_membership(settings.membership_file, membership)
    click.echo(f"{membership.unit.name} ({membership.unit.code}) joined. Serve it: tillhouse edge serve", err=True)


@edge.command()
@FOLDER
@CONFIG
@click.option("--host", help="Address to listen on; only this machine by default.")
@click.option("--port", type=int, help=f"Port to listen on (default {PORT}).")
@click.option("--hub-url", help="Where the hub is, for example http://127.0.0.1:8400; without it nothing goes up.")
@click.option("--printer", help="virtual (default), tcp:HOST:PORT or none.")
@click.option("--printer-profile", help="Firmware profile of the printer (default virtual-58).")
@click.option("--printer-port", type=int, help="Port of the virtual printer (default: any free one).")
@click.option("--database-bytes-max", type=int, help="The database grows no larger; then the unit stops selling.")
def serve(config: Path | None, **given: Any) -> None:
    """Serve this unit's pages and API until Ctrl-C.

    Every option is also a TILLHOUSE_ variable and a line of the --config file.
    """
    from edge.runtime import serving
    from edge.runtime.world import real_world

    settings = read_all(config, **given)
    read_membership(settings.membership_file, node_id=keys_of(settings).node_id)
    serving.serve(settings, real_world())
