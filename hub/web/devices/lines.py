"""The inventory and what happened beside it, as lines of the page."""

from uuid import UUID

from hub.runtime.hub import Hub
from hub.web.devices.inventory import DAYS, Device
from hub.web.devices.view import DeviceView, HappeningView
from hub.web.devices.words import (
    FIRMWARE,
    ICONS,
    KINDS,
    OUT,
    RENEW,
    WELL,
    prints_words,
    trouble_tag,
    trouble_word,
    unit_name,
)
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import StateTag
from shared.domain.devices.queries_page import (
    HAPPENINGS_MAX,
    OPENINGS_OF_UNIT,
    OPENINGS_SHOWN,
    OPENINGS_WITHOUT_SALE,
    SLIPS_BETWEEN,
    OpeningLine,
    ShownOpening,
    SlipLine,
)
from shared.domain.devices.state import CUT_SHORT
from shared.kernel.clock import DAY_MS, HOUR_MS, at, clock_text, paper_text
from shared.kernel.money import Money
from shared.web.templates import ago, count

HAPPENINGS_SHOWN = 50
OPENINGS_LISTED = 20
KINDS_COUNTED = 2
SOMEBODY, BY_RULE = "Somebody who left", "The unit, by rule"
FORMER_DRAWER = "A drawer out of use"


def device_view(now: Snapshot, device: Device) -> DeviceView:
    """One line."""
    card, standing = device.card, device.standing
    nothing = not card.firmware and standing == "unknown"
    return DeviceView(
        device_id=str(card.device_id),
        icon=ICONS.get(card.kind, "monitor"),
        name=card.name,
        kind=KINDS.get(card.kind, card.kind),
        model=device.model,
        unit=device.unit,
        unit_href=f"/units/{card.node_id}",
        venue=device.venue,
        prints=prints_words(card.roles_text),
        firmware="–" if nothing else card.firmware or "Not told",
        firmware_beside="" if nothing else FIRMWARE[standing].format(minimum=device.minimum),
        firmware_tag=RENEW if standing == "old" else None,
        state=_state(device),
        beside=_out_words(now, device) if device.is_out else _beside(now, device),
        openings=_openings_words(device),
        incidents=device.incidents,
        of_these=_of_these(device),
    )


def _state(device: Device) -> StateTag:
    """As it is now; of a unit out of reach, as it was when it was heard last."""
    found = OUT if device.is_out else trouble_tag(device.troubles[0].trouble) if device.troubles else WELL
    return found if device.known else StateTag("wait", found.word, "cloud-off")


def _out_words(now: Snapshot, device: Device) -> str:
    """Since when it is out of service, and by whom."""
    card = device.card
    assert card.out_since_ms is not None, "asked only of what is out of service"
    by = f", {now.names.get(card.out_by, SOMEBODY)}" if card.out_by else ""
    return f"since {_when(card.out_since_ms, now)}{by}"


def _openings_words(device: Device) -> str:
    """`41 openings, 3 without a sale`."""
    if device.opened is None:
        return ""
    without = f", {device.opened.without_sale} without a sale" if device.opened.without_sale else ""
    return f"{count(device.opened.count, 'opening')}{without}"


