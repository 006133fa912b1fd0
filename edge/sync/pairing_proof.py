"""Which of the hubs that announce themselves made a short code: the one that proves it, and none is believed before.

Each is asked over TLS that proves nothing, and shown a hash by which only the hub of the code finds it. What comes back
is bound to the code, so a stranger can neither put his own address and authority in it nor use what he was shown.
"""

import asyncio
import hmac
import ssl
from collections.abc import Sequence

import httpx
import msgspec
import structlog

from edge.sync.hub_client import HubAway, fetch
from edge.sync.trust import anybody
from shared.journal.chance import chance_bytes
from shared.kernel.codec import decode, encode
from shared.kernel.errors import Refusal
from shared.sync.pairing import NONCE_BYTES, PairingCode, ProofAnswer, ProofRequest, hub_proof, pairing_name

log = structlog.get_logger()
ASK_S_MAX = 8.0


class NoHubKnows(Refusal):
    """No hub on the network made this code."""

    code = "enrol.no_hub_knows"
    sentence = (
        "None of the hubs on this network waits for this code ({heard} heard). Compare it with the hub's page, or scan "
        "or paste the whole code, which also says where the hub is."
    )


class ProvenHub(msgspec.Struct, frozen=True):
    """The whole code, and the address where the hub proved that it made it."""

    code: PairingCode
    at: str


async def hub_of(secret: str, digest: bytes, urls: Sequence[str]) -> ProvenHub:
    """The hub among these that made the code; NoHubKnows when none proves it."""
    answers = await asyncio.gather(*(_ask(url, secret, digest) for url in urls))
    for proven in answers:
        if proven is not None:
            return proven
    raise NoHubKnows(heard=len(urls))


async def _ask(url: str, secret: str, digest: bytes) -> ProvenHub | None:
    nonce = chance_bytes(NONCE_BYTES)
    question = encode(ProofRequest(name=pairing_name(digest), nonce=nonce))
    try:
        async with asyncio.timeout(ASK_S_MAX), httpx.AsyncClient(verify=anybody(), trust_env=False) as client:
            answer = await fetch(client, "POST", f"{url}/sync/v1/pairing", question)
        said = decode(answer.content, ProofAnswer) if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, HubAway, TimeoutError, msgspec.DecodeError, ssl.SSLError) as error:
        log.info("a hub on the network did not answer", url=url, reason=type(error).__name__)
        return None
    if said is None:
        return None
    if not hmac.compare_digest(said.proof, hub_proof(digest, nonce, said.url, said.fingerprint)):
        log.warning("what announces itself as a hub claims a code that it does not know; refused", url=url)
        return None
    return ProvenHub(PairingCode(said.url, said.fingerprint, secret), url)
