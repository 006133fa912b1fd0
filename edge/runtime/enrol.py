"""Enrolment at the edge: it makes its own keys, shows the hub the one-time code, and keeps what comes back (design §5).

New keys wait in a file of their own until the hub has taken them, so that an answer that got lost is asked for again
with the same keys. The membership is written before the keys change places; a start in between finishes the step.
Keys that the hub refused go at once: a copy of the card would carry them, and two machines enrol with one code.
"""

from uuid import UUID

import httpx
import msgspec
import structlog

from edge.runtime.contact_key import store_contact_key
from edge.runtime.membership import Membership, UnitIdentity, read_membership, store_membership
from edge.runtime.moving import is_moving, is_revoked, keep_next, pending_file
from edge.runtime.settings import Settings
from edge.runtime.world import World
from edge.sync.detour import Elsewhere
from edge.sync.hub_client import HubAway, HubRefused, fetch, problem_in
from edge.sync.pairing_proof import ProvenHub, hub_of
from edge.sync.trust import AuthorityAway, check_hub_url, fetch_authority, hub_tls, reason_of
from shared.journal.chance import chance_bytes
from shared.journal.entry import Owner
from shared.journal.keyfile import FormerKeys, KeyFileUnreadable, Keys, read_keys, read_or_make_keys, write_keys
from shared.journal.signing import SignedDocument
from shared.journal.vault import open_contact_key
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature, InputRefused
from shared.kernel.ids import uuid7
from shared.nearby.signs import MARK_LETTERS
from shared.sync.certificate import Certificate, read_certificate
from shared.sync.hosts import scheme_and_host
from shared.sync.pairing import (
    ENROL_TAG,
    EnrolAnswer,
    EnrolRequest,
    PairingCode,
    is_short,
    read_pairing,
    read_secret,
    secret_digest,
)

log = structlog.get_logger()
TIMEOUT_S = 20.0
NOT_FINAL = frozenset({408, 425, 429})
"""Refusals that say no more than: later."""


def is_enrolled(settings: Settings) -> bool:
    """Whether this folder belongs to an organisation."""
    return settings.membership_file.exists() or is_moving(settings)


async def enrol(settings: Settings, world: World, text: str) -> Certificate:
    """Enrol with the code as scanned, pasted or typed; the unit opens anew afterwards.

    A unit that is revoked becomes another one by it, with a node id of its own; see `moving.py`. A short code goes to
    the hub on this network that proves that it made it, where no other address is known.
    InputRefused for what is no code, HubRefused with the hub's sentence, HubAway, AuthorityUnknown, BadSignature.
    """
    now_ms = world.clock.now().wall_ms
    known, moves = _known(settings, now_ms), is_revoked(settings)
    hub = await _hub(text, settings.hub_url or (known.hub_url if known else ""), world)
    code, url = hub.code, settings.hub_url or hub.code.url
    check_hub_url(url)
    authority, at = await _authority(url, hub, known, world)
    waited = pending_file(settings).exists()
    pending = _pending_keys(settings, now_ms, moves=moves)
    try:
        answer = await _ask(url, authority, pending, code.secret, at=at)
    except HubRefused as refused:
        _forget_refused(settings, pending, refused, waited=waited)
        raise
    certificate = _checked(answer.certificate, pending, known)
    key = pending.node_key()
    owner = Owner(certificate.org, certificate.node, certificate.epoch)
    if answer.contact_key:
        store_contact_key(settings.contact_key_file, owner.org_id, open_contact_key(answer.contact_key, owner, key))
    member = _membership(certificate, answer.certificate, code, url, authority)
    if moves:
        keep_next(settings, member)
    else:
        store_membership(settings.membership_file, member)
        settle(settings, now_ms)
    log.info("enrolled", unit=certificate.code, epoch=certificate.epoch)
    return certificate


def settle(settings: Settings, now_ms: int) -> Keys:
    """The keys of this unit, after any enrolment that was cut short is finished.

    Keys of another unit wait for the move of this one (`moving.py`), or for an answer that never came.
    """
    waiting = pending_file(settings)
    pending = read_keys(waiting) if waiting.exists() else None
    if pending and settings.membership_file.exists() and not _is_anothers(settings, pending):
        member = read_membership(settings.membership_file, node_id=pending.node_id)
        signed = bytes.fromhex(member.certificate)
        taken = signed and _claim(signed).sign_key == pending.node_key().sign_public
        if taken:
            write_keys(settings.key_file, msgspec.structs.replace(pending, epoch=member.epoch))
            waiting.unlink()
    if settings.membership_file.exists() and not settings.key_file.exists():
        raise KeyFileUnreadable(path=settings.key_file.name)
    return read_or_make_keys(settings.key_file, now_ms=now_ms, chance=chance_bytes)


def _known(settings: Settings, now_ms: int) -> Membership | None:
    """The membership of now, after any enrolment before it is finished: its keys are no longer the ones that wait."""
    if not settings.membership_file.exists():
        return None
    return read_membership(settings.membership_file, node_id=settle(settings, now_ms).node_id)


def _forget_refused(settings: Settings, pending: Keys, refused: HubRefused, *, waited: bool) -> None:
    """Delete the keys that the hub will not take.

    Keys that `waited` may be known to the hub from an answer that got lost; where nothing else remembers the node id
    that they bear, they stay, or the hub's unit would have no machine.
    """
    is_final = refused.refusal_code and refused.status not in NOT_FINAL
    known = settings.key_file.exists() and not _is_anothers(settings, pending)
    if is_final and (known or not waited):
        pending_file(settings).unlink(missing_ok=True)