def _beside(now: Snapshot, device: Device) -> str:
    if not device.known:
        return f"at {_when(device.heard_ms, now)}" if device.heard_ms is not None else "Its unit was never heard"
    if device.troubles:
        others = [trouble_word(one.trouble) for one in device.troubles[1:2]]
        since = ago(max(0, now.read_ms - device.troubles[0].since_ms) // 1_000)
        return ", ".join([f"for {since}", *others])
    last = device.last
    if last is None:
        return f"No trouble in {DAYS} days"
    word = trouble_tag(last.trouble).word
    ended = last.since_ms if last.trouble == CUT_SHORT or last.ended_ms is None else last.ended_ms
    return f"{word} {'at' if ended == last.since_ms else 'until'} {_when(ended, now)}"


def _of_these(device: Device) -> str:
    kinds = [f"{one.count} {trouble_word(one.trouble)}" for one in device.counted[:KINDS_COUNTED]]
    rest = sum(one.count for one in device.counted[KINDS_COUNTED:])
    return ", ".join([*kinds, *([f"{rest} other"] if rest else [])])


def _when(instant_ms: int, now: Snapshot) -> str:
    """The hour within a day, else the day with it."""
    same_day = at(instant_ms, now.zone).date() == at(now.read_ms, now.zone).date()
    near = same_day or 0 <= now.read_ms - instant_ms < 12 * HOUR_MS
    return clock_text(instant_ms, now.zone) if near else f"{at(instant_ms, now.zone):%d %b, %H:%M}"


async def happenings(hub: Hub, now: Snapshot, org_id: UUID, unit_id: UUID | None) -> tuple[HappeningView, ...]:
    """Slips that came out again or were voided, and drawers that opened without a cash sale, the newest first."""
    most = HAPPENINGS_MAX if unit_id else HAPPENINGS_SHOWN
    between = {"from_ms": now.read_ms - DAYS * DAY_MS, "to_ms": now.read_ms + DAY_MS, "most": most}
    slips = await hub.many(org_id, SLIPS_BETWEEN, **between)
    openings = await hub.many(org_id, OPENINGS_WITHOUT_SALE, **between)
    told = [(one.at_ms, one.node_id, _slip(now, one)) for one in slips]
    told += [(one.at_ms, one.node_id, _opening(now, one)) for one in openings]
    mine = [one for one in told if unit_id in (None, one[1])]
    mine.sort(key=lambda one: one[0], reverse=True)
    return tuple(one[2] for one in mine[:HAPPENINGS_SHOWN])


async def openings(
    hub: Hub, now: Snapshot, org_id: UUID, devices: list[Device], unit_id: UUID | None
) -> tuple[HappeningView, ...]:
    """The last openings of drawers, those with a cash sale too, the newest first; also of drawers that are gone."""
    names = {(one.card.node_id, one.card.device_id): one.card.name for one in devices}
    between = {"from_ms": now.read_ms - DAYS * DAY_MS, "to_ms": now.read_ms + DAY_MS, "most": OPENINGS_LISTED}
    if unit_id is None:
        lines = await hub.many(org_id, OPENINGS_SHOWN, **between)
    else:
        lines = await hub.many(org_id, OPENINGS_OF_UNIT, unit_id=unit_id, **between)
    return tuple(_shown(now, one, names.get((one.node_id, one.device_id), FORMER_DRAWER)) for one in lines)


def _shown(now: Snapshot, one: ShownOpening, drawer: str) -> HappeningView:
    return HappeningView(
        when=paper_text(one.at_ms, now.zone),
        unit=unit_name(now, one.node_id),
        what=drawer,
        who=now.names.get(one.opened_by, SOMEBODY),
        why=_sale_words(one) if one.sale_id is not None and not one.reason else one.reason or "–",
    )


def _sale_words(one: ShownOpening) -> str:
    """`Sale: 10 tickets, $10`; a sale that was purged, or did not arrive yet, is a sale all the same."""
    if one.ticket_count is None or one.amount_minor is None or one.currency is None:
        return "Sale"
    return f"Sale: {count(one.ticket_count, 'ticket')}, {Money(one.amount_minor, one.currency).short()}"


def _slip(now: Snapshot, slip: SlipLine) -> HappeningView:
    role = slip.role.capitalize()
    times = "" if slip.times == 1 else f", time {slip.times}"
    became = {"reprinted": f"printed again{times}", "voided": "voided", "confirmed": "seen to have come out"}
    return HappeningView(
        when=paper_text(slip.at_ms, now.zone),
        unit=unit_name(now, slip.node_id),
        what=f"{role} {became.get(slip.what, slip.what)}",
        who=now.names.get(slip.person_id, SOMEBODY) if slip.person_id else BY_RULE,
        why=slip.reason or "–",
    )


def _opening(now: Snapshot, opening: OpeningLine) -> HappeningView:
    return HappeningView(
        when=paper_text(opening.at_ms, now.zone),
        unit=unit_name(now, opening.node_id),
        what="Drawer opened without a cash sale",
        who=now.names.get(opening.opened_by, SOMEBODY),
        why=opening.reason or "–",
    )
