"""The live line of a page: that something changed, and what a scanner scanned for the page in front.

Changes come with a gap between two of them, scans at once. A page names itself by an id that its window keeps, and
says when it was touched; which page a scan goes to is decided in `edge.runtime.open_pages`.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.status_codes import HTTP_204_NO_CONTENT

from edge.runtime.open_pages import Ear, Word
from edge.runtime.unit import Unit
from edge.web.site.door import token_of
from shared.kernel.errors import InputRefused

PUSH_EVERY_MS = 10_000
PUSH_GAP_MS = 400
PAGE_ID = re.compile(r"[0-9a-f]{16,64}")


class Touch(msgspec.Struct, frozen=True):
    """The page that somebody touched."""

    page: str


@get("/live", include_in_schema=False)
async def live(request: Request[Any, Any, Any], unit: Unit, page: str = "") -> ServerSentEvent:
    """Says that something changed, or that ten seconds passed; the page then asks for itself again.

    A page that gives its id hears scans too, while somebody is logged in there.
    """
    return ServerSentEvent(pushes(unit, page if PAGE_ID.fullmatch(page) else "", token_of(request, unit)))


@post("/live/touch", include_in_schema=False, status_code=HTTP_204_NO_CONTENT)
async def touch(request: Request[Any, Any, Any], unit: Unit, data: Touch) -> None:
    """This page is in front from now on. It keeps no session awake."""
    if not PAGE_ID.fullmatch(data.page):
        raise InputRefused(field="Page", problem="this is no id of a page; load it anew")
    unit.pages.touched(data.page, token_of(request, unit))


async def pushes(unit: Unit, page_id: str = "", token: str = "") -> AsyncGenerator[ServerSentEventMessage]:
    """One message a change, with a gap between two, and each word for this page; ends when the unit does."""
    with ExitStack() as stack:
        ear = stack.enter_context(unit.pages.listening(page_id, token)) if page_id else Ear()
        stack.enter_context(unit.changes.waking(ear.wake))
        clock = asyncio.get_running_loop().time
        while not unit.changes.ended:
            seen = unit.changes.count
            yield ServerSentEventMessage(event="changed", data=str(seen), retry=1_000)
            quiet_s, due_s = clock() + PUSH_GAP_MS / 1_000, clock() + PUSH_EVERY_MS / 1_000
            while not unit.changes.ended:
                ear.wake.clear()
                if word := ear.take(unit.pages.now_ms()):
                    yield _said(word)
                    continue
                until_s = quiet_s if unit.changes.count != seen else due_s
                if clock() >= until_s:
                    break
                await _woken(ear.wake, until_s)


def _said(word: Word) -> ServerSentEventMessage:
    return ServerSentEventMessage(event="word", data=msgspec.json.encode(word).decode())


async def _woken(wake: asyncio.Event, until_s: float) -> None:
    try:
        async with asyncio.timeout_at(until_s):
            await wake.wait()
    except TimeoutError:
        return
