"""The virtual printer's page with its paper and its troubles, and the state of the printer for scripts."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body
from litestar.response import Redirect, Template

from edge.devices.virtual.paper import Slip
from edge.devices.virtual.printer import VirtualPrinter
from edge.runtime.unit import Unit
from edge.web.devices.troubles import TROUBLES, set_trouble, trouble_now
from edge.web.devices.view import PaperView, VirtualPrinterView
from edge.web.site.answers import go, show

PAPERS_SHOWN = 6
PAPER = "/virtual-printer/paper"


class TroubleForm(msgspec.Struct, frozen=True):
    """The trouble to have from now on; empty for none."""

    trouble: str = ""


SentTrouble = Annotated[TroubleForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


class PrinterAnswer(msgspec.Struct, frozen=True):
    """The unit's receipt printer: its state, the job in print, jobs not on paper yet, and whether it is virtual."""

    state: str
    job_id: UUID | None
    interrupted_job_id: UUID | None
    unprinted: int
    virtual: bool


class SlipAnswer(msgspec.Struct, frozen=True):
    """One piece of paper: its lines of text, where it is drawn, and whether it was cut or torn off."""

    number: int
    text: str
    picture: str
    finished: bool
    torn: bool


class PulseAnswer(msgspec.Struct, frozen=True):
    """A pulse that it was told to give on a pin of its drawer connector, as it understood the order."""

    pin: int
    on_ms: int
    off_ms: int


class VirtualPrinterAnswer(msgspec.Struct, frozen=True):
    """The virtual printer: its trouble (empty: none), the troubles there are, and its paper, oldest first.

    `drawer_open` and `pulses`: the drawer that would hang on its pin 2, and the last orders to open one.
    """

    trouble: str
    troubles: tuple[str, ...]
    port: int
    slips: tuple[SlipAnswer, ...]
    drawer_open: bool = False
    pulses: tuple[PulseAnswer, ...] = ()


def _printer(unit: Unit, device: UUID | None = None) -> VirtualPrinter:
    """The virtual printer of this device, or the unit's first."""
    virtual = unit.desk.virtual(device)
    if virtual is None:
        raise NotFoundException("This unit has a real printer. Look at its paper.")
    return virtual


def _address(device: UUID | None) -> str:
    return f"/virtual-printer?device={device}" if device else "/virtual-printer"


def _drawer(unit: Unit, printer: VirtualPrinter) -> str:
    """Open or shut, where a drawer of this unit hangs on it."""
    if not unit.drawers.hangs_on(printer):
        return ""
    return "open" if printer.troubles.drawer_pin_high else "shut"


def _first_line(slip: Slip) -> str:
    return " ".join(slip.text.split())[:200] or "Paper"


def _paper(slip: Slip) -> PaperView:
    picture = slip.picture()
    return PaperView(slip.number, picture.width, picture.height, _first_line(slip))


class VirtualPrinterPages(Controller):
    """Paper as a picture; nobody is logged in here."""

    path = "/virtual-printer"
    include_in_schema = False

    @get()
    async def show_paper(self, unit: Unit, device: UUID | None = None) -> Template:
        """The newest paper first; `device` chooses among several virtual printers."""
        printer = _printer(unit, device)
        trouble = trouble_now(printer)
        stopped = printer.troubles.stops_printing
        view = VirtualPrinterView(
            unit=unit.membership.unit.name,
            state=dict(TROUBLES)[trouble] if trouble else "Ready",
            is_out=stopped,
            trouble=trouble,
            troubles=TROUBLES,
            papers=tuple(_paper(slip) for slip in reversed(printer.slips[-PAPERS_SHOWN:])),
            device_id=str(device or ""),
            drawer=_drawer(unit, printer),
        )
        return show("devices/virtual_printer.html", view)

    @get("/paper/{name:str}")
    async def picture(self, unit: Unit, name: str, device: UUID | None = None) -> Response[bytes]:
        """`<n>.png`: the paper at one pixel a dot."""
        number, _, kind = name.partition(".")
        slip = (
            _printer(unit, device).slip(int(number))
            if kind == "png" and number.isdecimal() and len(number) < 9
            else None
        )
        if slip is None:
            raise NotFoundException("This paper is not kept any more. Look at the newest.")
        return Response(slip.png(), media_type="image/png")

    @post("/trouble")
    async def trouble(self, unit: Unit, data: SentTrouble, device: UUID | None = None) -> Redirect:
        """From now on the printer has this trouble."""
        await set_trouble(_printer(unit, device), data.trouble)
        return go(_address(device))

    @post("/drawer")
    async def shut(self, unit: Unit, device: UUID | None = None) -> Redirect:
        """Push its drawer in."""
        _printer(unit, device).shut_drawer()
        return go(_address(device))


class DevicesApi(Controller):
    """Devices of this unit."""

    path = "/api/devices"
    tags = ("devices",)

    @get("/printer", summary="The receipt printer")
    async def printer(self, unit: Unit) -> PrinterAnswer:
        """Needs no login."""
        now, virtual = unit.desk.status, unit.desk.virtual() is not None
        return PrinterAnswer(now.state.value, now.job_id, now.interrupted_job_id, await unit.spool.unprinted(), virtual)

    @get("/virtual-printer", summary="The virtual printer's paper")
    async def virtual_printer(self, unit: Unit, device: UUID | None = None) -> VirtualPrinterAnswer:
        """404 where the unit has a real printer; `device` chooses among several virtual ones."""
        printer = _printer(unit, device)
        chosen = f"?device={device}" if device else ""
        slips = tuple(
            SlipAnswer(slip.number, slip.text, f"{PAPER}/{slip.number}.png{chosen}", slip.finished, slip.torn)
            for slip in printer.slips
        )
        return _answer(printer, slips)

    @post("/virtual-printer/trouble", status_code=200, summary="Give the virtual printer a trouble")
    async def trouble(self, unit: Unit, data: TroubleForm, device: UUID | None = None) -> VirtualPrinterAnswer:
        """An empty word repairs it."""
        printer = _printer(unit, device)
        await set_trouble(printer, data.trouble)
        return _answer(printer, ())


def _answer(printer: VirtualPrinter, slips: tuple[SlipAnswer, ...]) -> VirtualPrinterAnswer:
    return VirtualPrinterAnswer(
        trouble=trouble_now(printer),
        troubles=tuple(word for word, _ in TROUBLES),
        port=printer.port,
        slips=slips,
        drawer_open=printer.troubles.drawer_pin_high,
        pulses=tuple(PulseAnswer(one.pin, one.on_ms, one.off_ms) for one in printer.pulses),
    )
