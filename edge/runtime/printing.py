"""The unit's receipt printer as settings name it: a real one on the network, or the virtual one that ships with it."""

import msgspec

from edge.devices.spool import Spool
from edge.devices.status import PrinterState
from edge.devices.steering import check_steered
from edge.devices.supervisor import PrinterStatus, Supervisor
from edge.devices.transport import TcpTransport, Transport
from edge.devices.virtual.printer import HOST, VirtualPrinter
from edge.runtime.changes import Changes
from edge.runtime.settings import Settings
from edge.runtime.world import World
from firmware_profiles import ProfileInvalid, ProfileUnknown, load_printer
from shared.kernel.errors import TillhouseError

PRINTS = (PrinterState.READY, PrinterState.BUSY, PrinterState.PAPER_LOW)


class PrinterSettingWrong(TillhouseError):
    """The setting names no printer."""

    code = "edge.printer_setting"
    sentence = "The printer “{printer}” is not known: {problem}. Write virtual, tcp:HOST:PORT or none."


class Printing(msgspec.Struct, frozen=True):
    """The printer's supervisor (None: this unit has no printer) and the virtual printer behind it, where it is one."""

    supervisor: Supervisor | None
    virtual: VirtualPrinter | None

    @property
    def status(self) -> PrinterStatus:
        """How the printer is."""
        return self.supervisor.status if self.supervisor else PrinterStatus("none", PrinterState.DISABLED)

    @property
    def takes_paper(self) -> bool:
        """Whether what is queued now comes out soon."""
        return self.status.state in PRINTS


def tcp_address(printer: str) -> tuple[str, int]:
    """Host and port of `tcp:HOST:PORT`; PrinterSettingWrong otherwise."""
    kind, _, rest = printer.partition(":")
    host, _, port = rest.rpartition(":")
    if kind != "tcp" or not host or not port.isdigit() or not 0 < int(port) <= 65_535:
        raise PrinterSettingWrong(printer=printer[:60], problem="it has another form")
    return host, int(port)


async def start_printing(settings: Settings, spool: Spool, changes: Changes, world: World) -> Printing:
    """The printer of the settings, not yet running; the virtual one listens from here on.

    PrinterSettingWrong when there is none of that name, PrinterNotSteered when tickets would not be safe with it.
    """
    if settings.printer == "none":
        return Printing(None, None)
    try:
        profile = load_printer(settings.printer_profile)
        check_steered(profile, virtual=settings.printer == "virtual")
    except (ProfileUnknown, ProfileInvalid) as error:
        raise PrinterSettingWrong(printer=settings.printer_profile[:60], problem=str(error)) from error
    virtual = VirtualPrinter(profile, changed=changes.tell) if settings.printer == "virtual" else None
    transport: Transport = (
        TcpTransport(HOST, await virtual.start(settings.printer_port))
        if virtual
        else TcpTransport(*tcp_address(settings.printer))
    )
    supervisor = Supervisor(
        "receipt",
        profile=profile,
        transport=transport,
        spool=spool,
        changed=lambda _status: changes.tell(),  # whoever watches asks for the status itself
        chance=world.jitter,
        pace=world.printer_pace,
    )
    return Printing(supervisor, virtual)
