"""What all profiles have in common: facts in groups, a source for each group, and an honest word for “unknown”.

A fact that no source establishes is left out of the file and is None here; `unknown()` lists those. `ESSENTIALS` are
the facts without which a device of this kind cannot be driven: while one of them is unknown, `supported` is false.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]
UsbNumber = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{2}( [0-9a-f]{2})*$")]
"""Bytes as people read them in a manual: `1b 70 00`."""

Flow = Literal["none", "dtr-dsr", "rts-cts", "xon-xoff"]


class UsbId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device as the USB names it; without `product` every device of the vendor.

    Where two profiles claim one id, each of them says in `shared` why, so that nobody takes the id for a proof.
    """

    vendor: UsbNumber
    product: UsbNumber | None = None
    shared: str = ""


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a device is recognised: by USB, by a service that mDNS names, by its answer on a serial line.

    `usb_product` is the product string of the USB descriptor. `signature_ask` are bytes that may be sent to a device
    that is not known yet, `signature` is a text that its answer contains. Finding is never trusting.
    """

    usb: tuple[UsbId, ...] | None = None
    usb_product: str | None = None
    mdns: tuple[str, ...] | None = None
    signature_ask: Hex | None = None
    signature: str | None = None


FOUND = ("found.usb", "found.usb_product", "found.mdns", "found.signature_ask", "found.signature")


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A profile as its file says it. `GROUPS` names the facts of each group, a dotted name lies inside a table."""

    GROUPS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    ESSENTIALS: ClassVar[tuple[str, ...]] = ()

    name: str
    title: str
    supported: bool
    found: Found = Found()
    faults: tuple[str, ...] = ()

    def unknown(self) -> tuple[str, ...]:
        """Names of the facts that no source establishes, in the order of the groups."""
        return tuple(fact for facts in self.GROUPS.values() for fact in facts if self.fact(fact) is None)

    def unknown_essentials(self) -> tuple[str, ...]:
        """Those of them without which the device cannot be driven."""
        return tuple(fact for fact in self.ESSENTIALS if self.fact(fact) is None)

    def unsourced(self) -> tuple[str, ...]:
        """Groups in which something is stated, and no source for it."""
        sources = self.fact("sources")
        return tuple(
            group
            for group, facts in self.GROUPS.items()
            if any(self.fact(fact) not in (None, ()) for fact in facts) and not getattr(sources, group)
        )

    def fact(self, name: str) -> Any:
        """The value of a fact by its dotted name; None when it, or the table around it, is unknown."""
        value: Any = self
        for part in name.split("."):
            value = getattr(value, part, None)
        return value


def octets(text: str) -> bytes:
    """The bytes of a `Hex` text."""
    return bytes.fromhex(text)
