"""What an operator does by command before anybody can log in: found the organisation, make an admin, add units."""

from uuid import UUID

from hub.office.staff_access.service import StaffAccess
from hub.runtime.hub import Hub
from hub.sync.enrol import Room, open_pairing
from shared.domain.identity.commands import FoundOrganization
from shared.domain.identity.errors import NotFounded, UnknownVenue
from shared.domain.identity.queries import VENUES
from shared.journal.chance import chance_bytes
from shared.kernel.errors import InputRefused
from shared.kernel.ids import uuid7
from shared.kernel.money import MINOR_DIGITS
from shared.sync.pairing import PairingCode


def new_id(hub: Hub) -> UUID:
    """An id for an order that brought none."""
    return uuid7(hub.clock.now().wall_ms, chance_bytes(10))


async def organizations(hub: Hub) -> dict[str, UUID]:
    """The organisations of this hub by name."""
    async with hub.pool.connection() as connection:
        rows = await (await connection.execute("select name, org_id from directory.organizations()")).fetchall()
    return dict(rows)


async def find_or_found(hub: Hub, *, name: str, licence: str, currency: str, site: str) -> UUID:
    """The organisation of this name; founded now if it is new."""
    known = await organizations(hub)
    if name.strip() in known:
        return known[name.strip()]
    if currency not in MINOR_DIGITS:
        raise InputRefused(field="Currency", problem=f"choose one of {', '.join(sorted(MINOR_DIGITS))}")
    org_id = new_id(hub)
    order = FoundOrganization(command_id=new_id(hub), name=name, licence=licence, currency=currency, site=site)
    await hub.bus.handle(org_id, order)
    return org_id


async def founds(hub: Hub, name: str, *, another: bool) -> bool:
    """Whether this name founds an organisation; InputRefused where that is one of several and nobody asked for it."""
    known = await organizations(hub)
    if name.strip() in known:
        return False
    if known and not another:
        problem = f"there is no {name.strip()[:40]}; known are {', '.join(known)}. Say --found to found another"
        raise InputRefused(field="Organisation", problem=problem)
    return True


async def add_admin(hub: Hub, org_id: UUID, *, login: str, name: str, password: str) -> UUID:
    """A login with all rights at the hub."""
    access = StaffAccess(hub.pool, hub.clock)
    return await access.add_person(org_id, login=login, name=name, role="admin", password=password)


async def organization_named(hub: Hub, name: str | None) -> UUID:
    """The organisation of this name, or the only one; NotFounded or InputRefused otherwise."""
    known = await organizations(hub)
    if not known:
        raise NotFounded
    if name is None and len(known) > 1:
        raise InputRefused(field="Organisation", problem=f"say which with --organization: {', '.join(known)}")
    if name is not None and name not in known:
        raise InputRefused(field="Organisation", problem=f"there is no {name[:40]}; known are {', '.join(known)}")
    return known[name] if name else next(iter(known.values()))


async def venue_named(hub: Hub, org_id: UUID, name: str) -> UUID:
    """The venue of this name; UnknownVenue when there is none."""
    for venue in await hub.many(org_id, VENUES):
        if venue.name == name.strip():
            return UUID(str(venue.venue_id))
    raise UnknownVenue


async def pair(hub: Hub, org_id: UUID, room: Room) -> PairingCode:
    """A one-time code for a unit, by the operator of this machine; UnitExists and what identity refuses."""
    return await open_pairing(hub, org_id, room, actor=None)
