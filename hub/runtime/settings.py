"""The hub's settings: one frozen value, read once from environment and file, passed in."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class HubSettings(msgspec.Struct, frozen=True):
    """`folder` holds keys and, without `database_url`, the database. A hub listens on this machine unless told more.

    `tls`: `own` shows a certificate of the hub's own authority, good for `tls_names` as well; `files` shows
    `tls_certificate` with `tls_key`, signed by `tls_authority` or, without one, by a public authority; `off` leaves
    it to a proxy on this machine. `public_url` is where units find the hub; `plain_port` is plain HTTP beside it,
    for this machine alone. `metrics_token` opens `/metrics` from elsewhere. `discovery` says whether the hub announces
    itself by mDNS where it listens, `discovery_interfaces` on which of these addresses (all of them by default).
    """

    folder: Path = Path("hub")
    host: str = "127.0.0.1"
    port: Port = 8_400
    database_url: str = ""
    tls: Literal["own", "files", "off"] = "own"
    tls_names: tuple[str, ...] = ()
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_authority: Path | None = None
    public_url: str = ""
    plain_port: Port | None = None
    metrics_token: str = ""
    discovery: Literal["on", "off"] = "on"
    discovery_interfaces: tuple[str, ...] = ()
