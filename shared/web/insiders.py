"""Who asks from this very machine, for what is not public: a proxy here carries strangers, so it does not count."""

import ipaddress
from collections.abc import Mapping

CARRIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""What a proxy puts on a request of somebody else."""


def asks_itself(client_host: str, headers: Mapping[str, str]) -> bool:
    """Whether a request came from this machine and was carried by nobody."""
    try:
        own = ipaddress.ip_address(client_host).is_loopback
    except ValueError:
        return False
    return own and not any(name in headers for name in CARRIED)
