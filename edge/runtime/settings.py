"""The settings of one edge, read once and handed in."""

from pathlib import Path
from typing import Annotated

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
PORT = 8_440


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One edge. `printer` is `virtual`, `tcp:HOST:PORT` or `none`; without `hub_url` nothing is uploaded."""

    folder: Path
    host: str = "127.0.0.1"
    port: Port = PORT
    hub_url: str | None = None
    printer: str = "virtual"
    printer_profile: str = "virtual-58"
    printer_port: Port = 0
    database_bytes_max: Annotated[int, msgspec.Meta(ge=65_536)] | None = None

    @property
    def database(self) -> Path:
        """The edge's SQLite file."""
        return self.folder / "edge.db"

    @property
    def key_file(self) -> Path:
        """The edge's private keys, outside the database."""
        return self.folder / "node.key"

    @property
    def membership_file(self) -> Path:
        """What the hub answered when the edge was added."""
        return self.folder / "membership.json"
