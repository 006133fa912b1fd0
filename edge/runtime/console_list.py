"""`tillhouse edge devices`: one line a device."""

import click

from edge.runtime.device_list import ask_states, problem_of, read_devices
from edge.runtime.doctor import is_served
from edge.runtime.enrol import is_enrolled
from edge.runtime.membership import NotJoined, read_membership
from edge.runtime.settings import Settings
from shared.domain.devices.state import DeviceCard
from shared.journal.entry import Owner
from shared.journal.keyfile import read_keys

HEAD = ("DEVICE", "STATE", "DOES", "MODEL", "LINE", "FIRMWARE")
WELL = ("ready", "busy", "paper_low", "waiting")
NOT_SERVED = "not served now"


def show_devices(settings: Settings) -> int:
    """Tell them; 0 when all that is served is well, 1 when somebody should look."""
    if not is_enrolled(settings):
        raise NotJoined
    keys = read_keys(settings.key_file)
    member = read_membership(settings.membership_file, node_id=keys.node_id)
    cards = read_devices(settings, Owner(member.org_id, keys.node_id, keys.epoch))
    served = is_served(settings.folder)
    states = ask_states(settings) if served else None
    if not cards:
        click.echo("This unit has no devices. Add the first on its page: More, Devices.")
        return 0
    if served and states is None:
        click.echo("The unit serves, yet was not found; say its --port, or give its --config.", err=True)
    rows = [_row(card, NOT_SERVED if states is None else states.get(card.device_id, "unknown")) for card in cards]
    widths = [max(len(row[place]) for row in (HEAD, *rows)) for place in range(len(HEAD))]
    for row in (HEAD, *rows):
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    problems = [f"{card.name} cannot begin: {problem}" for card in cards if (problem := problem_of(card))]
    for problem in problems:
        click.echo(problem, err=True)
    in_trouble = states is not None and any(states.get(card.device_id) not in WELL for card in cards)
    return int(in_trouble or bool(problems))


def _row(card: DeviceCard, state: str) -> tuple[str, ...]:
    does = card.roles_text.replace(",", " ") if card.kind == "printer" else card.kind
    return (card.name, state.replace("_", " "), does or "nothing", card.profile, card.line, card.firmware or "-")
