"""`/api/persons`: what is held of a person, for whoever answers their demand; owners and admins alone.

A phone travels in the body, never in an address: addresses stand in browsers' memories and proxies' logs.
"""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from hub.office.persons.service import HeldPerson, erase_person, export_person, ids_beside, ids_of_phone
from hub.runtime.onboard import new_id
from hub.web.site.access import may
from hub.web.site.parts import Asked, Given

HOLDS_DATA = frozenset({"owner", "admin"})
Text = Annotated[str, msgspec.Meta(max_length=200)]


class FindForm(msgspec.Struct, kw_only=True):
    """Look somebody up by their phone, as typed."""

    phone: Text


class EraseForm(msgspec.Struct, kw_only=True):
    """Erase; `command_id` makes it happen once."""

    command_id: UUID | None = None


class PersonsApi(Controller):
    """People whose data the organisation holds."""

    path = "/api/persons"
    tags = ("persons",)
    guards = (may(HOLDS_DATA),)

    @post("/find", status_code=200)
    async def find(self, request: Asked, parts: Given, data: FindForm) -> HeldPerson:
        """All that is held of whoever has this phone."""
        org_id = request.user.org_id
        return await export_person(parts.hub, org_id, await ids_of_phone(parts.hub, org_id, data.phone))

    @get("/{person_id:uuid}")
    async def export(self, request: Asked, parts: Given, person_id: UUID) -> HeldPerson:
        """All that is held of this person, under every id that their phone has."""
        org_id = request.user.org_id
        return await export_person(parts.hub, org_id, await ids_beside(parts.hub, org_id, person_id))

    @post("/{person_id:uuid}/erase", status_code=200)
    async def erase(self, request: Asked, parts: Given, person_id: UUID, data: EraseForm | None = None) -> HeldPerson:
        """Erase this person for good, under every id that their phone has; what was sold stays."""
        me = request.user
        person_ids = await ids_beside(parts.hub, me.org_id, person_id)
        command_id = (data.command_id if data else None) or new_id(parts.hub)
        await erase_person(parts.hub, me.org_id, person_ids, command_id=command_id, actor=me.person_id)
        return await export_person(parts.hub, me.org_id, person_ids)
