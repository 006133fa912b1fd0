"""Meeting a device before anything is stored of it: what was found nearby, and what it answers when it is asked.

What was answered is kept for a while under a key, so that the page which asks for roles need not ask the device again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

import msgspec
import structlog

from edge.devices.lines.address import Nowhere, PrinterSettingWrong, Tcp, Virtual, line_text, parse_line
from edge.devices.probe import Probed, probe_line
from edge.devices.scanners.address import load_profile, parse_scanner_line, source_of
from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.discovery.found import Found
from edge.runtime.station import profile_of
from shared.domain.devices.errors import SameLine
from shared.domain.devices.state import SHARED_LINES, DeviceCard
from shared.kernel.errors import DeviceFault

log = structlog.get_logger()
KEPT_MAX = 16
Kind = Literal["printer", "scanner", "drawer"]
VIRTUAL = (
    Found("printer", "Virtual printer", "virtual", ("virtual-58",), "for practice; its paper is shown on a page"),
    Found("scanner", "Virtual scanner", "virtual", ("virtual-scanner",), "for practice; it scans from a page"),
)


class Meeting(msgspec.Struct, frozen=True):
    """A device that was asked: the line and model it was asked by, and what it said (None: it has nothing to say)."""

    key: UUID
    kind: Kind
    line: str
    profile: str
    title: str
    probed: Probed | None
    why_not: str = ""

    @property
    def answered(self) -> bool:
        """Whether it is there."""
        return not self.why_not


class Meetings:
    """Asks devices and remembers their answers; looks around, one look at a time."""

    def __init__(
        self,
        look: Callable[[], Awaitable[tuple[Found, ...]]],
        new_id: Callable[[], UUID],
        changed: Callable[[], None],
    ) -> None:
        self.found: tuple[Found, ...] = ()
        self._look, self._new_id, self._changed = look, new_id, changed
        self._looking: asyncio.Task[None] | None = None
        self._looked = False
        self._kept: dict[UUID, Meeting] = {}

    @property
    def is_looking(self) -> bool:
        """Whether a look around goes on."""
        return self._looking is not None

    def begin_look(self, *, again: bool = False) -> None:
        """Look around by the side; `changed` is told at its end. Without `again` only when nobody looked before."""
        if self._looking is None and (again or not self._looked):
            self._looked = True
            self._looking = asyncio.create_task(self._look_around())

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def meet(self, kind: Kind, line: str, profile: str, *, title: str = "") -> Meeting:
        """Ask the device on this line; PrinterSettingWrong, ScannerSettingWrong or ModelUnknown for what is no line."""
        line = line.strip()
        if kind == "scanner":
            meeting = await self._meet_scanner(line, profile, title)
        else:
            meeting = await self._meet_printer(line, profile, title)
        return self.keep(meeting)

    def keep(self, meeting: Meeting) -> Meeting:
        """Remember what was answered; the oldest makes room."""
        while len(self._kept) >= KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[meeting.key] = meeting
        return meeting

    def find(self, key: UUID) -> Meeting | None:
        """What was answered, while it is kept."""
        return self._kept.get(key)

    def forget(self, key: UUID) -> None:
        """The device is stored."""
        self._kept.pop(key, None)

    async def _meet_printer(self, line: str, profile: str, title: str) -> Meeting:
        address, model = parse_line(line), profile_of(profile)
        if isinstance(address, Nowhere):
            raise PrinterSettingWrong(printer=line, problem="a device is somewhere")
        virtual = VirtualPrinter(model) if isinstance(address, Virtual) else None
        place = Tcp(HOST, await virtual.start()) if virtual else address
        assert not isinstance(place, Virtual)
        try:
            place, probed = await probe_line(place, model)
        finally:
            if virtual is not None:
                await virtual.stop()
        why_not = "" if probed.reading is not None else " ".join(probed.problems)
        text = line_text(address if virtual else place)
        return Meeting(self._new_id(), "printer", text, profile, title or model.title, probed, why_not)

    async def _meet_scanner(self, line: str, profile: str, title: str) -> Meeting:
        """A scanner says nothing by itself: that its line opens is all there is to ask."""
        address = parse_scanner_line(line)
        model = load_profile(address, profile)
        source = source_of(address, model)
        why_not = ""
        try:
            await source.open()
        except DeviceFault as fault:
            why_not = str(fault)
        finally:
            await source.close()
        return Meeting(self._new_id(), "scanner", line, model.name, title or model.title, None, why_not)

    async def _look_around(self) -> None:
        try:
            self.found = await self._look()
        except Exception:  # our own bug in one way of looking must not leave the page looking for ever
            log.exception("looking around failed")
        finally:
            self._looking = None
            self._changed()


def check_free(line: str, devices: list[DeviceCard], *, but: UUID | None = None) -> None:
    """SameLine where another device of this unit is on this line; asked before the line is, as it is in use."""
    if line.partition(":")[0] in SHARED_LINES:
        return
    for one in devices:
        if one.line == line and one.device_id != but:
            raise SameLine(name=one.name, line=line)
