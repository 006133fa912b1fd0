"""States, roles and models of devices in the words of the pages; the terminal says the same."""

from edge.devices.scanners.supervisor import ScannerState
from edge.devices.status import PrinterState
from edge.web.devices.view import StateView

STATES: dict[PrinterState, StateView] = {
    PrinterState.READY: StateView("Ready", "done", "printer-check"),
    PrinterState.BUSY: StateView("Printing", "done", "printer"),
    PrinterState.PAPER_LOW: StateView("Paper low", "attn", "printer", "Have a roll at hand."),
    PrinterState.PAPER_OUT: StateView("Paper out", "stop", "printer-x", "Put in a roll; what waits prints."),
    PrinterState.COVER_OPEN: StateView("Cover open", "stop", "printer-x", "Close the cover; what waits prints."),
    PrinterState.ERROR: StateView("Error", "stop", "printer-x", "Switch it off and on. If it stays so, swap it."),
    PrinterState.ABSENT: StateView(
        "No answer", "attn", "unplug", "See to power and cable, or swap it. Sales are kept."
    ),
    PrinterState.CONNECTING: StateView("Connecting", "wait", "hourglass"),
    PrinterState.WAITING: StateView("Waiting", "wait", "hourglass", "Another unit is printing; what waits comes next."),
    PrinterState.DISABLED: StateView("Out of service", "wait", "pause", "Put it back when it is to print again."),
}
SCANNER_STATES: dict[ScannerState, StateView] = {
    ScannerState.READY: StateView("Ready", "done", "scan-line"),
    ScannerState.CONNECTING: StateView("Connecting", "wait", "hourglass"),
    ScannerState.ABSENT: StateView("No answer", "attn", "unplug", "Plug it in; numbers can be typed meanwhile."),
    ScannerState.ERROR: StateView("Error", "stop", "x", "Unplug it and plug it in again."),
    ScannerState.DISABLED: StateView("Out of service", "wait", "pause"),
}
ROLE_LABELS = {
    "ticket": ("Tickets", "what buyers take with them"),
    "counterfoil": ("Counterfoils", "what goes into the drum"),
    "receipt": ("Receipts", "for those who ask"),
    "report": ("Reports", "end of shift, cash counts"),
}


def roles_text(roles: tuple[str, ...]) -> str:
    """`Tickets, receipts`; a printer without roles prints nothing."""
    words = [ROLE_LABELS[role][0] if role in ROLE_LABELS else role for role in roles]
    return ", ".join([words[0], *(word.lower() for word in words[1:])]) if words else "Nothing"
