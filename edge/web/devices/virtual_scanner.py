"""The virtual scanner: its page, and its orders for scripts. Who scans with it is logged in, as a scan opens pages."""

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import Controller, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.devices.scanners.supervisor import ScannerState, ScannerStatus
from edge.devices.scanners.virtual import Trouble, VirtualScanner
from edge.runtime.scanning import Outcome
from edge.runtime.unit import Unit
from edge.web.devices.scanner_view import ScanView, VirtualScannerView
from edge.web.site.answers import go, show
from edge.web.site.door import logged_in
from shared.kernel.errors import DeviceFault, InputRefused

TEXT_LETTERS_MAX = 4_000
SHOWN_LETTERS = 60
SCANS_SHOWN = 4
TROUBLES: tuple[tuple[str, str], ...] = (
    ("half", "Sends half of each scan"),
    ("garbage", "Sends garbage"),
    ("flood", "Sends 10,000 characters"),
    ("no_suffix", "Never ends its line"),
    ("doubled", "Sends each scan twice"),
    ("slow", "Stumbles while it sends"),
    ("unplug", "Unplugged"),
)
STATES = {
    ScannerState.ABSENT: "Unplugged",
    ScannerState.CONNECTING: "Connecting",
    ScannerState.READY: "Ready",
    ScannerState.ERROR: "Cannot be read",
    ScannerState.DISABLED: "Out of service",
}


class ScannerNotRead(DeviceFault):
    """A scan that nobody would hear."""

    code = "scanner.not_read"
    sentence = "The virtual scanner is not read now. Take away its trouble, or take it into service, and scan again."


class ScanForm(msgspec.Struct, frozen=True):
    """The number to scan."""

    text: str = ""


class ScannerTroubleForm(msgspec.Struct, frozen=True):
    """The trouble to have from now on; empty for none."""

    trouble: str = ""


