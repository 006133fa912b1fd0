"""The hub over HTTP: requests and answers of the protocol, and what went wrong as one of three things."""

import ssl
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from edge.sync.trust import reason_of
from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode, decode_json, encode
from shared.kernel.errors import PeerFault
from shared.sync.protocol import (  # fmt: skip
    CHALLENGE_TAG,
    HELLO_TAG,
    Hello,
    HelloAnswer,
    LeaseRequest,
    ParcelPush,
    PushAnswer,
    ReportAnswer,
    UnitReport,
)
from shared.sync.standing import hello_digest

T = TypeVar("T")
TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3.0
IDLE_S_MAX = 30.0
"""So long a connection is kept between two requests: a handshake for each report costs more than the report."""
ANSWER_BYTES_MAX = 32 * 1024 * 1024
"""No answer of a hub is as large; a full feed page has some 2 MB."""


class HubAway(PeerFault):
    """The hub does not answer, or not as agreed; `said_code` is the fault that it names itself, if it does."""

    retry_after_said_ms = 0
    said_code = ""
    code = "peer.hub_away"
    sentence = "The hub does not answer ({reason}). Sales go on; this unit tries again by itself."


class HubRefused(PeerFault):
    """The hub answered with a refusal; `code` tells which."""

    retry_after_said_ms = 0
    sentence = "The hub refused: {detail}"

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status = status
        self.refusal_code = code
        super().__init__(detail=detail)


class HubClient:
    """One node's conversation with its hub; holds the session of the last hello."""

    def __init__(
        self,
        url: str,
        node: UUID,
        key: NodeKey,
        hub_key: bytes,
        tls: ssl.SSLContext | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`transport` carries the requests instead of sockets, where somebody else plays the network."""
        timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/sync/v1",
            timeout=timeout,
            limits=httpx.Limits(keepalive_expiry=IDLE_S_MAX),
            trust_env=False,
            verify=tls or True,
            transport=transport,
        )
        self._node = node
        self._key = key
        self._hub_key = hub_key
        self.session: bytes | None = None
        self.asked = b""
        """The digest of the last hello, by which its answer names it."""

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def hello(self, make: Any) -> HelloAnswer:
        """Prove who we are; `make(challenge)` gives the Hello to sign."""
        challenge = await self._ask("POST", f"/challenge/{self._node}")
        open_document(challenge, tag=CHALLENGE_TAG, public=self._hub_key)
        said: Hello = make(challenge)
        signed = self._key.document(HELLO_TAG, encode(said))
        self.asked = hello_digest(signed)
        answer = self._read(await self._ask("POST", f"/hello/{self._node}", content=signed), HelloAnswer)
        self.session = answer.session
        return answer

    async def push(self, bundle: bytes) -> PushAnswer:
        """Upload a bundle."""
        return self._read(await self._ask("POST", "/push", content=bundle), PushAnswer)

    async def push_parcel(self, bundle: bytes, vault: bytes) -> PushAnswer:
        """Upload a bundle with the keys of its people."""
        said = encode(ParcelPush(bundle=bundle, vault=vault))
        return self._read(await self._ask("POST", "/parcel", content=said), PushAnswer)

    async def contact_key(self) -> bytes:
        """The organisation's contact key, sealed to this node."""
        return await self._ask("GET", "/contact-key")

    async def feed(self, since: int) -> bytes:
        """The signed page behind `since`."""
        return await self._ask("GET", f"/feed?since={since}")

    async def lease(self, request: LeaseRequest) -> bytes:
        """The signed lease document."""
        return await self._ask("POST", "/lease", content=encode(request))

    async def report(self, report: UnitReport) -> ReportAnswer:
        """Say how we are."""
        return self._read(await self._ask("POST", "/report", content=encode(report)), ReportAnswer)

    async def introduce(self, introduction: bytes) -> None:
        """Tell a restored hub who we are by its own word."""
        await self._ask("POST", "/stranger", content=introduction)

    async def show_evidence(self, evidence: bytes) -> None:
        """Show a restored hub the documents of its own that this unit holds."""
        await self._ask("POST", "/evidence", content=evidence)

    async def _ask(self, method: str, path: str, content: bytes | None = None) -> bytes:
        headers = {"authorization": f"Node {self.session.hex()}"} if self.session else {}
        try:
            answer = await fetch(self._http, method, path, content, headers)
        except httpx.HTTPError as error:
            raise HubAway(reason=reason_of(error)) from error
        if answer.status_code == 200:
            return answer.content
        problem = problem_in(answer)
        if answer.status_code >= 500:
            away = HubAway(reason=problem.get("code") or str(answer.status_code))
            away.retry_after_said_ms = _retry_after_ms(answer)
            away.said_code = problem.get("code", "")
            raise away
        refused = HubRefused(answer.status_code, problem.get("code", ""), problem.get("detail", ""))
        refused.retry_after_said_ms = _retry_after_ms(answer)
        raise refused

    def _read(self, data: bytes, kind: type[T]) -> T:
        try:
            return decode(data, kind)
        except msgspec.DecodeError as error:
            raise HubAway(reason="unreadable answer") from error


async def fetch(
    client: httpx.AsyncClient, method: str, url: str, content: bytes | None = None, headers: Mapping[str, str] = {}
) -> httpx.Response:
    """The answer, never unpacked and never larger than it may be, whatever stands between us and the hub."""
    plain = {**headers, "accept-encoding": "identity"}
    async with client.stream(method, url, content=content, headers=plain) as answer:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise HubAway(reason="its answer came packed")
        found = bytearray()
        async for piece in answer.aiter_raw():
            found += piece
            if len(found) > ANSWER_BYTES_MAX:
                raise HubAway(reason=f"its answer is larger than {ANSWER_BYTES_MAX} bytes")
    # httpx ties an answer to itself by its stream, and the request with all its bytes to the answer. The collector that
    # would untie them counts objects, not bytes: hundreds of uploads would lie in memory before it looks.
    answer.stream = httpx.ByteStream(b"")
    return httpx.Response(answer.status_code, headers=answer.headers, content=bytes(found))


def _retry_after_ms(answer: httpx.Response) -> int:
    """How long the hub asks to wait; 0 when it does not say (RFC 9110 10.2.3, seconds)."""
    said = answer.headers.get("retry-after", "")
    return int(said) * 1_000 if said.isascii() and said.isdigit() and len(said) <= 6 else 0


def problem_in(answer: httpx.Response) -> dict[str, str]:
    try:
        said = decode_json(answer.content, dict[str, Any])
    except msgspec.DecodeError:
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)}
