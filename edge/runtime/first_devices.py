"""What a unit's desk begins with: the devices of its last epoch, else the printer that the settings name.

The setting makes the first device of a unit that never had one, and is not even read otherwise: from then on the page
of devices decides, also where the last one was removed, in this epoch or the one before. A unit that is to have no
printer must not find one again in the morning, and a setting gone stale must not keep good devices shut.
"""

from collections.abc import Callable
from uuid import UUID

import structlog

from edge.devices.lines.address import Nowhere, Virtual, line_text, parse_line
from edge.devices.steering import check_steered
from edge.runtime.database import Reader
from edge.runtime.settings import Settings
from edge.runtime.station import profile_of
from shared.domain.devices.commands import AddDevice, KeepDevices
from shared.domain.devices.queries import DEVICES_KNOWN, FORMER_KNOWN
from shared.kernel.errors import StorageFault
from shared.pipeline.sqlite_writer import SqliteWriter

log = structlog.get_logger()
FIRST_ROLES = ("ticket", "receipt")
FIRST_NAME = "Printer"


async def settle_devices(settings: Settings, writer: SqliteWriter, reader: Reader, new_id: Callable[[], UUID]) -> None:
    """The unit has its devices afterwards; the sentence of the setting's own error where that names no printer."""
    if await reader.one(DEVICES_KNOWN) is not None:
        return
    try:
        if await writer.handle(KeepDevices(command_id=new_id())) or await reader.one(FORMER_KNOWN) is not None:
            return
        first = first_device(settings, new_id())
        if first is not None:
            await writer.handle(first)
    except StorageFault:
        log.warning("no device could be stored; tickets wait until the disk takes facts again")


def first_device(settings: Settings, command_id: UUID) -> AddDevice | None:
    """The printer of the settings as a device; None for `none`.

    PrinterSettingWrong or ModelUnknown when there is none of that name, PrinterNotSteered or LineNotAnswering when
    tickets would not be safe with it.
    """
    line = parse_line(settings.printer)
    if isinstance(line, Nowhere):
        return None
    profile = profile_of(settings.printer_profile)
    check_steered(profile, virtual=isinstance(line, Virtual), line=line, roles=FIRST_ROLES)
    return AddDevice(
        command_id=command_id,
        kind="printer",
        name=FIRST_NAME,
        profile=settings.printer_profile,
        line=line_text(line),
        roles=FIRST_ROLES,
    )
