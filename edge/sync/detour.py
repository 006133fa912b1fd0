"""The road to a hub whose stored address no longer answers: the same hub, where it announces itself nearby.

Its address may have changed, or no name server knows it in this venue. Whoever announces the hub's node id is asked
under the stored address's own name: the certificate must be good for that name under the authority that was pinned, and
every word beneath TLS is signed with the pinned key as always. Where the stored address is a number, a hub that moved
is not called by it any more: then a certificate by the same pinned authority for the number where it was found does as
well. So an address that was found is trusted no more than any other; what answers there and is another is refused, and
the log says so.
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from uuid import UUID

import httpx
import msgspec
import structlog

from edge.sync.hub_client import IDLE_S_MAX
from edge.sync.link_parts import HubAddress, LinkParts
from edge.sync.trust import AUTHORITY_PATH, reason_of
from shared.sync.hosts import scheme_and_host

log = structlog.get_logger()
ASK_S_MAX = 5.0
NOT_THERE = (httpx.ConnectError, httpx.ConnectTimeout)
Find = Callable[[], Awaitable[Sequence[str]]]


class DetourPace(msgspec.Struct, frozen=True):
    """After which time without an answer somebody looks around, how often, and how long a detour is kept (s).

    An address that never answered since the start is not waited for: perhaps no name server knows it here.
    """

    away_s: float = 60.0
    again_s: float = 60.0
    kept_s: float = 600.0


USUAL = DetourPace()


def moved(request: httpx.Request, url: str, name: str = "") -> httpx.Request:
    """The same request at another address, under the name that it was made for: TLS asks for that one's certificate.

    `name` is another one to ask for.
    """
    place = httpx.URL(url)
    there = httpx.Request(
        request.method,
        request.url.copy_with(scheme="https", host=place.host, port=place.port),
        headers=request.headers,
        stream=request.stream,
    )
    there.extensions = {**request.extensions, "sni_hostname": name or request.url.host}
    return there


def names_at(stored: str, found: str) -> tuple[str, ...]:
    """Whose certificate is asked for: a name goes with its hub, a number stays behind when it moves."""
    try:
        ip_address(stored)
    except ValueError:
        return (stored,)
    return (stored, found)


class Elsewhere(httpx.AsyncBaseTransport):
    """Carries every request to one address, whatever host it names; that host's certificate is asked for there."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        self._url = url
        self._inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer from there."""
        return await self._inner.handle_async_request(moved(request, self._url))

    async def aclose(self) -> None:
        """Close connections."""
        await self._inner.aclose()


class Detour(httpx.AsyncBaseTransport):
    """Carries requests to the stored address; after long without an answer there, to the same hub elsewhere.

    `pinned`: TLS trusts one authority alone, the hub's, so a new number under it is the hub's own.
    """

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext,
        find: Find,
        now_s: Callable[[], float],
        pace: DetourPace = USUAL,
        *,
        pinned: bool = False,
    ) -> None:
        self._url = httpx.URL(url)
        self._pinned = pinned
        self._find = find
        self._now_s = now_s
        self._pace = pace
        limits = httpx.Limits(keepalive_expiry=IDLE_S_MAX)
        self._inner = httpx.AsyncHTTPTransport(verify=tls, limits=limits, trust_env=False)
        self._away_since_s: float | None = None
        self._served = False
        self._look_s = self._until_s = 0.0
        self.elsewhere = ""
        """Where the hub was found last; empty while its stored address serves."""
        self._name = ""
        self.strangers: tuple[str, ...] = ()
        """Addresses that were announced as this hub at the last look, and are not."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, from wherever the hub is; httpx.ConnectError when it is nowhere."""
        if self.elsewhere and self._now_s() < self._until_s:
            return await self._detoured(request)
        try:
            answer = await self._inner.handle_async_request(request)
        except NOT_THERE:
            if not await self._look_around():
                raise
            return await self._detoured(request)
        self._away_since_s, self.elsewhere, self._served = None, "", True
        return answer

    async def aclose(self) -> None:
        """Close connections."""
        await self._inner.aclose()

    async def _detoured(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(moved(request, self.elsewhere, self._name))
        except NOT_THERE:
            self.elsewhere = ""
            raise

    async def _look_around(self) -> bool:
        """Whether the hub is elsewhere; looked for now and then, once it has been away for long."""
        now_s = self._now_s()
        if self._away_since_s is None:
            self._away_since_s = now_s
        away_s = self._pace.away_s if self._served else 0.0
        if now_s - self._away_since_s < away_s or now_s < self._look_s:
            return False
        self._look_s = now_s + self._pace.again_s
        strangers: list[str] = []
        self.elsewhere = ""
        for url in await self._find():
            if await self._is_the_hub(url, strangers):
                self.elsewhere, self._until_s = url, now_s + self._pace.kept_s
                log.info("the hub was found nearby", stored=str(self._url), now=url)
                break
        self.strangers = tuple(strangers)
        return bool(self.elsewhere)

    async def _is_the_hub(self, url: str, strangers: list[str]) -> bool:
        """Whether what answers there holds a certificate of one of its names by the pinned authority."""
        reason = ""
        stored = self._url.host
        for name in names_at(stored, httpx.URL(url).host) if self._pinned else (stored,):
            reason = await self._refused(url, name)
            if not reason:
                self._name = name
                return True
            if "certificate" not in reason:
                return False
        strangers.append(url)
        log.error("what announces itself as the hub is another; refused", url=url, reason=reason)
        return False

    async def _refused(self, url: str, name: str) -> str:
        """Why what answers there is not the hub of this name; empty where it is."""
        asking = httpx.Request("GET", self._url.join(AUTHORITY_PATH))
        asking.extensions = {"timeout": httpx.Timeout(ASK_S_MAX).as_dict()}
        try:
            answer = await self._inner.handle_async_request(moved(asking, url, name))
            await answer.aclose()
        except httpx.HTTPError as error:
            return reason_of(error)
        return ""


def road_to(address: HubAddress, parts: LinkParts) -> httpx.AsyncBaseTransport | None:
    """What carries a line's requests: the address's own transport, one that knows detours, or None: plain sockets."""
    find, tls = parts.find_hub, address.tls
    if address.transport is not None or find is None or tls is None or scheme_and_host(address.url)[0] != "https":
        return address.transport
    wanted: UUID = address.node_id

    async def look() -> Sequence[str]:
        return await find(wanted)

    return Detour(address.url, tls, look, lambda: parts.clock.now().monotonic_ns / 1e9, pinned=address.pinned)
