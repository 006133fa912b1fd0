"""The hub over HTTP: requests and answers of the protocol, and what went wrong as one of three things."""

from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from shared.journal.signing import NodeKey, open_document
from shared.kernel.codec import decode, encode
from shared.kernel.errors import PeerFault
from shared.sync.protocol import (  # fmt: skip
    CHALLENGE_TAG,
    HELLO_TAG,
    Hello,
    HelloAnswer,
    LeaseRequest,
    PushAnswer,
    ReportAnswer,
    UnitReport,
)

T = TypeVar("T")
TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3.0


class HubAway(PeerFault):
    """The hub does not answer, or not as agreed."""

    code = "peer.hub_away"
    sentence = "The hub does not answer ({reason}). Sales go on; this unit tries again by itself."


class HubRefused(PeerFault):
    """The hub answered with a refusal; `code` tells which."""

    sentence = "The hub refused: {detail}"

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status = status
        self.refusal_code = code
        super().__init__(detail=detail)


class HubClient:
    """One node's conversation with its hub; holds the session of the last hello."""

    def __init__(self, url: str, node: UUID, key: NodeKey, hub_key: bytes) -> None:
        timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._http = httpx.AsyncClient(base_url=url.rstrip("/") + "/sync/v1", timeout=timeout, trust_env=False)
        self._node = node
        self._key = key
        self._hub_key = hub_key
        self.session: bytes | None = None

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def hello(self, make: Any) -> HelloAnswer:
        """Prove who we are; `make(challenge)` gives the Hello to sign."""
        challenge = await self._ask("POST", f"/challenge/{self._node}")
        open_document(challenge, tag=CHALLENGE_TAG, public=self._hub_key)
        said: Hello = make(challenge)
        signed = self._key.document(HELLO_TAG, encode(said))
        answer = self._read(await self._ask("POST", f"/hello/{self._node}", content=signed), HelloAnswer)
        self.session = answer.session
        return answer

    async def push(self, bundle: bytes) -> PushAnswer:
        """Upload a bundle."""
        return self._read(await self._ask("POST", "/push", content=bundle), PushAnswer)

    async def feed(self, since: int) -> bytes:
        """The signed page behind `since`."""
        return await self._ask("GET", f"/feed?since={since}")

    async def lease(self, request: LeaseRequest) -> bytes:
        """The signed lease document."""
        return await self._ask("POST", "/lease", content=encode(request))

    async def report(self, report: UnitReport) -> ReportAnswer:
        """Say how we are."""
        return self._read(await self._ask("POST", "/report", content=encode(report)), ReportAnswer)

    async def _ask(self, method: str, path: str, content: bytes | None = None) -> bytes:
        headers = {"authorization": f"Node {self.session.hex()}"} if self.session else {}
        try:
            answer = await self._http.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise HubAway(reason=type(error).__name__) from error
        if answer.status_code == 200:
            return answer.content
        problem = _problem(answer)
        if answer.status_code >= 500:
            raise HubAway(reason=str(answer.status_code))
        raise HubRefused(answer.status_code, problem.get("code", ""), problem.get("detail", ""))

    def _read(self, data: bytes, kind: type[T]) -> T:
        try:
            return decode(data, kind)
        except msgspec.DecodeError as error:
            raise HubAway(reason="unreadable answer") from error


def _problem(answer: httpx.Response) -> dict[str, str]:
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
