"""Pulses on their way to a printer: given between two parts of a slip at the latest, once, and never late.

They go beside the spool and not through it, because a slip that was cut short comes again, perhaps at another printer
and minutes later: a drawer must do neither.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

Left = asyncio.Future[bool]
"""Whether the pulse left; cancelled by whoever waits for it no longer, and then it is never sent."""


class _Kick(msgspec.Struct, frozen=True):
    pulse: bytes
    left: Left


class Kicks:
    """Those of one printer."""

    def __init__(self) -> None:
        self._waiting: deque[_Kick] = deque()

    def __bool__(self) -> bool:
        """Whether somebody waits for one."""
        return any(not kick.left.done() for kick in self._waiting)

    def add(self, pulse: bytes) -> Left:
        """One more."""
        left: Left = asyncio.get_running_loop().create_future()
        self._waiting.append(_Kick(pulse, left))
        return left

    async def give(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send those that somebody waits for; one whose sending failed is not sent again."""
        while self._waiting:
            kick = self._waiting.popleft()
            if kick.left.done():
                continue
            try:
                await send(kick.pulse)
            except BaseException:
                if not kick.left.done():
                    kick.left.set_result(False)
                raise
            if not kick.left.done():
                kick.left.set_result(True)
