"""Which printers this driver can steer: those that tell how they are, and prove what came out.

Without a word of its paper and cover a printer would be absent for ever; without the proof each ticket would come
out again and again as a REPRINT, with all others waiting behind it. Both are worse than to be told at the start.
A report is no ticket: it may go to a printer that proves nothing, and to a print queue, which does not even answer.
"""

from collections.abc import Callable, Collection

from edge.devices.lines.address import LineAddress, answers, line_text
from firmware_profiles import PrinterProfile, load_printer, printer_names
from shared.kernel.errors import TillhouseError

OUR_OWN = "virtual-"
PROVED_ROLES = frozenset({"ticket", "counterfoil", "receipt"})
"""What a printer may be used for only when it proves what came out."""
STATUS, PROOF = ("dle-eot", "asb"), ("gs-r",)
NEEDED: dict[str, tuple[Callable[[PrinterProfile], bool], str]] = {
    "status": (lambda profile: profile.status in STATUS, "the driver learns of paper and cover by dle-eot or asb"),
    "proof": (
        lambda profile: profile.proof in PROOF or bool(profile.process_id),
        "that a ticket came out is proved by gs-r, or by process_id",
    ),
}


class PrinterNotSteered(TillhouseError):
    """The profile is sound, but says of its printer what this driver cannot work with, or does not say enough."""

    code = "edge.printer_not_steered"
    sentence = (
        "The printer of the profile “{profile}” cannot be steered safely by this version: {missing}. "
        "Take a printer that can be, with its profile: {instead}. Or write none for the printer: "
        "tickets are then kept, not printed."
    )


class LineNotAnswering(TillhouseError):
    """The printer may be able to prove its tickets, but not over this line."""

    code = "edge.printer_line_not_answering"
    sentence = (
        "No ticket can be printed over {line}: nothing comes back on it, so nobody would know whether one came out. "
        "Connect this printer by tcp, serial or usb, or let it print reports alone."
    )


def missing(profile: PrinterProfile) -> tuple[str, ...]:
    """The facts that keep this driver from printing tickets with such a printer, in words; none when it can."""
    return tuple(
        f"its {fact} is {'unknown' if fact in profile.unknown() else getattr(profile, fact)}, and {why}"
        for fact, (suffices, why) in NEEDED.items()
        if not suffices(profile)
    )


def proves(profile: PrinterProfile, line: LineAddress) -> bool:
    """Whether tickets may come out of such a printer on this line."""
    return answers(line) and not missing(profile)


def steered_names(*, virtual: bool) -> tuple[str, ...]:
    """Names of the profiles whose printers this driver can steer, sorted; those of our own printers where it is one."""
    names = (name for name in printer_names() if not missing(load_printer(name)))
    return tuple(name for name in names if virtual or not name.startswith(OUR_OWN))


def check_steered(
    profile: PrinterProfile,
    *,
    virtual: bool,
    line: LineAddress | None = None,
    roles: Collection[str] = PROVED_ROLES,
) -> None:
    """PrinterNotSteered or LineNotAnswering when a ticket would not be safe with this printer; reports always are."""
    if PROVED_ROLES.isdisjoint(roles):
        return
    if line is not None and not answers(line):
        raise LineNotAnswering(line=line_text(line))
    lacks = missing(profile)
    if lacks:
        instead = ", ".join(steered_names(virtual=virtual))
        raise PrinterNotSteered(profile=profile.name, missing="; ".join(lacks), instead=instead)
