"""Sockets for mDNS on chosen interfaces, and a node that announces itself through them for as long as it serves.

A machine without a network, with a wall around it, or whose addresses change loses nothing but this: it serves on, and
looks again once a minute. What nobody foresaw is logged, and tried again soon, later less often.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import structlog

from shared.nearby.signs import EdgeSign, HubSign, own_addresses

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

log = structlog.get_logger("nearby")
LOOK_AGAIN_S = 60.0
FAILED_AGAIN_S = 0.5
"""After an error that nobody foresaw; doubled by each one that follows, up to LOOK_AGAIN_S."""
CLOSE_S_MAX = 3.0
Interfaces = Callable[[], Sequence[str]]


def machine_interfaces() -> tuple[str, ...]:
    """The IPv4 addresses of this machine, loopback among them; none when the machine does not tell."""
    import ifaddr

    try:
        found = {str(one.ip) for adapter in ifaddr.get_adapters() for one in adapter.ips if one.is_IPv4}
    except OSError:
        return ()
    return tuple(sorted(found))


def chosen_interfaces(*, on: bool, named: Iterable[str]) -> tuple[str, ...]:
    """What settings choose: nothing, the addresses that they name and this machine has, or all it has."""
    if not on:
        return ()
    here, wanted = machine_interfaces(), frozenset(named)
    return tuple(one for one in here if not wanted or one in wanted)


class Mdns:
    """One set of sockets on `interfaces`, opened when first needed and anew when the machine's addresses changed."""

    def __init__(self, interfaces: Interfaces) -> None:
        self._wanted = interfaces
        self._open: tuple[str, ...] = ()
        self._zeroconf: AsyncZeroconf | None = None
        self._one = asyncio.Lock()

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Those of the open sockets."""
        return self._open

    async def reached(self, host: str) -> tuple[str, ...]:
        """Under which addresses others reach somebody here who listens on `host`; nothing is opened for it."""
        return own_addresses(host, await asyncio.to_thread(_usable, self._wanted))

    async def zeroconf(self) -> "AsyncZeroconf | None":
        """The sockets of now; None where nothing was chosen or the machine lets nobody hear."""
        async with self._one:
            wanted = await asyncio.to_thread(_usable, self._wanted)
            ended = self._zeroconf is not None and self._zeroconf.zeroconf.done
            if wanted != self._open or ended:
                await self._close()
                self._zeroconf = await _opened(wanted)
                self._open = wanted if self._zeroconf else ()  # what could not be opened is tried again
            return self._zeroconf

    async def close(self) -> None:
        """Say goodbye and close."""
        async with self._one:
            await self._close()

    async def _close(self) -> None:
        closing, self._zeroconf, self._open = self._zeroconf, None, ()
        if closing is None:
            return
        try:
            async with asyncio.timeout(CLOSE_S_MAX):
                await closing.async_close()
        except (OSError, TimeoutError):
            return
        except Exception:  # whoever closes has more to close
            log.exception("sockets of mDNS did not close")


@asynccontextmanager
async def announcing(mdns: Mdns, sign: HubSign | EdgeSign, *, host: str, port: int) -> AsyncIterator[None]:
    """Announce a node that listens on `host` and `port`, in the background; whoever serves never waits for it."""
    keeping = asyncio.create_task(_keep_announced(mdns, sign, host, port))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep_announced(mdns: Mdns, sign: HubSign | EdgeSign, host: str, port: int) -> None:
    """Until cancelled, and then take the announcement back."""
    telling = _Telling(mdns, sign, host, port)
    failed_s = FAILED_AGAIN_S
    try:
        while True:
            again_s = LOOK_AGAIN_S
            try:
                await telling.look()
                failed_s = FAILED_AGAIN_S
            except Exception:
                log.exception("announcing failed; it is tried again", in_s=failed_s)
                again_s, failed_s = failed_s, min(2 * failed_s, LOOK_AGAIN_S)
            await asyncio.sleep(again_s)
    finally:
        await telling.end()


class _Telling:
    """One node's announcement, on the sockets of now."""

    def __init__(self, mdns: Mdns, sign: HubSign | EdgeSign, host: str, port: int) -> None:
        self._mdns, self._sign, self._host, self._port = mdns, sign, host, port
        self._told: AsyncZeroconf | None = None
        self._about: AsyncServiceInfo | None = None

    async def look(self) -> None:
        """Announce it, unless it is announced on these sockets already."""
        addresses = await self._mdns.reached(self._host)
        now = await self._mdns.zeroconf() if addresses else None
        if now is not None and now is not self._told:
            self._about = await _announce(now, self._sign, self._port, addresses)
            self._told = now if self._about else None

    async def end(self) -> None:
        """Take it back, where its sockets are open still."""
        if self._told is not None and self._about is not None and not self._told.zeroconf.done:
            try:
                async with asyncio.timeout(CLOSE_S_MAX):
                    await (await self._told.async_unregister_service(self._about))
            except (OSError, TimeoutError):
                return
            except Exception:
                log.exception("the announcement could not be taken back; it ends by itself")


async def _announce(
    zeroconf: "AsyncZeroconf", sign: HubSign | EdgeSign, port: int, addresses: Sequence[str]
) -> "AsyncServiceInfo | None":
    """Its name is of its node id, so nobody need be asked whether another has it; None when it could not be said."""
    from zeroconf import Error
    from zeroconf.asyncio import AsyncServiceInfo

    kind = sign.instance.partition(".")[2]
    server = f"tillhouse-{sign.node_id.hex}.local."
    about = AsyncServiceInfo(
        kind, sign.instance, port, properties=sign.text, server=server, parsed_addresses=list(addresses)
    )
    try:
        await zeroconf.async_register_service(about, cooperating_responders=True)
    except (Error, OSError) as error:
        log.warning("not announced", reason=str(error) or type(error).__name__)
        return None
    log.info("announced", addresses=",".join(addresses), port=port)
    return about


def _usable(interfaces: Interfaces) -> tuple[str, ...]:
    """Those of them that are up at this moment; the library would leave sockets open over one that is not."""
    return tuple(filter(_is_up, interfaces()))


def _is_up(address: str) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as trying:
            trying.bind((address, 0))
    except OSError:
        return False
    return True


async def _opened(interfaces: Sequence[str]) -> "AsyncZeroconf | None":
    if not interfaces:
        return None
    await asyncio.to_thread(import_module, "zeroconf.asyncio")  # the import takes a while, and the loop must not
    from zeroconf.asyncio import AsyncZeroconf

    try:
        return AsyncZeroconf(interfaces=list(interfaces))
    except (OSError, RuntimeError, ValueError) as error:
        log.warning("nobody is heard on the network", interfaces=",".join(interfaces), reason=str(error))
        return None
