"""Which printers this driver can steer: those that tell how they are when asked, and prove what came out.

Without an answer to its questions a printer would be absent for ever; without the proof each ticket would come out
again and again as a REPRINT, with all others waiting behind it. Both are worse than to be told at the start.
"""

from firmware_profiles import PrinterProfile, load_printer, printer_names
from shared.kernel.errors import TillhouseError

OUR_OWN = "virtual-"
NEEDED = {
    "status": ("dle-eot", "the driver asks for paper and cover by dle-eot"),
    "proof": ("gs-r", "that a ticket came out is proved by gs-r"),
}


class PrinterNotSteered(TillhouseError):
    """The profile is sound, but says of its printer what this driver cannot work with, or does not say enough."""

    code = "edge.printer_not_steered"
    sentence = (
        "The printer of the profile “{profile}” cannot be steered safely by this version: {missing}. "
        "Take a printer that can be, with its profile: {instead}. Or write none for the printer: "
        "tickets are then kept, not printed."
    )


def missing(profile: PrinterProfile) -> tuple[str, ...]:
    """The facts that keep this driver from steering such a printer, in words; none when it can."""
    return tuple(
        f"its {fact} is {'unknown' if fact in profile.unknown() else getattr(profile, fact)}, and {why}"
        for fact, (value, why) in NEEDED.items()
        if getattr(profile, fact) != value
    )


def steered_names(*, virtual: bool) -> tuple[str, ...]:
    """Names of the profiles whose printers this driver can steer, sorted; those of our own printers where it is one."""
    names = (name for name in printer_names() if not missing(load_printer(name)))
    return tuple(name for name in names if virtual or not name.startswith(OUR_OWN))


def check_steered(profile: PrinterProfile, *, virtual: bool) -> None:
    """PrinterNotSteered when a ticket would not be safe with this printer."""
    lacks = missing(profile)
    if lacks:
        instead = ", ".join(steered_names(virtual=virtual))
        raise PrinterNotSteered(profile=profile.name, missing="; ".join(lacks), instead=instead)
