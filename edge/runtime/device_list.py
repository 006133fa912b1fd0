"""The devices of a unit for whoever looks from a terminal: what its database says, and how they are while it serves.

A unit that serves is asked for its own figures, for a printer speaks with one at a time; of one that does not, only
what is set up can be said.
"""

import re
import sqlite3
from contextlib import closing
from uuid import UUID

import httpx
import msgspec

from edge.devices.lines.address import Nowhere, line_text, parse_line
from edge.devices.scanners.address import load_profile, parse_scanner_line
from edge.runtime.database import NEWEST, revision_of
from edge.runtime.first_devices import FIRST_NAME, FIRST_ROLES
from edge.runtime.settings import Settings
from edge.runtime.station import profile_of
from shared.domain.devices.queries import DEVICES
from shared.domain.devices.state import DeviceCard, roles_text
from shared.journal.entry import Owner
from shared.kernel.errors import TillhouseError
from shared.pipeline.queries import sqlite_params
from shared.sync.hosts import in_url, is_everywhere

ASK_S_MAX = 3.0
DEVICE_STATE = re.compile(r'tillhouse_device_state\{device="([0-9a-f-]{36})",state="([a-z_]+)"\} 1')
NEVER = UUID(int=0)


def read_devices(settings: Settings, owner: Owner) -> list[DeviceCard]:
    """The devices of the unit's rows; of a unit that this program never served, the printer of its settings.

    A line that is none stands as it was written: it hides no other, and `problem_of` says what is wrong with it.
    """
    if revision_of(settings.database) != NEWEST:
        roles, line = roles_text(FIRST_ROLES), settings.printer
        first = DeviceCard(NEVER, "printer", FIRST_NAME, settings.printer_profile, line, roles, None, "")
        return [] if line == line_text(Nowhere()) else [first]
    params = sqlite_params(msgspec.structs.asdict(owner)) | DEVICES.fixed
    with closing(sqlite3.connect(f"{settings.database.resolve().as_uri()}?mode=ro", uri=True)) as db:
        return [DEVICES.read_sqlite(row) for row in db.execute(DEVICES.sqlite_text, params)]


def problem_of(card: DeviceCard) -> str:
    """Why a device cannot begin, as far as its line and model say; empty where they are well."""
    try:
        if card.kind == "printer":
            parse_line(card.line)
            profile_of(card.profile)
        elif card.kind == "scanner":
            load_profile(parse_scanner_line(card.line), card.profile)
    except TillhouseError as error:
        return str(error)
    return ""


def metrics_url(settings: Settings) -> str:
    """Where the unit that serves tells its figures."""
    host = "127.0.0.1" if is_everywhere(settings.host) else settings.host
    return f"http://{in_url(host)}:{settings.port}/metrics"


def ask_states(settings: Settings) -> dict[UUID, str] | None:
    """The state of each device as the unit that serves says; None where it is not found."""
    try:
        answer = httpx.get(metrics_url(settings), timeout=ASK_S_MAX, trust_env=False).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    return device_states(answer.text)


def device_states(metrics: str) -> dict[UUID, str]:
    """The states that a unit's own figures name."""
    return {UUID(found[1]): found[2] for found in DEVICE_STATE.finditer(metrics)}
