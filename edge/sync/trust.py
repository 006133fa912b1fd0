"""What TLS trusts at the hub: the authority whose fingerprint the pairing code named, or the system's public ones.

Bundles, pages and certificates are signed beneath it, so TLS keeps others from reading along; whom an edge believes
is decided by the hub's pinned Ed25519 key (design §5, decision 0013).
"""

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import Callable

import httpx

from shared.kernel.clock import Moment
from shared.kernel.errors import PeerFault, Refusal
from shared.sync.hosts import is_loopback, scheme_and_host

AUTHORITY_PATH = "/authority.pem"
AUTHORITY_BYTES_MAX = 16 * 1_024
TIMEOUT_S = 10.0
NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: the ssl module passes it on and has no name for it."""


class AddressRefused(Refusal):
    """Not where a hub may be reached."""

    code = "trust.address"
    sentence = (
        "“{url}” is no address for a hub: it begins with https://, or with http:// only when the host is this machine "
        "(127.0.0.1 or localhost, where a proxy may carry on). Use the address that the hub's page of units shows."
    )


class AuthorityUnknown(Refusal):
    """The hub shows another authority than the one that was to be trusted."""

    code = "trust.authority"
    sentence = (
        "What answers at {url} is not the hub of this pairing code: its authority has another fingerprint. "
        "Somebody may be in between. Make a new code at the hub itself and scan it there."
    )


class AuthorityAway(PeerFault):
    """The hub's authority could not be fetched."""

    code = "peer.authority_away"
    sentence = "The hub at {url} did not show its authority ({reason}). See that it runs and is reached from here."


class CertificateEnded(ssl.SSLCertVerificationError):
    """The server's certificate ended before the hub itself was last heard."""


def check_hub_url(url: str) -> None:
    """AddressRefused unless it is https, or plain http that stays on this machine."""
    scheme, host = scheme_and_host(url)
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        raise AddressRefused(url=url[:80])


def anybody() -> ssl.SSLContext:
    """TLS with whoever answers: for questions that say nothing, and answers that prove themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def fetch_authority(url: str, fingerprint: str) -> str:
    """The authority's certificate (PEM) from the hub itself, proven by its SHA-256 (hex) and by nothing else.

    A request that is sent to a stranger: it says nothing about this unit, and what comes back is worth something only
    when the fingerprint of the pairing code fits.
    """
    check_hub_url(url)
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpx.AsyncClient(verify=anybody(), timeout=TIMEOUT_S, trust_env=False) as client,
            client.stream("GET", url.rstrip("/") + AUTHORITY_PATH, headers={"accept-encoding": "identity"}) as answer,
        ):
            text = await _read_little(answer, url)
    except TimeoutError as error:
        raise AuthorityAway(url=url, reason=f"not within {TIMEOUT_S:.0f} s") from error
    except httpx.HTTPError as error:
        raise AuthorityAway(url=url, reason=reason_of(error)) from error
    return _proven(text, url, fingerprint)


async def _read_little(answer: httpx.Response, url: str) -> str:
    if answer.status_code != 200:
        raise AuthorityAway(url=url, reason=f"status {answer.status_code}")
    read = bytearray()
    async for piece in answer.aiter_raw():
        read += piece
        if len(read) > AUTHORITY_BYTES_MAX:
            raise AuthorityAway(url=url, reason="it sends more than a certificate")
    return read.decode("ascii", errors="replace")


def _proven(text: str, url: str, fingerprint: str) -> str:
    """The certificate alone, written anew: nothing that came beside it is kept."""
    try:
        der = ssl.PEM_cert_to_DER_cert(text)
    except ValueError as error:
        raise AuthorityUnknown(url=url) from error
    if not hmac.compare_digest(hashlib.sha256(der).hexdigest(), fingerprint.strip().lower()):
        raise AuthorityUnknown(url=url)
    return ssl.DER_cert_to_PEM_cert(der)


def hub_tls(url: str, authority: str, *, now_ms: Callable[[], int] | None = None) -> ssl.SSLContext | None:
    """How to speak TLS with the hub at `url`: None for plain HTTP on this machine; AddressRefused for any other.

    `authority` (PEM) is the only one trusted; empty trusts the system's. Whether a certificate has ended is told by
    `now_ms` where it is given, else by this machine's clock: an edge gives `surely_ms`, lest a clock that was moved
    keep it from the one who can put it right (design §5.7, §5.8).
    """
    check_hub_url(url)
    if scheme_and_host(url)[0] != "https":
        return None
    context = ssl.create_default_context(cadata=authority or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # what is pinned is trusted, whoever may have signed it
    if now_ms is not None:
        context.verify_flags |= NO_CHECK_TIME
        context.sslobject_class = _judging(now_ms)
    return context


def surely_ms(now: Moment, *, pinned: bool) -> int:
    """A time that has come for sure: the earlier of the unit's own clock and what the hub last said.

    Before its first word a pinned authority is believed at any time (0), for new units often wake in a wrong year.
    """
    return min(now.wall_ms, now.hub_time_ms) if pinned or now.hub_time_ms else now.wall_ms


def _judging(now_ms: Callable[[], int]) -> type[ssl.SSLObject]:
    """TLS over an event loop, whose handshake fails when the certificate ended before `now_ms`."""

    class Judging(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            ends = str((self.getpeercert() or {}).get("notAfter", ""))
            if ssl.cert_time_to_seconds(ends) * 1_000 < now_ms():
                raise CertificateEnded(f"the certificate ended {ends}")

    return Judging


def reason_of(error: httpx.HTTPError) -> str:
    """Why a request failed, in a few words; what is wrong with a certificate is said."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {getattr(cause, 'verify_message', '') or cause}"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS: {cause.reason or cause}"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
