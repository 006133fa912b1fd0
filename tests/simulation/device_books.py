"""Books of devices that owe nothing to the program's rows: what the raw entries of units say, fact by fact."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from shared.domain.devices.facts import (
    DeviceAdded,
    DeviceChanged,
    DeviceRemoved,
    DrawerOpened,
    SlipReprinted,
    SlipVoided,
    TroubleBegan,
    TroubleEnded,
)
from shared.domain.devices.queries_page import INVENTORY
from shared.domain.devices.state import CUT_SHORT, DEVICES_MAX, SHARED_LINES
from shared.domain.slices import ALL
from shared.journal.entry import Envelope, Fact
from shared.kernel.codec import decode
from tests.simulation.machine import DEVICES, Machine
from tests.simulation.world import World

History = tuple[UUID, int, int]
"""Unit, epoch, branch."""
SHOWN_DEVICES = """
select node_id, epoch, branch, device_id, name, line, roles, fallback_id, in_use from devices.devices_device
"""
SHOWN_TROUBLES = """
select node_id, epoch, branch, trouble_id, device_id, trouble, job_id, ended_ms from devices.devices_trouble
"""
SHOWN_SLIPS = "select node_id, epoch, branch, seq, job_id, what, times, person_id from devices.devices_slip"
SHOWN_OPENINGS = """
select node_id, epoch, branch, seq, device_id, sale_id, reason, opened_by from devices.devices_drawer_opening
"""


class Equipment:
    """The devices of one history as its facts leave them; `follow` holds each fact to what was true before it."""

    def __init__(self) -> None:
        self.devices: dict[UUID, tuple[DeviceAdded | DeviceChanged | DeviceRemoved, bool]] = {}
        self.troubles: dict[UUID, tuple[TroubleBegan | TroubleEnded, int | None]] = {}
        self.slips: dict[int, tuple[Any, ...]] = {}
        self.openings: dict[int, DrawerOpened] = {}
        self.reprinted = Counter[UUID]()
        self.voided: set[UUID] = set()

    def take(self, envelope: Envelope, fact: Fact) -> None:
        """One more fact."""
        match fact:
            case DeviceAdded() | DeviceChanged() | DeviceRemoved():
                self.devices[fact.device_id] = fact, not isinstance(fact, DeviceRemoved)
            case TroubleBegan():
                self.troubles[fact.trouble_id] = fact, None
            case TroubleEnded():
                self.troubles[fact.trouble_id] = fact, envelope.wall_ms
            case SlipReprinted():
                self.reprinted[fact.job_id] += 1
                self.slips[envelope.seq] = fact.job_id, "reprinted", fact.times, fact.person_id
            case SlipVoided():
                self.voided.add(fact.job_id)
                self.slips[envelope.seq] = fact.job_id, "voided", 0, fact.person_id
            case DrawerOpened():
                self.openings[envelope.seq] = fact

    def follow(self, envelope: Envelope, fact: Fact) -> None:
        """One more fact, which must be possible after those before it."""
        said = f"entry {envelope.epoch}/{envelope.seq}: {fact}"
        match fact:
            case DeviceAdded():
                assert fact.device_id not in self.devices, f"added twice: {said}"
            case DeviceChanged() | DeviceRemoved() | TroubleBegan():
                assert self.devices.get(fact.device_id, (None, False))[1], f"not in use: {said}"
            case TroubleEnded():
                assert self.troubles[fact.trouble_id][1] is None, f"ended twice: {said}"
            case SlipReprinted():
                assert fact.job_id not in self.voided, f"printed though void: {said}"
                assert fact.times == self.reprinted[fact.job_id] + 1, f"counted wrongly: {said}"
            case SlipVoided():
                assert fact.job_id not in self.voided, f"voided twice: {said}"
            case DrawerOpened():
                opened = fact.reason == "" and any(one.sale_id == fact.sale_id for one in self.openings.values())
                assert not opened, f"one sale opens twice: {said}"
        self.take(envelope, fact)

    def stands(self, name: str) -> None:
        """AssertionError when these devices could not be at one counter: two for one role, two at one cable."""
        used = [fact for fact, in_use in self.devices.values() if in_use]
        roles = Counter(role for one in used for role in one.roles)
        lines = Counter(one.line for one in used if one.line.partition(":")[0] not in SHARED_LINES)
        twice = [one for one, count in (roles + lines).items() if count > 1]
        assert not twice, f"two devices of {name} for {twice}"
        assert len(used) <= DEVICES_MAX, f"{len(used)} devices of {name}"
        ids = {one.device_id for one in used}
        lost = [one for one in used if one.fallback_id not in (None, *ids)]
        assert not lost, f"fallbacks of {name} that are not there: {lost}"
        open_now = [fact for fact, ended_ms in self.troubles.values() if ended_ms is None]
        ails = Counter(one.device_id for one in open_now if one.trouble != CUT_SHORT)
        more = [one for one, count in ails.items() if count > 1]
        assert not more, f"two troubles at once at {name}: {more}"
        gone = [one for one in open_now if one.device_id not in ids]
        assert not gone, f"troubles of devices that {name} has no more: {gone}"


def _read(data: bytes) -> tuple[Envelope, Fact] | None:
    envelope = decode(data, Envelope)
    fact = ALL.facts.read(envelope.type, envelope.version, envelope.body) if _is_ours(envelope) else None
    return None if fact is None else (envelope, fact)


def _is_ours(envelope: Envelope) -> bool:
    return envelope.type.startswith(DEVICES)


async def devices_agree(world: World, entries: Iterable[tuple[tuple[UUID, int, int, int], bytes, bytes]]) -> None:
    """AssertionError when the hub shows other devices, troubles, slips or openings than the entries that it holds."""
    histories: dict[History, Equipment] = {}
    for place, _, data in entries:
        if (read := _read(data)) is not None:
            histories.setdefault(place[:3], Equipment()).take(*read)
    ours: dict[str, set[tuple[Any, ...]]] = {name: set() for name in ("device", "trouble", "slip", "opening")}
    for history, one in histories.items():
        ours["device"] |= {
            (*history, fact.device_id, fact.name, fact.line, frozenset(fact.roles), fact.fallback_id, in_use)
            for fact, in_use in one.devices.values()
        }
        ours["trouble"] |= {
            (*history, fact.trouble_id, fact.device_id, fact.trouble, fact.job_id, ended_ms)
            for fact, ended_ms in one.troubles.values()
        }
        ours["slip"] |= {(*history, seq, *slip) for seq, slip in one.slips.items()}
        ours["opening"] |= {
            (*history, seq, fact.device_id, fact.sale_id, fact.reason, fact.opened_by)
            for seq, fact in one.openings.items()
        }
    await _is_shown(world, ours)
    await _is_listed(world, histories)
    for machine in world.machines:
        await _could_be(machine)


async def _is_shown(world: World, ours: dict[str, set[tuple[Any, ...]]]) -> None:
    devices = {(*row[:6], _roles(row[6]), *row[7:]) for row in await world.truth.rows(SHOWN_DEVICES)}
    _same("devices", ours["device"], devices)
    _same("troubles", ours["trouble"], {tuple(row) for row in await world.truth.rows(SHOWN_TROUBLES)})
    slips = {tuple(row) for row in await world.truth.rows(SHOWN_SLIPS) if row[5] in ("reprinted", "voided")}
    _same("slips", ours["slip"], slips)
    _same("openings of drawers", ours["opening"], {tuple(row) for row in await world.truth.rows(SHOWN_OPENINGS)})


def _roles(text: str) -> frozenset[str]:
    return frozenset(text.split(",")) - {""}


def _same(what: str, ours: set[tuple[Any, ...]], theirs: set[tuple[Any, ...]]) -> None:
    apart = sorted(ours - theirs, key=repr)[:2], sorted(theirs - ours, key=repr)[:2]
    assert ours == theirs, f"the hub's {what} differ, the entries' word alone and the program's: {apart}"


async def _is_listed(world: World, histories: dict[History, Equipment]) -> None:
    """Head office sees the devices in use of each unit's last epoch that had any."""
    newest: dict[UUID, int] = {}
    for (unit, epoch, branch), one in histories.items():
        if branch == 0 and one.devices:
            newest[unit] = max(epoch, newest.get(unit, 0))
    ours = {
        (unit, epoch, device_id)
        for unit, epoch in newest.items()
        for device_id, (_, in_use) in histories[unit, epoch, 0].devices.items()
        if in_use
    }
    listed = await world.hub.hub.many(world.template.org_id, INVENTORY, most=1_000)
    _same("list of devices", ours, {(one.node_id, one.epoch, one.device_id) for one in listed})


async def _could_be(machine: Machine) -> None:
    """Each whole journal on the card tells of devices what can have happened."""
    begins, epochs = await machine.begins(), dict[int, Equipment]()
    for epoch, _, _, data in await machine.entries():
        if epoch not in begins and (read := _read(data)) is not None:
            epochs.setdefault(epoch, Equipment()).follow(*read)
    for one in epochs.values():
        one.stands(machine.name)
