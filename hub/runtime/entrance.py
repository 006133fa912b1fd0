"""The hub's entrance: where units find it, which authority vouches for it there, and how its server shows that.

A wrong setting is refused before anything starts, for a unit that pinned the wrong thing can only be enrolled again.
"""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography import x509

from hub.runtime.authority import fingerprint, read_or_make_authority
from hub.runtime.settings import HubSettings
from shared.journal.chance import chance_bytes
from shared.kernel.settings import SettingsFault
from shared.sync.hosts import in_url, is_everywhere, is_loopback, scheme_and_host

PLAIN_HOST = "127.0.0.1"
ALWAYS = ("localhost", "127.0.0.1", "::1")


class Entrance(msgspec.Struct, frozen=True):
    """What pairing tells a unit: the address, and the authority to pin (PEM; empty: a public one vouches)."""

    url: str = ""
    authority: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority, hex; empty for a public one."""
        return fingerprint(self.authority) if self.authority else ""


class ServerTls:
    """What the server shows; `renew` looks again, so that a hub that runs for months never shows an old one."""

    def __init__(self, load: Callable[[], tuple[Path, Path | None]]) -> None:
        self._load = load
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.options |= ssl.OP_NO_RENEGOTIATION
        self.renew()

    def renew(self) -> None:
        """Connections from now on see what the files hold now; SettingsFault when they cannot be used."""
        certificate, key = self._load()
        try:
            self.context.load_cert_chain(certificate, key, password="")
        except (OSError, ValueError) as problem:
            said = f"{certificate} and its key cannot be used for TLS: {problem}."
            raise SettingsFault(problem=said) from problem


def check(settings: HubSettings) -> None:
    """SettingsFault for what would leave units or people without a hub they can trust."""
    if settings.tls == "off" and not is_loopback(settings.host):
        raise SettingsFault(
            problem=f"TLS is off, but the hub would listen on {settings.host}, where others read along. "
            "Let a proxy on this machine end TLS and let the hub listen on 127.0.0.1, or set tls to own."
        )
    if settings.tls == "files" and not (settings.tls_certificate and settings.tls_key):
        raise SettingsFault(problem="TLS by files needs both: set tls_certificate and tls_key, or set tls to own.")
    if settings.plain_port == settings.port:
        raise SettingsFault(problem=f"Port {settings.port} is both port and plain_port; choose two.")
    scheme, host = scheme_and_host(public_url(settings))
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        raise SettingsFault(
            problem=f"The public address is “{public_url(settings)[:60]}”; units take only one that begins with "
            "https://, or http:// on their own machine. Set public_url to where the hub is found from outside."
        )


def public_url(settings: HubSettings) -> str:
    """Where units find the hub; by default where it listens, under the machine's name when that is everywhere."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = socket.gethostname() if is_everywhere(settings.host) else settings.host
    scheme = "http" if settings.tls == "off" else "https"
    return f"{scheme}://{in_url(host)}:{settings.port}"


def names(settings: HubSettings) -> list[str]:
    """Every name by which somebody may call this server."""
    given = [*settings.tls_names, scheme_and_host(public_url(settings))[1]]
    if not is_everywhere(settings.host):
        given.append(settings.host)
    return [*ALWAYS, *filter(None, [_ascii(socket.gethostname())]), *map(_in_certificate, given)]


def open_entrance(settings: HubSettings, folder: Path, *, now_ms: int) -> Entrance:
    """The entrance by these settings; makes the hub's own authority on the first call."""
    check(settings)
    url = public_url(settings)
    if settings.tls == "own":
        return Entrance(url, read_or_make_authority(folder, now_ms=now_ms, chance=chance_bytes).pem)
    return Entrance(url, _authority_in(settings.tls_authority) if settings.tls_authority else "")


def server_tls(settings: HubSettings, folder: Path, now_ms: Callable[[], int]) -> ServerTls | None:
    """What the server shows, or None when a proxy ends TLS."""
    if settings.tls == "off":
        return None
    if settings.tls == "files":
        certificate, key = settings.tls_certificate, settings.tls_key
        assert certificate is not None, "checked before"
        return ServerTls(lambda: (certificate, key))

    def own() -> tuple[Path, None]:
        authority = read_or_make_authority(folder, now_ms=now_ms(), chance=chance_bytes)
        return authority.server_file(names(settings), now_ms=now_ms(), chance=chance_bytes), None

    return ServerTls(own)


def _authority_in(path: Path) -> str:
    """The one certificate in the file: what units pin is one authority, not a list."""
    try:
        text = path.read_text()
        count = len(x509.load_pem_x509_certificates(text.encode()))
    except (OSError, ValueError) as problem:
        said = f"{path} is no authority's certificate (PEM): {problem}. Set tls_authority to the one that signed."
        raise SettingsFault(problem=said) from problem
    if count != 1:
        raise SettingsFault(problem=f"{path} holds {count} certificates; tls_authority is the one that signed.")
    return text


def _in_certificate(name: str) -> str:
    found = _ascii(name)
    if not found:
        raise SettingsFault(problem=f"“{name[:60]}” is no host name or address that a certificate can hold.")
    return found


def _ascii(name: str) -> str:
    """The name as certificates hold it, or nothing."""
    try:
        return name.strip("[]") if ":" in name else name.encode("idna").decode()
    except UnicodeError:
        return ""
