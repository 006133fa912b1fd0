"""Waiting for something to come true, with an end and with words for when it does not."""

import asyncio
from collections.abc import Callable
from typing import Any

LOOK_S = 0.02


async def until(true: Callable[[], Any], what: str, seconds_max: float, look_s: float = LOOK_S) -> None:
    """Wait until `true()` (plain or async) holds; AssertionError with `what` after a while."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds_max
    while True:
        found = true()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert loop.time() < ends, f"not within {seconds_max:.0f} s: {what}"
        await asyncio.sleep(look_s)
