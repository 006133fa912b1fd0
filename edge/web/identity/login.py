"""Logging in at this unit: who may, whose PIN it is, and the session that follows. Works without a connection."""

from edge.runtime.pins import parse_pin
from edge.runtime.unit import Unit
from edge.web.identity.forms import LoginForm
from edge.web.site.door import may_sell_here
from edge.web.site.fields import parse_id
from edge.web.site.frame import venue_zone
from shared.domain.identity.errors import UnknownStaff
from shared.domain.identity.queries import BADGES, Badge
from shared.kernel.errors import InputRefused


async def staff_here(unit: Unit) -> list[Badge]:
    """Everybody who may log in at this unit, by name."""
    return [badge for badge in await unit.reader.many(BADGES) if may_sell_here(unit, badge)]


async def find_badge(unit: Unit, form: LoginForm) -> Badge:
    """The person of the form; UnknownStaff when nobody here is, InputRefused when two share the name."""
    people = await staff_here(unit)
    if form.staff_id:
        staff_id = parse_id(form.staff_id, "Person")
        found = [badge for badge in people if badge.staff_id == staff_id]
    else:
        found = [badge for badge in people if badge.name.casefold() == form.name.strip().casefold()]
    if not found:
        raise UnknownStaff
    if len(found) > 1:
        raise InputRefused(field="Name", problem="two people here share it; send their staff_id")
    return found[0]


async def log_in(unit: Unit, form: LoginForm) -> tuple[Badge, str]:
    """The person and the token of their new session; a refusal says what to do next."""
    badge = await find_badge(unit, form)
    await unit.pins.check(badge, parse_pin(form.pin), await venue_zone(unit))
    token = unit.sessions.open(staff_id=badge.staff_id, name=badge.name, role=badge.role)
    return badge, token
