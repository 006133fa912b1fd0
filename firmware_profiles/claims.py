"""Which profiles claim a device on the USB: the best guess first, and those that cannot all be right."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from firmware_profiles.facts import Facts, UsbId
from firmware_profiles.loader import HANDHELDS, PRINTERS, SCANNERS, facts, models
from firmware_profiles.shelf import Kind


class Claim(msgspec.Struct, frozen=True):
    """One profile says that a device of this id may be its model. `kind` is the folder: printers, scanners, …"""

    kind: str
    name: str
    usb: UsbId
    usb_product: str | None
    supported: bool


def claims() -> tuple[Claim, ...]:
    """All claims of all profiles."""
    return tuple(claim for kind in (PRINTERS, SCANNERS, HANDHELDS) for claim in _claims(kind))


def candidates(vendor: int, product: int, usb_product: str = "") -> tuple[Claim, ...]:
    """Profiles that a USB device may belong to, the best first: same product text, then same id, then same vendor."""

    def rank(claim: Claim) -> tuple[bool, bool]:
        says_so = claim.usb_product is not None and claim.usb_product == usb_product.strip("\0 ")
        return (not says_so, claim.usb.product is None)

    matching = (claim for claim in claims() if claim.usb.vendor == vendor and claim.usb.product in (None, product))
    return tuple(sorted(matching, key=rank))


def double_claims(among: Iterable[Claim] | None = None) -> tuple[tuple[Claim, ...], ...]:
    """Ids that several profiles claim without all of them saying why: one of them is wrong, or a reason is missing."""
    by_id: defaultdict[tuple[int, int | None], list[Claim]] = defaultdict(list)
    for claim in claims() if among is None else among:
        by_id[claim.usb.vendor, claim.usb.product].append(claim)
    return tuple(
        tuple(group) for group in by_id.values() if len(group) > 1 and not all(claim.usb.shared for claim in group)
    )


def _claims(kind: Kind[Any]) -> Iterator[Claim]:
    for name in models(kind):
        found: Facts = facts(kind, name)
        for usb in found.found.usb or ():
            yield Claim(kind.folder, name, usb, found.found.usb_product, found.supported)
