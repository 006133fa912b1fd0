"""The settings of one edge, read once and handed in."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
PORT = 8_440


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One edge. `printer` is a line as `edge.devices.lines.address` reads it; `hub_url` wins over where pairing said
    the hub is.

    `scanners` are lines such as `serial:/dev/ttyACM0@9600 honeywell`, `hid:/dev/input/by-id/…` or `virtual`.
    `discovery` says whether this unit announces itself and hears others by mDNS, `discovery_interfaces` on which of its
    addresses (all of them by default).
    `witness_file` stands in the folder unless it is named; on another disk it also tells a restored folder.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: Port = PORT
    hub_url: str | None = None
    printer: str = "virtual"
    printer_profile: str = "virtual-58"
    printer_port: Port = 0
    scanners: tuple[str, ...] = ()
    database_bytes_max: Annotated[int, msgspec.Meta(ge=65_536)] | None = None
    witness_file: Path | None = None
    discovery: Literal["on", "off"] = "on"
    discovery_interfaces: tuple[str, ...] = ()

    @property
    def database(self) -> Path:
        """The edge's SQLite file."""
        return self.folder / "edge.db"

    @property
    def key_file(self) -> Path:
        """The edge's private keys, outside the database."""
        return self.folder / "node.key"

    @property
    def contact_key_file(self) -> Path:
        """The organisation's contact key, as the hub gave it."""
        return self.folder / "contact.key"

    @property
    def membership_file(self) -> Path:
        """What the hub answered when the edge was added."""
        return self.folder / "membership.json"

    @property
    def witness(self) -> Path:
        """What remembers how far the journal was committed, outside the database."""
        return self.witness_file or self.folder / "witness"