SentScan = Annotated[ScanForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
SentTrouble = Annotated[ScannerTroubleForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class ScannerAnswer(msgspec.Struct, frozen=True):
    """A scanner of this unit: its line, state, what to do (empty: nothing), and counts since the unit started."""

    scanner: str
    line: str
    state: str
    problem: str
    scans: int
    refused: int


class ScanAnswer(msgspec.Struct, frozen=True):
    """What became of a scan: `taken` by the page in front, `again` when it was seen just before, or its `problem`."""

    scanner: str
    text: str
    problem: str
    taken: bool
    again: bool


class VirtualScannerAnswer(msgspec.Struct, frozen=True):
    """The virtual scanner: its state, trouble (empty: none), the troubles there are, the last scans, newest first."""

    state: str
    trouble: str
    troubles: tuple[str, ...]
    latest: tuple[ScanAnswer, ...]


class OnTheDesk(msgspec.Struct, frozen=True):
    """One virtual scanner of a unit: its name, itself, how it is."""

    name: str
    scanner: VirtualScanner
    status: ScannerStatus


def _scanner(unit: Unit, device: str) -> OnTheDesk:
    names = unit.scanning.virtual_names()
    name = device or (names[0] if names else "")
    scanner, supervisor = unit.scanning.virtual(name), unit.scanning.supervisor(name)
    if scanner is None or supervisor is None:
        raise NotFoundException("This unit has no such virtual scanner. Add one, or scan with the real one.")
    return OnTheDesk(name, scanner, supervisor.status)


async def _scan(unit: Unit, device: str, text: str) -> None:
    if not text.strip() or len(text) > TEXT_LETTERS_MAX:
        raise InputRefused(field="Number", problem=f"type 1 to {TEXT_LETTERS_MAX:,} letters for it to scan")
    if not await _scanner(unit, device).scanner.scan(text.strip()):
        raise ScannerNotRead


def _have(unit: Unit, device: str, word: str) -> None:
    try:
        trouble = Trouble(word) if word else None
    except ValueError:
        words = ", ".join(one for one, _ in TROUBLES)
        raise InputRefused(field="Trouble", problem=f"choose one of {words}") from None
    _scanner(unit, device).scanner.have(trouble)


def _latest(unit: Unit, one: OnTheDesk) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome in unit.scanning.latest if outcome.heard.scanner == one.name)


def _address(device: str, text: str) -> str:
    return "/virtual-scanner?" + urlencode({key: value for key, value in (("device", device), ("text", text)) if value})


def _scan_view(one: Outcome) -> ScanView:
    number = one.heard.text[:SHOWN_LETTERS]
    if one.heard.problem:
        return ScanView("", one.heard.problem, "attn")
    if one.again:
        return ScanView(number, "Seen a moment ago, so it counts once.", "calm")
    if one.taken:
        return ScanView(number, "The page in front has it.", "done")
    return ScanView(number, "No page of this unit is open. Open one in another window and scan again.", "attn")


def _page(unit: Unit, device: str, text: str, refused: str = "") -> Template:
    shown = _scanner(unit, device)
    status = shown.status
    view = VirtualScannerView(
        unit=unit.membership.unit.name,
        device=device,
        state=STATES[status.state],
        is_well=status.state is ScannerState.READY,
        problem=status.problem if status.state is ScannerState.ERROR else "",
        text=text[:TEXT_LETTERS_MAX],
        refused=refused,
        scans=tuple(map(_scan_view, _latest(unit, shown)[:SCANS_SHOWN])),
        trouble=shown.scanner.trouble or "",
        troubles=TROUBLES,
    )
    return show("devices/virtual_scanner.html", view, status=409 if refused else 200)


def _answer(unit: Unit, device: str) -> VirtualScannerAnswer:
    shown = _scanner(unit, device)
    latest = tuple(
        ScanAnswer(one.heard.scanner, one.heard.text, one.heard.problem, one.taken, one.again)
        for one in _latest(unit, shown)
    )
    return VirtualScannerAnswer(shown.status.state.value, shown.scanner.trouble or "", tuple(dict(TROUBLES)), latest)


class VirtualScannerPages(Controller):
    """A scanner to try things with. It stands in a window of its own and takes no scans itself."""

    path = "/virtual-scanner"
    include_in_schema = False
    guards = (logged_in,)

    @get()
    async def show_scanner(self, unit: Unit, device: str = "", text: str = "") -> Template:
        """Its state, the number, the last scans; `device` names one of several."""
        return _page(unit, device, text)

    @post("/scan", status_code=303)
    async def scan(self, unit: Unit, data: SentScan, device: str = "") -> Template | Redirect:
        """Scan the number."""
        try:
            await _scan(unit, device, data.text)
        except (InputRefused, ScannerNotRead) as error:
            return _page(unit, device, data.text, str(error))
        return go(_address(device, data.text.strip()))

    @post("/trouble")
    async def trouble(self, unit: Unit, data: SentTrouble, device: str = "", text: str = "") -> Redirect:
        """From now on the scanner has this trouble."""
        _have(unit, device, data.trouble)
        return go(_address(device, text))


class ScannersApi(Controller):
    """Scanners of this unit."""

    path = "/api/devices"
    tags = ("devices",)

    @get("/scanners", summary="The scanners")
    async def scanners(self, unit: Unit) -> tuple[ScannerAnswer, ...]:
        """How each is; needs no login, as no scan is told."""
        return tuple(
            ScannerAnswer(one.scanner, one.address, one.state.value, one.problem, one.scans, one.refused)
            for one in unit.scanning.statuses
        )

    @get("/virtual-scanner", guards=[logged_in], summary="The virtual scanner")
    async def virtual_scanner(self, unit: Unit, device: str = "") -> VirtualScannerAnswer:
        """The first, or the one that `device` names; 404 where there is none."""
        return _answer(unit, device)

    @post("/virtual-scanner/scan", status_code=200, guards=[logged_in], summary="Scan with the virtual scanner")
    async def scan(self, unit: Unit, data: ScanForm, device: str = "") -> VirtualScannerAnswer:
        """As its trouble spoils it; what became of it stands in `latest` as soon as it was read."""
        await _scan(unit, device, data.text)
        return _answer(unit, device)

    @post("/virtual-scanner/trouble", status_code=200, guards=[logged_in], summary="Give the virtual scanner a trouble")
    async def trouble(self, unit: Unit, data: ScannerTroubleForm, device: str = "") -> VirtualScannerAnswer:
        """An empty word repairs it."""
        _have(unit, device, data.trouble)
        return _answer(unit, device)
