"""The number box: a draw number, a validation number or a place on paper finds its sale."""

import re
from uuid import UUID

from hub.runtime.hub import Hub
from hub.web.site.snapshot import Snapshot
from shared.domain.raffle.queries_page import RANGE_OF, SALE_AT, SALE_BY_VALIDATION, SaleLine
from shared.kernel.validation import DRAW_NUMBER_MAX, draw_number_in, tidy

ON_PAPER = re.compile(r"(?P<code>[A-Z0-9]+)-(?P<epoch>\d{1,9})-(?P<seq>\d{1,12})")
Found = tuple[list[SaleLine], str]


async def find_sales(hub: Hub, org_id: UUID, now: Snapshot, q: str) -> Found:
    """The sales that `q` names, or none and a sentence that says what to try."""
    text = tidy(q)
    if match := ON_PAPER.fullmatch(q.strip().upper()):
        unit = next((unit.unit_id for unit in now.units if unit.code.upper() == match["code"]), org_id)
        place = {"at_node": unit, "at_epoch": int(match["epoch"]), "at_seq": int(match["seq"])}
        lines = await hub.many(org_id, SALE_AT, **place)
    elif text.isascii() and text.isdigit() and int(text) <= DRAW_NUMBER_MAX:
        lines = await _holding(hub, org_id, now, int(text))
    elif draw_number_in(text) is not None:
        lines = await hub.many(org_id, SALE_BY_VALIDATION, validation_number=text)
    else:
        return [], f"“{q}” is no draw number, validation number or place on paper. Check it and type it again."
    return lines, "" if lines else f"No sale holds {q}. Its unit may not have sent it yet; look again later."


async def _holding(hub: Hub, org_id: UUID, now: Snapshot, number: int) -> list[SaleLine]:
    lines: list[SaleLine] = []
    for event in now.events:
        for one in await hub.many(org_id, RANGE_OF, event_id=event.event_id, number=number):
            lines += await hub.many(org_id, SALE_AT, at_node=one.node_id, at_epoch=one.epoch, at_seq=one.sale_seq)
    return lines