async def _hub(text: str, url: str, world: World) -> ProvenHub:
    """The hub of a code: as the code says, else the one known here, else the one nearby that proves it."""
    if not url and is_short(text) and (heard := await world.nearby.hubs()):
        secret = read_secret(text)
        return await hub_of(secret, secret_digest(secret), [hub.url for hub in heard])
    return ProvenHub(read_pairing(text, url=url), "")


async def _authority(url: str, hub: ProvenHub, known: Membership | None, world: World) -> tuple[str, str]:
    """The authority to pin, and where the hub is if not at `url`: as the code says, else as before, else a public one.

    Where the code's address does not answer, hubs nearby are asked for the same authority: its fingerprint proves it.
    """
    mark = hub.code.fingerprint
    if scheme_and_host(url)[0] != "https" or not mark:
        return (known.hub_ca if known and not hub.at else ""), hub.at
    if hub.at:
        return await fetch_authority(hub.at, mark), hub.at
    try:
        return await fetch_authority(url, mark), ""
    except AuthorityAway:
        for near in await world.nearby.hubs():
            if near.sign.mark == mark[:MARK_LETTERS]:
                return await fetch_authority(near.url, mark), near.url
        raise


def _is_anothers(settings: Settings, pending: Keys) -> bool:
    """Whether keys that wait are for another node than those of today."""
    return settings.key_file.exists() and read_keys(settings.key_file).node_id != pending.node_id


def _pending_keys(settings: Settings, now_ms: int, *, moves: bool) -> Keys:
    """New keys under the node's own id; the ones before go with them, for what they still have to sign.

    Where a revoked unit `moves` out they are a new node's, and nothing goes with them.
    """
    waiting = pending_file(settings)
    if waiting.exists() and _is_anothers(settings, before := read_keys(waiting)) == moves:
        return before
    if settings.key_file.exists() and not moves:
        before = read_keys(settings.key_file)
        used = settings.membership_file.exists()
        former = (*before.former, FormerKeys(before.epoch, before.sign_seed, before.seal_seed)) if used else ()
        fresh = Keys(
            before.node_id, chance_bytes(32).hex(), chance_bytes(32).hex(), before.rest_key, before.epoch + used, former
        )
    else:
        node_id: UUID = uuid7(now_ms, chance_bytes(10))
        fresh = Keys(node_id, chance_bytes(32).hex(), chance_bytes(32).hex(), chance_bytes(32).hex())
    write_keys(waiting, fresh)
    return fresh


async def _ask(url: str, authority: str, keys: Keys, secret: str, *, at: str = "") -> EnrolAnswer:
    key = keys.node_key()
    request = EnrolRequest(secret=secret, node=keys.node_id, sign_key=key.sign_public, seal_key=key.seal_public)
    tls = hub_tls(url, authority, now_ms=(lambda: 0) if authority else None)  # a new unit's clock may be years off
    try:
        road = Elsewhere(at, tls) if at and tls else None
        async with httpx.AsyncClient(verify=tls or True, timeout=TIMEOUT_S, trust_env=False, transport=road) as client:
            body = key.document(ENROL_TAG, encode(request))
            answer = await fetch(client, "POST", url.rstrip("/") + "/sync/v1/enrol", body)
    except httpx.HTTPError as error:
        raise HubAway(reason=reason_of(error)) from error
    problem = problem_in(answer) if answer.status_code != 200 else {}
    if answer.status_code >= 500:
        away = HubAway(reason=str(answer.status_code))
        away.said_code = problem.get("code", "")
        raise away
    if answer.status_code != 200:
        raise HubRefused(answer.status_code, problem.get("code", ""), problem.get("detail", ""))
    try:
        return decode(answer.content, EnrolAnswer)
    except msgspec.DecodeError as error:
        raise HubAway(reason="unreadable answer") from error


def _claim(data: bytes) -> Certificate:
    """What a certificate says, not yet verified."""
    try:
        return decode(decode(data, SignedDocument).payload, Certificate)
    except msgspec.DecodeError as error:
        raise BadSignature(what="a certificate") from error


def _checked(data: bytes, pending: Keys, known: Membership | None) -> Certificate:
    """The certificate, signed by the hub that TLS vouched for (or the one known before) for these very keys."""
    hub_key = known.hub_key if known else _claim(data).hub_key
    certificate = read_certificate(data, hub_key=hub_key)
    if certificate.hub_key != hub_key or (known and certificate.org != known.org_id):
        raise InputRefused(field="Code", problem="it is from another hub; use a new folder for another organisation")
    mine = certificate.node == pending.node_id and certificate.sign_key == pending.node_key().sign_public
    if not mine or certificate.epoch < pending.epoch:
        raise BadSignature(what="a certificate for other keys")
    return certificate


def _membership(certificate: Certificate, data: bytes, code: PairingCode, url: str, authority: str) -> Membership:
    unit = UnitIdentity(certificate.node, certificate.venue, certificate.kind, certificate.code, certificate.name)
    return Membership(
        org_id=certificate.org,
        unit=unit,
        hub_node_id=certificate.hub_node,
        hub_sign_key=certificate.hub_key.hex(),
        hub_url=code.url or url,
        hub_ca=authority,
        epoch=certificate.epoch,
        certificate=data.hex(),
    )
