"""`tillhouse edge`: enrol a unit, serve it, write what waits to a file."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from edge.runtime.console_devices import add_devices_command
from edge.runtime.console_doctor import add_doctor_command
from edge.runtime.enrol import is_enrolled, settle
from edge.runtime.folder_lock import folder_lock
from edge.runtime.membership import NotJoined, read_membership
from edge.runtime.moving import finish_moving
from edge.runtime.settings import PORT, Settings
from shared.journal.clock import SystemClock
from shared.journal.keyfile import Keys
from shared.kernel.settings import PREFIX, read_settings

FOLDER = click.option("--folder", type=click.Path(path_type=Path), help="Folder of this unit: keys, database.")
CONFIG = click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings (TOML).")


@click.group(help="One unit: a venue's counter or a handheld.")
def edge() -> None:
    """The group."""
    os.umask(0o077)  # what a unit writes holds PIN hashes and leases: its own user reads it, nobody else


def read_all(config: Path | None, **given: Any) -> Settings:
    """Settings from options over environment over file over defaults."""
    environ = dict(os.environ)
    environ |= {PREFIX + name.upper(): str(value) for name, value in given.items() if value is not None}
    return read_settings(Settings, environ, config.read_text() if config else None)


def keys_of(settings: Settings) -> Keys:
    """The unit's keys, after any enrolment that was cut short is finished."""
    finish_moving(settings)
    return settle(settings, SystemClock().now().wall_ms)


@edge.command()
@FOLDER
@CONFIG
@click.option("--hub-url", help="Where the hub is; with it the code's sixteen letters are enough.")
@click.argument("code")
def enrol(code: str, config: Path | None, **given: Any) -> None:
    """Enrol this unit with the one-time CODE that the hub showed (Units, Add a unit); - reads it from stdin.

    The unit makes its own keys. A unit that is enrolled already gets a new epoch with new keys.
    """
    from edge.runtime.enrol import enrol as enrol_unit
    from edge.runtime.world import real_world
    from edge.sync.hub_client import HubAway, HubRefused
    from edge.web.enrol.act import as_sentence

    settings = read_all(config, **given)
    settings.folder.mkdir(parents=True, exist_ok=True)
    text = sys.stdin.read() if code == "-" else code
    with folder_lock(settings.folder):
        try:
            certificate = asyncio.run(enrol_unit(settings, real_world(), text))
        except (HubAway, HubRefused) as error:
            raise as_sentence(error) from error
    said = f"{certificate.name} ({certificate.code}) is enrolled, epoch {certificate.epoch}."
    click.echo(f"{said} Serve it: tillhouse edge serve", err=True)


@edge.command()
@FOLDER
@CONFIG
@click.option("--host", help="Address to listen on; only this machine by default.")
@click.option("--port", type=int, help=f"Port to listen on (default {PORT}).")
@click.option("--hub-url", help="Where the hub is (https://…), if not where pairing said.")
@click.option("--printer", help="virtual (default), tcp:HOST:PORT, serial:PORT@BAUD, usb:ID or none.")
@click.option("--printer-profile", help="Firmware profile of the printer (default virtual-58).")
@click.option("--printer-port", type=int, help="Port of the virtual printer (default: any free one).")
@click.option("--scanners", help="virtual, serial:PATH@BAUDS PROFILE, hid:PATH PROFILE; commas between several.")
@click.option("--database-bytes-max", type=int, help="The database grows no larger; then the unit stops selling.")
@click.option("--witness-file", type=click.Path(path_type=Path), help="Guards against an old copy; on another disk.")
@click.option("--discovery", help="on (default): announce this unit on its networks and hear others; or off.")
@click.option("--discovery-interfaces", help="Only on these addresses of this machine, with commas between.")
def serve(config: Path | None, **given: Any) -> None:
    """Serve this unit's pages and API until Ctrl-C; before it is enrolled, the page that takes the hub's code.

    Every option is also a TILLHOUSE_ variable and a line of the --config file.
    """
    from edge.runtime import serving
    from edge.runtime.database import telling_damage
    from edge.runtime.world import real_world
    from edge.sync.trust import check_hub_url

    settings = read_all(config, **given)
    address = settings.hub_url
    if is_enrolled(settings):
        member = read_membership(settings.membership_file, node_id=keys_of(settings).node_id)
        address = address or member.hub_url
    if address:
        check_hub_url(address)
    with telling_damage(settings.database):
        serving.serve(settings, real_world())


@edge.command()
@FOLDER
@CONFIG
@click.option("--journal", is_flag=True, help="The whole journal, for `tillhouse verify journal`.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(folder: Path | None, config: Path | None, journal: bool, file: Path) -> None:
    """Write what waits for the hub to FILE, for a stick; `tillhouse hub import` takes it there.

    It works whether the unit serves or not, and changes nothing: what the hub has by then, it takes from no other road.
    """
    from edge.runtime.database import telling_damage
    from edge.runtime.export import waiting_stick, whole_journal, write_file

    settings = read_all(config, folder=folder)
    if not is_enrolled(settings):
        raise NotJoined
    read_membership(settings.membership_file, node_id=(keys := keys_of(settings)).node_id)
    with telling_damage(settings.database):
        exported = asyncio.run(whole_journal(settings, keys) if journal else waiting_stick(settings, keys))
    if exported is None:
        click.echo("Nothing waits for the hub; no file was written.", err=True)
        return
    write_file(file, exported.data)
    what = "the whole journal" if journal else f"{exported.bundles} bundles"
    click.echo(f"{file}: {what}, {exported.entries} entries, {len(exported.data)} bytes.", err=True)


def _folder_options(function: Callable[..., Any]) -> Callable[..., Any]:
    return FOLDER(CONFIG(function))


add_doctor_command(edge, options=_folder_options, settings=read_all)
add_devices_command(edge, options=_folder_options, settings=read_all)
