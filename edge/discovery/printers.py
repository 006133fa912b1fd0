"""Network printers as they announce themselves by mDNS, one suggestion for each address."""

from collections.abc import Iterable

from edge.devices.said import shown
from edge.discovery.guesses import GENERIC_PRINTERS, printers_by_model, printers_by_service
from edge.discovery.services import Service
from shared.sync.hosts import in_url

RAW, IPP, LPD = "_pdl-datastream._tcp.local.", "_ipp._tcp.local.", "_printer._tcp.local."
SERVICES = (RAW, IPP, LPD)
"""Raw data on a port of its own, as receipt printers take it; the Internet Printing Protocol; the line printer's."""
RAW_PORT = 9_100
MODEL_KEYS = ("ty", "usb_mdl", "product", "usb_mfg", "note")
HOW = {
    RAW: "announced by mDNS, takes raw data",
    IPP: "announced by mDNS for IPP; whether it takes raw data shows the test print",
    LPD: "announced by mDNS for LPD; whether it takes raw data shows the test print",
}


def line_of(service: Service) -> str:
    """Where raw data would go: the port that is announced for it, else the usual one."""
    port = service.port if service.kind == RAW else RAW_PORT
    return f"tcp:{in_url(service.addresses[0])}:{port}"


def title_of(service: Service) -> str:
    """What the printer calls itself."""
    return shown(service.text.get("ty", "")) or service.title or "A printer on the network"


def profiles_of(service: Service) -> tuple[str, ...]:
    """Profiles whose model is named, then those that announce this service; the generic ones where nobody fits."""
    said = " ".join([service.title, *(service.text.get(key, "") for key in MODEL_KEYS)])
    guesses = (*printers_by_model(said), *printers_by_service(service.kind.removesuffix(".local.")))
    return tuple(dict.fromkeys(guesses)) or GENERIC_PRINTERS


def one_each(services: Iterable[Service]) -> tuple[Service, ...]:
    """Of several announcements of one address the one for raw data, else the first."""
    best: dict[str, Service] = {}
    for service in sorted((one for one in services if one.kind in SERVICES), key=lambda one: SERVICES.index(one.kind)):
        if not any(address in best for address in service.addresses):
            best |= dict.fromkeys(service.addresses, service)
    return tuple({id(one): one for one in best.values()}.values())
