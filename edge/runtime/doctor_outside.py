"""The doctor asks outside: does the hub answer as the one that was pinned, and do the printers."""

import asyncio
from collections.abc import Iterator

import httpx

from edge.runtime.doctor import Patient
from edge.runtime.doctor_devices import check_devices
from edge.sync.hub_client import problem_in
from edge.sync.trust import hub_tls, reason_of, surely_ms
from shared.console.checkup import Check, Finding, attention, ok, stop
from shared.journal.signing import open_document
from shared.kernel.errors import BadSignature
from shared.paper.joined import joins_letters
from shared.sync.hosts import is_loopback
from shared.sync.protocol import CHALLENGE_TAG

CONNECT_S_MAX = 3.0
ANSWER_S_MAX = 10.0
SAFE = "Sales go on and are safe; bring the unit where it reaches the hub."


def outside_checks(patient: Patient) -> list[Check]:
    """What is asked of others."""
    return [
        ("Hub", lambda: check_hub(patient)),
        ("Printer", lambda: check_devices(patient)),
        ("Letters", lambda: [check_letters(joined=joins_letters())]),
        ("Pages", lambda: check_pages(patient)),
    ]


def check_letters(*, joined: bool) -> Finding:
    """Paper is right in scripts whose letters join."""
    if joined:
        return ok("Letters", "Paper can show every script.")
    said = "Hindi, Arabic, Thai and others come out letter by letter: FriBiDi is missing on this machine."
    return attention("Letters", said, "Install libfribidi0 (Debian, Ubuntu) or fribidi, and start the unit again.")


def check_hub(patient: Patient) -> Iterator[Finding]:
    """It answers over TLS under the pinned authority, and signs with the pinned key."""
    if not patient.hub_url:
        yield attention("Hub", "Nobody said where it is.", "Name it with --hub-url, or enrol the unit with a new code.")
        return
    try:
        yield asyncio.run(_challenge(patient))
    except httpx.HTTPError as error:
        yield attention("Hub", f"{patient.hub_url} does not answer ({reason_of(error)}).", SAFE)


async def _challenge(patient: Patient) -> Finding:
    """Ask for a challenge, which only the hub that holds the pinned key can sign; nothing is sent of ours."""
    member, keys, url = patient.membership, patient.keys, patient.hub_url
    assert member is not None
    assert keys is not None
    pinned = bool(member.hub_ca)
    tls = hub_tls(url, member.hub_ca, now_ms=lambda: surely_ms(patient.clock.now(), pinned=pinned))
    timeout = httpx.Timeout(ANSWER_S_MAX, connect=CONNECT_S_MAX)
    async with httpx.AsyncClient(verify=tls or True, timeout=timeout, trust_env=False) as client:
        answer = await client.post(f"{url.rstrip('/')}/sync/v1/challenge/{keys.node_id}")
    if answer.status_code != 200:
        problem = problem_in(answer)
        said = f"{url} answers {answer.status_code} {problem.get('code', '')}".rstrip()
        if answer.status_code >= 500:
            return attention("Hub", f"{said}.", SAFE)
        return stop("Hub", f"{said}: it does not know this unit.", "Enrol the unit anew with a code from this hub.")
    try:
        open_document(answer.content, tag=CHALLENGE_TAG, public=member.hub_key)
    except BadSignature:
        todo = "Somebody may be in between. Compare the hub's address and its fingerprint with the page of units."
        return stop("Hub", f"What answers at {url} is not the hub that this unit was enrolled at.", todo)
    how = (
        "in the clear on this machine" if tls is None else "over TLS, by the pinned authority" if pinned else "over TLS"
    )
    return ok("Hub", f"{url} answers {how}, and signs with the pinned key.")


def check_pages(patient: Patient) -> Iterator[Finding]:
    """They are plain HTTP, so they are for this machine, or for a network whose readers are all trusted."""
    host, port = patient.settings.host, patient.settings.port
    if is_loopback(host):
        yield ok("Pages", f"Served to this machine alone ({host}, port {port}).")
        return
    todo = "Let a proxy on this machine end TLS and listen on 127.0.0.1, or keep to a network of the venue's own."
    yield attention("Pages", f"Served on {host}, port {port}, without TLS: PINs can be read on the way.", todo)
