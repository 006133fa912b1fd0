"""What the pages and scripts send about devices; read once, into an order or a sentence."""

from uuid import UUID

import msgspec

from edge.runtime.meeting import Kind
from shared.domain.devices.state import ROLES
from shared.kernel.errors import InputRefused


class MeetForm(msgspec.Struct, frozen=True):
    """A line to ask. `model` is `printer:NAME` or `scanner:NAME`; found devices send kind and profile apart."""

    line: str = ""
    kind: str = "printer"
    profile: str = ""
    title: str = ""
    model: str = ""
    by_hand: str = ""


class TakeForm(msgspec.Struct, frozen=True):
    """What was asked is to be stored: name, model, roles. `again` asks once more, `anyway` stores it in any case."""

    name: str = ""
    profile: str = ""
    ticket: str = ""
    counterfoil: str = ""
    receipt: str = ""
    report: str = ""
    again: str = ""
    anyway: str = ""


class ChangeForm(msgspec.Struct, frozen=True):
    """Name, roles, and which printer stands in."""

    name: str = ""
    fallback_id: str = ""
    ticket: str = ""
    counterfoil: str = ""
    receipt: str = ""
    report: str = ""


class OpenForm(msgspec.Struct, frozen=True):
    """Why a drawer is opened: one of the usual reasons, or own words. `command_id` makes it happen once."""

    reason: str = ""
    words: str = ""
    command_id: str = ""


class ServiceForm(msgspec.Struct, frozen=True):
    """In service (`true`) or out of it."""

    on: str = ""


def roles_in(form: TakeForm | ChangeForm) -> tuple[str, ...]:
    """The roles that are ticked."""
    return tuple(role for role in ROLES if getattr(form, role))


def parse_kind(text: str) -> Kind:
    """Printer, scanner or drawer; InputRefused otherwise."""
    match text:
        case "printer" | "scanner" | "drawer":
            return text
    raise InputRefused(field="Kind", problem="choose a printer, a scanner or a drawer")


def parse_model(form: MeetForm) -> tuple[Kind, str]:
    """Kind and profile, from either way of sending them."""
    kind, colon, profile = form.model.partition(":")
    return (parse_kind(kind), profile) if colon else (parse_kind(form.kind), form.profile)


def parse_fallback(text: str) -> UUID | None:
    """Who stands in, or nobody."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise InputRefused(field="Who stands in", problem="choose a printer of the list, or nobody") from None
