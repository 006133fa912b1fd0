"""Example views of the hub's page of devices."""

from typing import Any

from hub.web.devices.view import DevicesView, DeviceView, HappeningView
from hub.web.site.standing import StateTag
from hub.web.site.view import HubPage

WELL = StateTag("calm", "Works", "check")
OLD = StateTag("attn", "Renew", "triangle-alert")


def _device(name: str, unit: str, state: StateTag, beside: str, **other: Any) -> DeviceView:
    known: dict[str, Any] = {
        "device_id": "d", "icon": "printer", "kind": "Printer", "model": "Epson TM-T88V", "unit_href": "/units/u",
        "venue": "Harbour Stand", "prints": "Tickets, receipts", "firmware": "30.21 ESC/POS",
        "firmware_beside": "No minimum known", "firmware_tag": None, "incidents": 0, "of_these": "",
    }  # fmt: skip
    return DeviceView(name=name, unit=unit, state=state, beside=beside, **(known | other))


DEVICES = (
    _device(
        "Bar printer", "RSU 11", StateTag("stop", "Paper out", "printer-x"), "for 6 min, slip cut short",
        incidents=7, of_these="5 paper out, 1 slip cut short, 1 other",
    ),
    _device(
        "Gate scanner", "Kingsway Hall counter", StateTag("stop", "Not connected", "unplug"), "for 31 min",
        icon="scan-line", kind="Scanner", model="Honeywell Voyager 1400g", venue="Kingsway Hall", prints="–",
        firmware="–", firmware_beside="", incidents=2, of_these="2 not connected",
    ),
    _device(
        "Counter printer", "Harbour Stand counter", StateTag("attn", "Paper low", "printer"), "for 12 min",
        firmware="12.03 ESC/POS", firmware_beside="Approved from 30.01", firmware_tag=OLD, incidents=1,
        of_these="1 paper low", prints="Tickets, counterfoils, receipts, reports",
    ),
    _device(
        "Handheld printer", "RSU 09", StateTag("wait", "Works", "cloud-off"), "at 19:27",
        model="Built-in printer of the handheld (58 mm)", firmware="Not told", firmware_beside="Approved from 1.4",
    ),
    _device("Receipts", "Harbour Stand counter", WELL, "Paper out until 18:02", incidents=1, of_these="1 paper out"),
    _device(
        "Cash drawer", "Harbour Stand counter", WELL, "No trouble in 7 days", icon="wallet", kind="Cash drawer",
        model="Opened by its printer", prints="–", firmware="–", firmware_beside="",
        openings="41 openings, 3 without a sale",
    ),
    _device("Printer", "RSU 07", WELL, "Slip cut short at 19:40", incidents=1, of_these="1 slip cut short"),
)  # fmt: skip
HAPPENINGS = (
    HappeningView("2026-11-21 20:13", "RSU 11", "Ticket printed again", "The unit, by rule", "paper out in mid-ticket"),
    HappeningView("2026-11-21 20:02", "RSU 07", "Ticket voided", "Ines Duarte", "Buyer gone"),
    HappeningView(
        "2026-11-21 19:58", "Harbour Stand counter", "Drawer opened without a cash sale", "Ben Osei", "change for a 50"
    ),
    HappeningView(
        "2026-11-21 19:31",
        "Harbour Stand counter",
        "Counterfoil printed again, time 2",
        "Ines Duarte",
        "torn by the cutter",
    ),
)
OPENINGS = (
    HappeningView("2026-11-21 20:14", "Harbour Stand counter", "Cash drawer", "Ben Osei", "Sale: 10 tickets, $10"),
    HappeningView("2026-11-21 19:58", "Harbour Stand counter", "Cash drawer", "Ben Osei", "Give change"),
)


def device_pages(page: HubPage) -> dict[str, tuple[str, object]]:
    """By the name that a picture of it has."""
    back, template = ("Units", "/units"), "devices/devices.html"
    return {
        "hub-devices": (template, DevicesView(page, back, "all", 7, 3, "", DEVICES, HAPPENINGS, 12, OPENINGS)),
        "hub-devices-well": (template, DevicesView(page, back, "trouble", 7, 0, "", (), HAPPENINGS[:1])),
        "hub-devices-empty": (template, DevicesView(page, back, "all", 0, 0, "", (), ())),
    }
