"""The network between a machine and the hub: requests and answers get lost, doubled, late, cut short, by a seed.

An answer that belongs to another request cannot come over a line that TLS protects end to end: records are numbered,
and whoever gives up waiting closes the connection, with the answer in it. Where something between them ends TLS, as
the design allows, it can: a proxy that caches, or that loses count of what it passes on (`Muddle`).
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

FAULTS = ("lost", "answer lost", "doubled", "late", "cut request", "cut answer", "nonsense answer")
"""What can happen to one exchange. `late`: it times out, and the request arrives when something else was said since."""
LATE_MAX = 20
KEPT_MAX = 200
MUDDLES = ("earlier", "answered and earlier", "of the request before", "of another unit")
"""Which answer comes instead: one that was given before to such a request, without the hub being asked or after it
was; the last one of this line, whatever was asked; one that another unit was given."""


@dataclass
class Weather:
    """How bad the network is: `worse` is the share of exchanges that something happens to."""

    rng: Random
    worse: float = 0.0
    seen: dict[str, int] = field(default_factory=dict)
    given: "deque[Given]" = field(default_factory=lambda: deque(maxlen=KEPT_MAX))
    """What was answered of late, to anybody."""

    def next(self) -> str:
        """What happens to the next exchange; empty when nothing does."""
        if self.rng.random() >= self.worse:
            return ""
        fault = self.rng.choice(FAULTS)
        self.seen[fault] = self.seen.get(fault, 0) + 1
        return fault

    def place(self, count: int) -> int:
        """One of so many places; chance goes on alike whatever `count` is: compressed lengths vary from run to run."""
        return int(self.rng.random() * count)


@dataclass
class Late:
    """A request that is still under way."""

    method: str
    url: httpx.URL
    headers: list[tuple[bytes, bytes]]
    content: bytes


@dataclass(frozen=True)
class Answer:
    """What the hub answered, whole."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


@dataclass(frozen=True)
class Given:
    """An answer, and to whose request of what kind."""

    line: "Line"
    kind: str
    answer: Answer


@dataclass
class Muddle:
    """Something between a unit and the hub gives wrong answers, for so many exchanges."""

    rng: Random
    left: int
    times: int = 0


class Line(httpx.AsyncBaseTransport):
    """One machine's line: real requests of the real client, handed to the hub's real application without sockets.

    `up` is whether it is connected; `hub` gives the processes that answer now, by turns; none while the hub is away.
    """

    def __init__(self, weather: Weather, hub: Callable[[], Sequence[Any]]) -> None:
        self.up = True
        self.requests = 0
        self.bytes = 0
        self._weather = weather
        self._hub = hub
        self._late: list[Late] = []
        self._exchanges = 0
        self.muddle: Muddle | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one exchange."""
        sent = Late(request.method, request.url, request.headers.raw, await request.aread())
        if not self.up or not self._hub():
            raise httpx.ConnectError("no line", request=request)
        self.requests += 1
        self.bytes += len(sent.content)
        if (wrong := await self._muddled(sent)) is not None:
            return self._spoilt(wrong, "")
        fault = self._weather.next()
        if fault == "lost":
            raise httpx.ReadTimeout("lost", request=request)
        if fault == "late":
            self._late = [*self._late, sent][-LATE_MAX:]
            raise httpx.ReadTimeout("late", request=request)
        if fault == "cut request":
            sent.content = sent.content[: self._weather.place(len(sent.content) + 1)]
        answer = await self._exchange(sent)
        if fault == "doubled":
            answer = await self._exchange(sent)
        if fault == "answer lost":
            raise httpx.ReadTimeout("answer lost", request=request)
        return self._spoilt(answer, fault)

    async def _muddled(self, sent: Late) -> Answer | None:
        """The wrong answer to this request; None when it gets its own."""
        if self.muddle is None or self.muddle.left <= 0:
            return None
        self.muddle.left -= 1
        kind, how = _kind(sent), self.muddle.rng.choice(MUDDLES)
        known = [
            one
            for one in self._weather.given
            if (one.line is self) != (how == "of another unit") and (one.kind == kind or how == "of the request before")
        ]
        place = self.muddle.rng.random()
        if not known:
            return None
        if how == "answered and earlier":
            await self._exchange(sent)
        self.muddle.times += 1
        return known[-1 if how == "of the request before" else int(place * len(known))].answer

    async def arrive(self) -> int:
        """What was late arrives now, in any order; nobody waits for its answers. How many that were."""
        late, self._late = self._late, []
        self._weather.rng.shuffle(late)
        if not self._hub():
            return 0
        for sent in late:
            await self._exchange(sent)
        return len(late)

    def forget(self) -> None:
        """What was under way is gone."""
        self._late.clear()

    async def _exchange(self, sent: Late) -> Answer:
        self._exchanges += 1
        apps = self._hub()
        app = apps[self._exchanges % len(apps)]
        transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 40_000), raise_app_exceptions=False)
        said = [(name, value) for name, value in sent.headers if name.lower() != b"content-length"]
        request = httpx.Request(sent.method, sent.url, headers=said, content=sent.content)
        answer = await transport.handle_async_request(request)
        content = await answer.aread()
        assert answer.status_code != 500, f"{sent.method} {sent.url.path}: {content[:500]!r}"
        self.bytes += len(content)
        headers = [(name, value) for name, value in answer.headers.items() if name != "content-length"]
        said_now = Answer(answer.status_code, headers, content)
        self._weather.given.append(Given(self, _kind(sent), said_now))
        return said_now

    def _spoilt(self, answer: Answer, fault: str) -> httpx.Response:
        content = bytearray(answer.content)
        if fault == "cut answer":
            del content[self._weather.place(len(content) + 1) :]
        elif fault == "nonsense answer" and content:
            content[self._weather.place(len(content))] ^= 1 << self._weather.place(8)
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(bytes(content)))


def _kind(sent: Late) -> str:
    """What a proxy takes for the same request: `POST /sync/v1/hello`, whoever asks."""
    return " ".join([sent.method, *sent.url.path.split("/")[:4]])
