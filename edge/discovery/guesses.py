"""From what a device says of itself to the profiles that may fit, best first: a guess for people, never a proof."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from firmware_profiles import HANDHELDS, PRINTERS, SCANNERS, Facts, Kind, candidates, facts, models

GUESSES_MAX = 12
PRINTER, SCANNER = "printer", "scanner"
WORDS = {PRINTERS.folder: PRINTER, SCANNERS.folder: SCANNER}
GENERIC_PRINTERS = ("generic-80", "generic-58")
GENERIC_SERIAL, GENERIC_KEYBOARD = "generic-serial", "generic-keyboard"
BAUD = 9_600
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*")


def kinds_of(vendor: int, product: int, model: str = "") -> tuple[str, ...]:
    """What a USB device of this id may be, by the profiles that claim it: printer, scanner."""
    words = (WORDS[claim.kind] for claim in candidates(vendor, product, model) if claim.kind in WORDS)
    return tuple(dict.fromkeys(words))


def by_usb(kind: str, vendor: int, product: int, model: str = "") -> tuple[str, ...]:
    """Names of the profiles of this kind that claim the id."""
    claims = candidates(vendor, product, model)
    return _few(claim.name for claim in claims if WORDS.get(claim.kind) == kind)


def printers_by_model(text: str) -> tuple[str, ...]:
    """Printers whose model this text names as a word of its own, the longest name first."""
    said = frozenset(_WORD.findall(text.casefold()))
    fitting = [(name, words) for name, words in _models() if words <= said]
    return _few(name for name, words in sorted(fitting, key=lambda one: (-sum(map(len, one[1])), one[0])))


def printers_by_service(service: str) -> tuple[str, ...]:
    """Printers whose profile says that they announce themselves so (`_pdl-datastream._tcp`)."""
    return _few(name for name in models(PRINTERS) if service in (facts(PRINTERS, name).found.mdns or ()))


def baud_of(kind: str, names: Iterable[str]) -> int:
    """A speed to begin with: for a printer the highest that the first profile with any says, as it is driven."""
    shelf: Kind[Any] = PRINTERS if kind == PRINTER else SCANNERS
    for name in names:
        found: Facts = facts(shelf, name)
        bauds: tuple[int, ...] = found.fact("bauds") or ()
        if bauds:
            return max(bauds) if kind == PRINTER else BAUD if BAUD in bauds else min(bauds)
    return BAUD


@cache
def _models() -> tuple[tuple[str, frozenset[str]], ...]:
    """Each printer that has a maker's name, with the words of its model: “Epson TM-T20II” is known by `tm-t20ii`."""
    titles = ((name, _WORD.findall(facts(PRINTERS, name).title.split(",")[0].casefold())) for name in models(PRINTERS))
    named = ((name, words[1:]) for name, words in titles if not name.startswith(("generic-", "virtual-")))
    return tuple((name, frozenset(words)) for name, words in named if words)


def _few(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:GUESSES_MAX]


assert HANDHELDS.folder not in WORDS, "a handheld is found by its printer and scanner"
