"""Hosts by their names and addresses: which of them are this very machine, and how one is written in a URL."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether what is sent to this host never leaves the machine; a name other than localhost might."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_everywhere(host: str) -> bool:
    """Whether it means every address of this machine (`0.0.0.0`, `::`), so that nobody can call it by that."""
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return not host


def in_url(host: str) -> str:
    """The host as a URL writes it: an IPv6 address stands in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def scheme_and_host(url: str) -> tuple[str, str]:
    """Scheme and host of a web address; two empty texts when it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return "", ""
    return (parts.scheme.lower(), parts.hostname) if parts.hostname else ("", "")
