"""What the hub's page of devices shows: each device of each unit, and what became of slips and drawers."""

from typing import Literal

import msgspec

from hub.web.site.standing import StateTag
from hub.web.site.view import HubPage

Shown = Literal["all", "trouble"]


class DeviceView(msgspec.Struct, frozen=True):
    """One device. `state` has the form of how bad it is, `beside` says since when, or what the last trouble was.

    `model` is the profile's title, `prints` what comes out of it; `incidents` counts those of the last seven days and
    `of_these` says which; `openings` counts a drawer's; `firmware_tag` is there where somebody should renew it.
    """

    device_id: str
    icon: str
    name: str
    kind: str
    model: str
    unit: str
    unit_href: str
    venue: str
    prints: str
    firmware: str
    firmware_beside: str
    firmware_tag: StateTag | None
    state: StateTag
    beside: str
    incidents: int
    of_these: str
    openings: str = ""


class HappeningView(msgspec.Struct, frozen=True):
    """A slip that came out again, counts no more or was seen, or the opening of a drawer."""

    when: str
    unit: str
    what: str
    who: str
    why: str


class DevicesView(msgspec.Struct, frozen=True):
    """GET /devices?show=all|trouble&unit=<unit_id>: devices, those in trouble first; below, slips and drawers.

    `back` (words, address) leads to the unit where one was asked for; `more` counts what is not shown. `openings` are
    the last ones of the drawers of the list, with a sale or without.
    """

    page: HubPage
    back: tuple[str, str]
    shown: Shown
    every: int
    in_trouble: int
    query: str
    devices: tuple[DeviceView, ...]
    happenings: tuple[HappeningView, ...]
    more: int = 0
    openings: tuple[HappeningView, ...] = ()
