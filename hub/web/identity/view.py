"""What the hub's page of people shows."""

import msgspec

from hub.web.site.view import HubPage


class PersonView(msgspec.Struct, frozen=True):
    """One person of the staff; `command_id` for the forms of this row."""

    staff_id: str
    name: str
    role: str
    venue: str
    active: bool
    command_id: str


class FreshPin(msgspec.Struct, frozen=True):
    """A PIN just made; shown on this one page and nowhere again."""

    name: str
    pin: str


class PeopleView(msgspec.Struct, frozen=True):
    """GET /people; POST /people {command_id, name, role, venue_id} hires; POST /people/<staff_id>/dismiss ends work."""

    page: HubPage
    people: tuple[PersonView, ...]
    roles: tuple[tuple[str, str], ...]
    venues: tuple[tuple[str, str], ...]
    command_id: str
    fresh: FreshPin | None = None
    form: dict[str, str] = {}
