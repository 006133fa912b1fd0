"""The scanners that a unit shall have: those of its settings, and those that were added on its page."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import structlog

from edge.devices.scanners.address import ScannerSettingWrong
from edge.runtime.scanning import ScannerPlan, Scanning
from shared.domain.devices.state import DeviceCard

log = structlog.get_logger()


def use_scanners(scanning: Scanning, fixed: Iterable[ScannerPlan], cards: Iterable[DeviceCard]) -> None:
    """Let all of them scan; one that cannot be read, or is there already, is left out and told, and others go on.

    An added scanner goes by its device's id.
    """
    plans = tuple(fixed)
    for card in cards:
        if card.kind != "scanner":
            continue
        plan = ScannerPlan(str(card.device_id), card.line, card.profile, card.out_since_ms is None)
        try:
            scanning.use((*plans, plan))
        except ScannerSettingWrong as error:
            log.warning("scanner cannot begin", scanner=card.name, sentence=str(error))
        else:
            plans = (*plans, plan)
    scanning.use(plans)


def scanner_states(scanning: Scanning) -> dict[UUID, str]:
    """The state of each added scanner; those of the settings have no id."""
    states: dict[UUID, str] = {}
    for status in scanning.statuses:
        with suppress(ValueError):
            states[UUID(status.scanner)] = status.state.value
    return states
