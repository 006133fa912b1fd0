"""The hub's settings: one frozen value, read once from environment and file, passed in."""

from pathlib import Path
from typing import Annotated

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class HubSettings(msgspec.Struct, frozen=True):
    """`folder` holds keys and, without `database_url`, the database. A hub listens on this machine unless told more."""

    folder: Path = Path("hub")
    host: str = "127.0.0.1"
    port: Port = 8_400
    database_url: str = ""
