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
import msgspec

from hub.runtime import onboard
from hub.runtime.hub import Hub, open_hub
from hub.runtime.migrate import migrate
from hub.runtime.place import HubPlace
from hub.runtime.roles import OWNER
from hub.runtime.row_security import TENANT_SETTING
from hub.runtime.settings import HubSettings
from hub.runtime.signals import terminate_as_interrupt
from shared.domain.identity.commands import AddUnit
from shared.domain.identity.state import UNIT_KINDS
from shared.kernel.errors import InputRefused
from shared.kernel.settings import SettingsFault, read_settings

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


def _settings(folder: Path | None, port: int | None, database_url: str | None, config: Path | None) -> HubSettings:
    given = {"TILLHOUSE_FOLDER": folder, "TILLHOUSE_PORT": port, "TILLHOUSE_DATABASE_URL": database_url}
    environ = dict(os.environ) | {name: str(value) for name, value in given.items() if value is not None}
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


def _with_hub(settings: HubSettings, work: Work[T]) -> T:
    """Run `work` on the hub's database, whether a hub serves there now or not."""
    place = HubPlace(settings)
    with terminate_as_interrupt(), place.database_of_anyone(Progress()) as address:
        migrate(address)

        async def run() -> T:
            async with open_hub(address, place.keys()) as hub:
                return await work(hub)

        return asyncio.run(run())


@click.group(short_help="Head office: serve the hub, make its first admin, add units.")
def hub() -> None:
    """The hub: it holds the whole organisation and shows what needs a human."""


@hub.command("serve")
@_options
@click.option("--port", type=int, help="Where pages, API and units are served; default: 8400.")
def serve_command(folder: Path | None, port: int | None, database_url: str | None, config: Path | None) -> None:
    """Serve pages, API and units until Ctrl-C or SIGTERM."""
    from hub.runtime.serve import serve

    settings = _settings(folder, port, database_url, config)
    serve(settings, say=lambda text: click.echo(text, err=True))


@hub.command("create-admin")
@_options
@click.option("--organization", required=True, help="Its name, as on tickets; founded if it is new.")
@click.option("--licence", default="", help="The licence that stands on tickets.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--site", default="", help="The web address that stands on tickets.")
@click.option("--login", required=True, help="What the admin types to log in.")
@click.option("--name", required=True, help="The admin's name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_admin(
    *,
    organization: str,
    licence: str,
    currency: str,
    site: str,
    login: str,
    name: str,
    password_stdin: bool,
    **where: Any,
) -> None:
    """Found the organisation, if it is new, and make its admin."""
    password = _password(password_stdin)

    async def work(open_one: Hub) -> None:
        org_id = await onboard.find_or_found(
            open_one, name=organization, licence=licence, currency=currency.upper(), site=site
        )
        await onboard.add_admin(open_one, org_id, login=login, name=name, password=password)

    _with_hub(_settings(port=None, **where), work)
    click.echo(f"{name} can log in as {login} now.")


@hub.command("add-node")
@_options
@click.option("--organization", help="Needed when the hub has several.")
@click.option("--venue", required=True, help="The venue's name.")
@click.option("--kind", type=click.Choice(UNIT_KINDS), required=True, help="A counter is a venue's, a handheld an rsu.")
@click.option("--code", required=True, help="Short, as on paper: R07.")
@click.option("--name", required=True, help="As on pages: RSU 07.")
@click.option("--identity", required=True, help="The file that `tillhouse edge init` printed, or - for standard input.")
def add_node(
    *, organization: str | None, venue: str, kind: str, code: str, name: str, identity: str, **where: Any
) -> None:
    """Register a unit and print its membership for `tillhouse edge join`."""
    said = _identity(identity)
    sign_key, seal_key = said.keys()

    async def work(open_one: Hub) -> dict[str, Any]:
        org_id = await onboard.organization_named(open_one, organization)
        order = AddUnit(
            command_id=onboard.new_id(open_one),
            unit_id=said.node_id,
            venue_id=await onboard.venue_named(open_one, org_id, venue),
            kind=kind,
            code=code,
            name=name,
            sign_key=sign_key,
            seal_key=seal_key,
        )
        return await onboard.add_node(open_one, org_id, order)

    click.echo(msgspec.json.encode(_with_hub(_settings(port=None, **where), work)).decode())


@hub.command("database-url")
@_options
@click.option("--organization", help="Needed when the hub has several.")
def database_url(organization: str | None, **where: Any) -> None:
    """Print the owner role's database address, set to one organisation; its password stands in the passfile.

    The owner is bound by row-level security as well: without the setting it sees and writes nothing.
    """
    settings = _settings(port=None, **where)

    async def work(open_one: Hub) -> UUID:
        return await onboard.organization_named(open_one, organization)

    org_id = _with_hub(settings, work)
    with HubPlace(settings).database_of_anyone(Progress()) as address:
        bound = address.with_option("options", f"-c {TENANT_SETTING}={org_id}")
        click.echo(bound.url(OWNER))


@hub.command("forget")
@_options
@click.option("--yes", is_flag=True, help="Really remove keys and database, for good.")
def forget(yes: bool, **where: Any) -> None:
    """Remove this hub's keys and its embedded database. What was sold is gone with them."""
    if not yes:
        raise InputRefused(field="Forget", problem="this removes everything; say --yes if you mean it")
    HubPlace(_settings(port=None, **where)).forget()


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _identity(source: str) -> onboard.NodeIdentity:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text()
        return msgspec.json.decode(text, type=onboard.NodeIdentity)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as problem:
        raise InputRefused(field="Identity", problem=f"{source} is not what `tillhouse edge init` prints") from problem
