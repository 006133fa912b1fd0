"""The hub proves to a unit that heard it on the network that it made the unit's short code (`shared/sync/pairing.py`).

Who asks shows a hash by which the pairing is found and nothing can be done. The answer binds the hub's address and its
authority's fingerprint to the code, so nobody in between can put his own in their place.
"""

from uuid import UUID

from hub.runtime.hub import Hub
from shared.domain.identity.errors import UnknownPairing
from shared.sync.pairing import ProofAnswer, ProofRequest, hub_proof, pairing_name

FIND_ORG = "select org_id from directory.find_pairing(%s)"
DIGESTS = "select digest from identity.identity_pairing where org_id = %s and state = 'open' and expires_ms > %s"


async def prove(hub: Hub, said: ProofRequest) -> ProofAnswer:
    """Where this hub is and whom to trust there; UnknownPairing when it waits for no such code."""
    async with hub.pool.connection() as connection:
        row = await (await connection.execute(FIND_ORG, [said.name])).fetchone()
    if row is None:
        raise UnknownPairing
    digest = await _digest(hub, row[0], said.name)
    url, fingerprint = hub.entrance.url, hub.entrance.fingerprint
    return ProofAnswer(url=url, fingerprint=fingerprint, proof=hub_proof(digest, said.nonce, url, fingerprint))


async def _digest(hub: Hub, org_id: UUID, name: bytes) -> bytes:
    async with hub.bus.tenant(org_id) as connection:
        rows = await (await connection.execute(DIGESTS, (org_id, hub.clock.now().wall_ms))).fetchall()
    for (digest,) in rows:
        if pairing_name(bytes(digest)) == name:
            return bytes(digest)
    raise UnknownPairing
