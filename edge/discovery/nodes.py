"""This unit among the Tillhouse nodes of its networks: it says that it is there, and hears hubs and other units.

An address that is heard is a suggestion and no more. Enrolment asks whoever answers there to prove that it knows the
pairing code; a unit at work asks for its own hub by node id, and the authority and the key that it pinned decide
whether what answers is that hub (`edge/sync/detour.py`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

import msgspec
import structlog

from edge.discovery.services import LISTEN_S, Service, browse, resolve
from shared.nearby.mdns import Interfaces, Mdns, announcing, chosen_interfaces
from shared.nearby.signs import HUB_SERVICE, EdgeSign, HubSign, read_hub_sign, url_at
from shared.sync.hosts import is_loopback

log = structlog.get_logger()
HUBS_MAX = 8
HUBS_S = 1.0


class HubNearby(msgspec.Struct, frozen=True):
    """A hub that announces itself: what it says of itself, and where it would be asked (`https://10.0.0.2:8400`)."""

    sign: HubSign
    url: str


class Neighbourhood:
    """The networks of one unit; without interfaces nobody is heard and nobody is told."""

    def __init__(self, interfaces: Interfaces = tuple) -> None:
        self._mdns = Mdns(interfaces)
        self._own = ""

    async def browse(self, kinds: Sequence[str], *, seconds: float | None = None) -> tuple[Service, ...]:
        """What announces itself as one of these kinds, but for this unit itself."""
        with self._hearing():
            zeroconf = await self._mdns.zeroconf()
            if zeroconf is None:
                return ()
            heard = await browse(zeroconf, kinds, here=self._is_here, seconds=LISTEN_S if seconds is None else seconds)
            return tuple(service for service in heard if service.name.lower() != self._own)
        return ()

    async def hubs(self) -> tuple[HubNearby, ...]:
        """Hubs that announce themselves, for people to choose from."""
        heard = await self.browse([HUB_SERVICE], seconds=HUBS_S)
        return tuple(hub for service in heard if (hub := _hub(service)))[:HUBS_MAX]

    async def find_hub(self, node_id: UUID) -> tuple[str, ...]:
        """Where somebody says that the hub of this node id is; asked by its name, so no crowd of others hides it."""
        with self._hearing():
            zeroconf = await self._mdns.zeroconf()
            if zeroconf is None:
                return ()
            sign = HubSign(node_id)
            service = await resolve(zeroconf, HUB_SERVICE, sign.instance, here=self._is_here)
            return tuple(url_at(one, service.port) for one in service.addresses) if service else ()
        return ()

    @asynccontextmanager
    async def announcing(self, sign: EdgeSign, *, host: str, port: int) -> AsyncIterator[None]:
        """Say that this unit is there, as long as somebody else can reach it at all."""
        self._own = sign.instance
        async with announcing(self._mdns, sign, host=host, port=port):
            yield

    async def close(self) -> None:
        """Say goodbye."""
        await self._mdns.close()

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        """Whoever cannot hear goes on as if nobody were there: by the whole code, by the stored address."""
        try:
            yield
        except Exception:
            log.exception("nobody can be heard")

    @property
    def _is_here(self) -> bool:
        return all(map(is_loopback, self._mdns.interfaces))


@asynccontextmanager
async def neighbourhood(*, on: bool, named: Sequence[str] = ()) -> AsyncIterator[Neighbourhood]:
    """The networks as settings choose them, closed at the end."""
    around = Neighbourhood(lambda: chosen_interfaces(on=on, named=named))
    try:
        yield around
    finally:
        await asyncio.shield(around.close())


def _hub(service: Service) -> HubNearby | None:
    sign = read_hub_sign(service.name, service.text)
    return HubNearby(sign, url_at(service.addresses[0], service.port)) if sign else None
