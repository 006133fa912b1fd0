"""The program as it was before somebody thought of voids, of devices, of some rows: old hubs, and old units."""

import msgspec

from shared.domain.cases.rows import CaseEvidenceRow, CaseRow, DoubtRow, VerdictRow
from shared.domain.devices.manifest import SLICE as DEVICES
from shared.domain.identity.rows import VenueRow
from shared.domain.raffle.commands import UndoSale
from shared.pipeline.manifest import Slices
from tests.support import season

LATER = (VenueRow, CaseRow, CaseEvidenceRow, DoubtRow, VerdictRow)
"""Rows that yesterday's unit had not heard of."""
YESTERDAY = Slices(tuple(part for part in season.YESTERDAY.slices if part.name != DEVICES.name))
"""The hub's."""


def _units_before() -> Slices:
    """The program of a unit before voids, devices and these rows."""
    parts = [
        msgspec.structs.replace(
            part,
            rows=tuple(kind for kind in part.rows if kind not in LATER),
            feeds={kind: scope for kind, scope in part.feeds.items() if kind not in LATER},
            handlers=tuple(handler for handler in part.handlers if handler.command is not UndoSale),
        )
        for part in YESTERDAY.slices
    ]
    return Slices(tuple(parts))


BEFORE = _units_before()
