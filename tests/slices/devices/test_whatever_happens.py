"""Whatever is ordered about devices, in any order: what must be true of a unit's equipment stays true."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.devices.commands import AddDevice, ChangeDevice, NoteDeviceTrouble, NoteDeviceWell, RemoveDevice
from shared.domain.devices.facts import TroubleBegan, TroubleEnded
from shared.domain.devices.manifest import SLICE
from shared.domain.devices.rows import DeviceRow, DeviceTroubleRow
from shared.domain.devices.state import (
    CUT_SHORT,
    DEVICES_MAX,
    ROLES,
    SHARED_LINES,
    TROUBLES,
    DeviceCard,
    Equipment,
    OpenTrouble,
)
from shared.domain.slices import ALL
from shared.journal.chain import Stamp, Tip, empty_tip, seal
from shared.journal.entry import Entry, Fact
from shared.kernel.clock import Moment
from shared.kernel.errors import Refusal
from shared.pipeline.changes import Put
from shared.pipeline.command import Given
from tests.slices.devices import bar
from tests.slices.raffle.counter import UNIT

IDS = tuple(UUID(int=0x41 + place) for place in range(4))
LINES = ("tcp:10.0.0.7:9100", "usb:04b8:0e15", "virtual", "none", " ")
HOUSE = {handler.command: handler.decide for handler in SLICE.handlers}
names = st.one_of(st.sampled_from(["Bar", "Gate", "", "x" * 61]), st.text(max_size=3))
setting: dict[str, st.SearchStrategy[Any]] = {
    "command_id": st.just(UUID(int=1)),
    "device_id": st.sampled_from(IDS),
    "name": names,
    "profile": st.sampled_from(["virtual-80", ""]),
    "line": st.sampled_from(LINES),
    "roles": st.lists(st.sampled_from([*ROLES, "poem"]), max_size=3).map(tuple),
    "fallback_id": st.one_of(st.none(), st.sampled_from(IDS)),
    "take_over": st.booleans(),
}
orders = st.one_of(
    st.builds(AddDevice, kind=st.sampled_from(["printer", "printer", "printer", "scanner", "lamp"]), **setting),
    st.builds(ChangeDevice, **setting),
    st.builds(RemoveDevice, command_id=setting["command_id"], device_id=setting["device_id"]),
    st.builds(
        NoteDeviceTrouble,
        command_id=setting["command_id"],
        device_id=setting["device_id"],
        trouble=st.sampled_from(TROUBLES),
        job_id=st.one_of(st.none(), st.sampled_from([UUID(int=0x51), UUID(int=0x52)])),
    ),
    st.builds(NoteDeviceWell, command_id=setting["command_id"], device_id=setting["device_id"]),
)
Order = AddDevice | ChangeDevice | RemoveDevice | NoteDeviceTrouble | NoteDeviceWell


class Cupboard:
    """A unit's devices, kept as its rows are: every fact is sealed and projected."""

    def __init__(self) -> None:
        self.devices: dict[UUID, DeviceRow] = {}
        self.troubles: dict[UUID, DeviceTroubleRow] = {}
        self.tip: Tip = empty_tip(UNIT)

    def seen(self, device_id: UUID) -> Equipment:
        """What a decision about this device looks at."""
        return Equipment(tuple(map(_card, self.devices.values())), tuple(self.open(device_id)), bar.SELLER)

    def open(self, device_id: UUID) -> Iterator[OpenTrouble]:
        """Its troubles that are not over."""
        for row in self.troubles.values():
            if row.device_id == device_id and row.ended_ms is None:
                yield OpenTrouble(row.trouble_id, row.device_id, row.trouble, row.since_ms, row.job_id)

    def order(self, order: Order, turn: int) -> list[Fact]:
        """What comes of it; nothing where it is refused."""
        moment = Moment(1_000 + turn, turn, UUID(int=7))
        given = Given(UNIT, moment, turn.to_bytes(32, "big"))
        try:
            facts = HOUSE[type(order)](order, self.seen(order.device_id or UUID(int=0)), given)
        except Refusal:
            return []
        stamp = Stamp(UUID(int=turn), None, moment)
        sealed, self.tip = seal(UNIT, self.tip, stamp, [(given.new_id(9 + n), one) for n, one in enumerate(facts)])
        for one in sealed:
            self._project(one.entry)
        return facts

    def _project(self, entry: Entry[Fact]) -> None:
        for change in ALL.project(entry):
            assert isinstance(change, Put)
            if isinstance(change.row, DeviceRow):
                self.devices[change.row.device_id] = change.row
            elif isinstance(change.row, DeviceTroubleRow):
                self.troubles[change.row.trouble_id] = change.row


def _card(row: DeviceRow) -> DeviceCard:
    fields = msgspec.structs.asdict(row)
    fields.pop("owner")
    return DeviceCard(roles_text=fields.pop("roles"), **fields)


def _is_sound(cupboard: Cupboard) -> None:
    used = cupboard.seen(IDS[0]).used
    assert len(used) <= DEVICES_MAX
    for one in used:
        assert 1 <= len(one.name) <= 60
        assert one.profile
        assert one.name.isprintable()
        assert set(one.roles) <= set(ROLES)
        assert one.kind == "printer" or not one.roles
    for one, other in combinations(used, 2):
        assert one.line != other.line or one.line in SHARED_LINES
        assert not set(one.roles) & set(other.roles)
    printers = {one.device_id for one in used if one.kind == "printer"}
    for one in used:
        assert one.fallback_id is None or one.fallback_id in printers - {one.device_id}
    for device_id in IDS:
        found = list(cupboard.open(device_id))
        assert sum(one.trouble != CUT_SHORT for one in found) <= 1
        assert len({(one.trouble, one.job_id) for one in found}) == len(found)
        assert not found or device_id in {one.device_id for one in used}


@settings(max_examples=100, deadline=None)
@given(st.lists(orders, min_size=1, max_size=25))
def test_roles_lines_fallbacks_and_troubles_stay_sound_whatever_is_ordered(play: list[Order]) -> None:
    cupboard, began, ended = Cupboard(), set[UUID](), set[UUID]()
    for turn, order in enumerate(play, start=1):
        facts = cupboard.order(order, turn)
        began |= {one.trouble_id for one in facts if isinstance(one, TroubleBegan)}
        over = {one.trouble_id for one in facts if isinstance(one, TroubleEnded)}
        assert over <= began - ended, "what ends had begun, and had not ended"
        ended |= over
        _is_sound(cupboard)


@settings(max_examples=50, deadline=None)
@given(st.lists(orders, min_size=1, max_size=10))
def test_the_same_news_told_again_at_once_changes_nothing(play: list[Order]) -> None:
    cupboard = Cupboard()
    for turn, order in enumerate(play, start=1):
        cupboard.order(order, turn)
        if isinstance(order, NoteDeviceTrouble | NoteDeviceWell | ChangeDevice):
            assert cupboard.order(order, turn + 1_000) == []
