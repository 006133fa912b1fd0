"""`tillhouse hub person`: hand a person's data out, or erase it, by command."""

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from hub.office.persons.service import HeldPerson, erase_person, export_person, ids_beside, ids_of_phone
from hub.runtime import onboard
from hub.runtime.hub import Hub
from shared.kernel.errors import InputRefused

Run = Callable[..., Any]
"""Runs an async work on the open hub, given the options that say where the hub is."""


def add_person_commands(group: click.Group, *, options: Callable[..., Any], run: Run) -> None:
    """Add `person` to the hub's commands; `options` and `run` are those of every hub command."""

    @group.group("person", short_help="Hand out or erase what is held of a person.")
    @options
    @click.option("--organization", help="Needed when the hub has several.")
    @click.option("--phone", help="Their phone; - reads it from standard input, so that no shell remembers it.")
    @click.option("--id", "person_id", type=click.UUID, help="Or an id under which they are noted.")
    @click.pass_context
    def person(context: click.Context, /, **given: Any) -> None:
        """One person, by phone or by id; every id that the phone has belongs to them."""
        context.obj = given

    @person.command("export")
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    @click.pass_obj
    def export(given: dict[str, Any], file: Path) -> None:
        """Write all that is held of the person to FILE as JSON (mode 600); an existing file is not replaced."""
        held = run(_found(given, _exported), **_where(given))
        _write_new(file, msgspec.json.format(msgspec.json.encode(held), indent=1))
        click.echo(f"{len(held.sales)} sales of {len(held.person_ids)} ids written to {file}.", err=True)

    @person.command("erase")
    @click.option("--yes", is_flag=True, help="Really erase, for good.")
    @click.pass_obj
    def erase(given: dict[str, Any], yes: bool) -> None:
        """Erase the person: key and digest go, here and on every unit. What was sold stays."""
        if not yes:
            raise InputRefused(field="Erase", problem="nobody can undo this; say --yes if you mean it")
        person_ids = run(_found(given, _erased), **_where(given))
        click.echo(f"Erased: {', '.join(map(str, person_ids))}", err=True)


async def _exported(hub: Hub, org_id: UUID, person_ids: list[UUID]) -> HeldPerson:
    return await export_person(hub, org_id, person_ids)


async def _erased(hub: Hub, org_id: UUID, person_ids: list[UUID]) -> list[UUID]:
    await erase_person(hub, org_id, person_ids, command_id=onboard.new_id(hub))
    return person_ids


def _found(
    given: dict[str, Any], work: Callable[[Hub, UUID, list[UUID]], Awaitable[Any]]
) -> Callable[[Hub], Awaitable[Any]]:
    """`work` on the ids of the person that the options name."""
    phone, person_id = given["phone"], given["person_id"]
    if (phone is None) == (person_id is None):
        raise InputRefused(field="Person", problem="say --phone or --id, one of them")
    typed = sys.stdin.readline() if phone == "-" else phone

    async def found(hub: Hub) -> Any:
        org_id = await onboard.organization_named(hub, given["organization"])
        if person_id is None:
            return await work(hub, org_id, await ids_of_phone(hub, org_id, typed))
        return await work(hub, org_id, await ids_beside(hub, org_id, person_id))

    return found


def _where(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("folder", "database_url", "config")}


def _write_new(file: Path, data: bytes) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise InputRefused(field="File", problem=f"{file} cannot be made ({problem.strerror})") from problem
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
