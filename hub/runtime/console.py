"""`tillhouse hub …`: serve, and what an operator does by hand before anybody can log in."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from hub.runtime import onboard
from hub.runtime.console_backup import add_backup_commands
from hub.runtime.console_doctor import add_doctor_command
from hub.runtime.console_import import add_import_command
from hub.runtime.console_person import add_person_commands
from hub.runtime.hub import Hub, open_hub
from hub.runtime.migrate import migrate
from hub.runtime.place import HubPlace
from hub.runtime.postgres_faults import HubNotFounded
from hub.runtime.roles import OWNER
from hub.runtime.row_security import TENANT_SETTING
from hub.runtime.settings import HubSettings
from hub.runtime.signals import terminate_as_interrupt
from hub.sync.enrol import Room
from shared.domain.identity.state import UNIT_KINDS
from shared.kernel.errors import InputRefused
from shared.kernel.settings import PREFIX, SettingsFault, read_settings
from shared.sync.pairing import PairingCode

T = TypeVar("T")
QUIET_SECONDS = 2.0
Work = Callable[[Hub], Awaitable[T]]


class Progress:
    """Says what is being done, once it has taken longer than people like to wait in silence."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        if time.monotonic() - self._began >= QUIET_SECONDS:
            click.echo(text, err=True)


def _settings(config: Path | None, **given: Any) -> HubSettings:
    environ = dict(os.environ)
    environ |= {PREFIX + name.upper(): str(value) for name, value in given.items() if value is not None}
    try:
        text = config.read_text() if config else None
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsFault(problem=f"The settings file {config} cannot be read: {problem}.") from problem
    return read_settings(HubSettings, environ, text)


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--config", type=click.Path(path_type=Path), help="A TOML file of settings."),
        click.option("--database-url", help="A Postgres of your own; without it the hub brings one."),
        click.option("--folder", type=click.Path(path_type=Path), help="Keys and database; default: ./hub."),
    ):
        function = option(function)
    return function


def _with_hub(settings: HubSettings, work: Work[T], *, founds: bool = False) -> T:
    """Run `work` on the hub's database, whether a hub serves now or not; a new folder only where the work `founds`."""
    place = _place(settings, founds=founds)
    with terminate_as_interrupt(), place.database_of_anyone(Progress()) as address:
        migrate(address)

        async def run() -> T:
            entrance = place.entrance_of_anyone()
            keys, generations = place.keys(), place.generations
            async with open_hub(address, keys, entrance=entrance, erased=place.erased, generations=generations) as hub:
                return await work(hub)

        return asyncio.run(run())


def _place(settings: HubSettings, *, founds: bool = False) -> HubPlace:
    place = HubPlace(settings)
    if not founds and not place.is_founded:
        raise HubNotFounded(folder=place.folder)
    return place


@click.group(short_help="Head office: serve the hub, make its first admin, add units.")
def hub() -> None:
    """The hub: it holds the whole organisation and shows what needs a human."""


