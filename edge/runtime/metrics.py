"""What `/metrics` of an edge tells: figures of this one unit, with nobody's name in them."""

from edge.devices.status import PrinterState
from edge.runtime.reporting import certificate_until_ms, disk_free_bytes, program, unit_holds, unit_lag
from edge.runtime.unit import Unit
from shared.kernel.clock import SECOND_MS
from shared.web.metrics import MetricsPage

SPOOLED = "SELECT state, count(*) FROM spool_job WHERE state NOT IN ('issued', 'voided') GROUP BY state ORDER BY state"
CAUSES = ("hub", "certificate", "witness", "clock", "storage")


async def unit_metrics(unit: Unit) -> str:
    """All figures of the unit as it is now."""
    page = MetricsPage()
    page.gauge("tillhouse_build_info", "The program that runs.", 1, version=program())
    page.gauge("tillhouse_journal_seq", "The last entry of this epoch's journal.", unit.writer.tip.seq)
    page.gauge("tillhouse_journal_epoch", "Which epoch of this unit it is.", unit.owner.epoch)
    await _line(unit, page)
    await _stops(unit, page)
    for state, count in await unit.reader.values(SPOOLED):
        page.gauge("tillhouse_spool_jobs", "Documents that are not on paper yet.", count, state=state)
    for known in PrinterState:
        is_so = int(unit.desk.status.state is known)
        page.gauge("tillhouse_printer_state", "1 at the state the printer is in.", is_so, state=known.value)
    for device_id, state in unit.device_states().items():
        page.gauge("tillhouse_device_state", "1 at the state each device is in.", 1, device=str(device_id), state=state)
    page.gauge("tillhouse_battery_percent", "Charge of the battery, where there is one.", unit.world.battery())
    page.gauge("tillhouse_disk_free_bytes", "Room on the database's disk.", await disk_free_bytes(unit))
    return page.text()


async def _line(unit: Unit, page: MetricsPage) -> None:
    line, lag = unit.line, await unit_lag(unit)
    page.gauge("tillhouse_hub_connected", "1 while the hub answers.", int(line.connected))
    page.gauge("tillhouse_uploads_paused", "1 while head office takes no uploads.", int(line.paused))
    heard_s = (unit.now_ms - line.heard_ms) / SECOND_MS if line.heard_ms else None
    page.gauge("tillhouse_hub_heard_seconds", "How long ago the hub was heard.", heard_s)
    page.gauge("tillhouse_waiting_entries", "Entries that the hub does not hold yet.", line.waiting)
    page.gauge("tillhouse_waiting_bytes", "Their bytes.", lag.bytes)
    page.gauge("tillhouse_oldest_waiting_seconds", "Age of the oldest of them.", lag.oldest_ms / SECOND_MS)
    page.gauge("tillhouse_receipt_seq", "Up to where the hub's receipt covers the journal.", line.receipted_seq)


async def _stops(unit: Unit, page: MetricsPage) -> None:
    held = {hold.partition(":")[0] for hold in await unit_holds(unit)}
    for cause in sorted({*CAUSES, *held}):
        page.gauge("tillhouse_held", "1 at each cause that stops selling.", int(cause in held), cause=cause)
    page.gauge("tillhouse_stores", "1 while the database takes facts.", int(unit.stores))
    until_ms = await certificate_until_ms(unit.reader)
    left_s = (until_ms - unit.now_ms) / SECOND_MS if until_ms else None
    page.gauge("tillhouse_certificate_seconds_left", "How long the certificate still counts.", left_s)