@hub.command("serve")
@_options
@click.option("--host", help="Address to listen on; only this machine by default.")
@click.option("--port", type=int, help="Where pages, API and units are served; default: 8400.")
@click.option("--plain-port", type=int, help="Plain HTTP as well, for this machine alone.")
@click.option("--public-url", help="Where units find this hub; default: https://HOST:PORT.")
@click.option("--tls", help="own (default): the hub's own authority; files: yours; off: a proxy here ends TLS.")
@click.option("--tls-names", help="More host names and addresses for the own certificate, with commas between.")
@click.option("--tls-certificate", type=click.Path(path_type=Path), help="With --tls files: the chain (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="With --tls files: its private key (PEM).")
@click.option("--tls-authority", type=click.Path(path_type=Path), help="Its authority (PEM), unless that is public.")
@click.option("--discovery", help="on (default): announce the hub by mDNS where it listens; or off.")
@click.option("--discovery-interfaces", help="Only on these addresses of this machine, with commas between.")
def serve_command(config: Path | None, **given: Any) -> None:
    """Serve pages, API and units until Ctrl-C or SIGTERM.

    Every option is also a TILLHOUSE_ variable and a line of the --config file.
    """
    from hub.runtime.serve import serve

    settings = _settings(config, **given)
    serve(settings, say=lambda text: click.echo(text, err=True))


@hub.command("create-admin")
@_options
@click.option("--organization", required=True, help="Its name, as on tickets; the first one is founded.")
@click.option("--found", is_flag=True, help="Found this organisation beside those that are here.")
@click.option("--licence", default="", help="The licence that stands on tickets.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--site", default="", help="The web address that stands on tickets.")
@click.option("--login", required=True, help="What the admin types to log in.")
@click.option("--name", required=True, help="The admin's name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_admin(
    *,
    organization: str,
    found: bool,
    licence: str,
    currency: str,
    site: str,
    login: str,
    name: str,
    password_stdin: bool,
    **where: Any,
) -> None:
    """Make an admin of the organisation; the first one of a hub, or another with --found, is founded by this."""
    password = _password(password_stdin)

    async def work(open_one: Hub) -> None:
        is_new = await onboard.founds(open_one, organization, another=found)
        org_id = await onboard.find_or_found(
            open_one, name=organization, licence=licence, currency=currency.upper(), site=site
        )
        if is_new:
            click.echo(f"Founded the organisation {organization.strip()}.")
        await onboard.add_admin(open_one, org_id, login=login, name=name, password=password)

    _with_hub(_settings(**where), work, founds=True)
    click.echo(f"{name} can log in as {login} now.")


@hub.command("pair")
@_options
@click.option("--organization", help="Needed when the hub has several.")
@click.option("--venue", required=True, help="The venue's name.")
@click.option("--kind", type=click.Choice(UNIT_KINDS), required=True, help="A counter is a venue's, a handheld an rsu.")
@click.option("--code", required=True, help="Short, as on paper: R07.")
@click.option("--name", required=True, help="As on pages: RSU 07.")
@click.option("--enable", is_flag=True, help="Let it sell as soon as it is enrolled.")
def pair(*, organization: str | None, venue: str, kind: str, code: str, name: str, enable: bool, **where: Any) -> None:
    """Make room for a unit and print its one-time code for `tillhouse edge enrol`; it holds for an hour."""
    settings = _settings(**where)

    async def work(open_one: Hub) -> PairingCode:
        org_id = await onboard.organization_named(open_one, organization)
        venue_id = await onboard.venue_named(open_one, org_id, venue)
        room = Room(venue_id=venue_id, kind=kind, code=code, name=name, enable=enable)
        return await onboard.pair(open_one, org_id, room)

    made = _with_hub(settings, work)
    entrance = HubPlace(settings).entrance_of_anyone()
    click.echo(PairingCode(entrance.url, entrance.fingerprint, made.secret).text())


@hub.command("database-url")
@_options
@click.option("--organization", help="Needed when the hub has several.")
def database_url(organization: str | None, **where: Any) -> None:
    """Print the owner role's database address, set to one organisation; its password stands in the passfile.

    The owner is bound by row-level security as well: without the setting it sees and writes nothing.
    """
    settings = _settings(**where)

    async def work(open_one: Hub) -> UUID:
        return await onboard.organization_named(open_one, organization)

    org_id = _with_hub(settings, work)
    with HubPlace(settings).database_of_anyone(Progress()) as address:
        bound = address.with_option("options", f"-c {TENANT_SETTING}={org_id}")
        click.echo(bound.url(OWNER))


@hub.command("key")
@_options
def show_key(**where: Any) -> None:
    """Print this hub's public key, for `tillhouse verify journal --hub-key`: it signs leases and receipts."""
    click.echo(_place(_settings(**where)).keys().node_key().sign_public.hex())


@hub.command("forget")
@_options
@click.option("--yes", is_flag=True, help="Really remove keys and database, for good.")
def forget(yes: bool, **where: Any) -> None:
    """Remove this hub's keys and its embedded databases, those that restores set aside too; all is gone with them."""
    if not yes:
        raise InputRefused(field="Forget", problem="this removes everything; say --yes if you mean it")
    HubPlace(_settings(**where)).forget()


add_backup_commands(hub, options=_options, place=lambda **where: HubPlace(_settings(**where)), progress=Progress)
add_doctor_command(hub, options=_options, place=lambda **where: HubPlace(_settings(**where)))
add_import_command(hub, options=_options, run=lambda work, **where: _with_hub(_settings(**where), work))
add_person_commands(hub, options=_options, run=lambda work, **where: _with_hub(_settings(**where), work))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
