"""Units that enrolled after the backup: the restored hub knows them again by what it signed itself (design §5.6)."""

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from edge.runtime.enrol import enrol
from edge.runtime.unit import open_unit
from hub.sync.recovery import recovery_of
from hub.sync.sessions import UnknownNode, find_epochs
from hub.sync.strangers import take_stranger
from shared.domain.identity.queries import UNITS
from shared.kernel.errors import BadSignature
from shared.sync.certificate import Certificate, sign_certificate
from shared.sync.standing import Standing, sign_standing
from shared.sync.stranger import introduce
from tests.support.backups import back_up, restored_hub
from tests.support.hub import RunningHub, make_keys
from tests.support.postgres import RunningPostgres
from tests.support.sync import on_air, until
from tests.sync.test_enrolment import pair, settings, world

pytestmark = pytest.mark.anyio


async def a_certificate(running: RunningHub, **other: object) -> tuple[Certificate, bytes, bytes]:
    """What the hub had signed for a unit it does not know: the certificate, its bytes, and a standing."""
    keys = make_keys(running.folder / f"{uuid4().hex}.key")
    key, hub = keys.node_key(), running.hub
    venue = await running.venue(f"Stand {uuid4().hex[:5]}")
    now = running.clock.wall_ms
    certificate = Certificate(
        org=running.org_id, venue=venue, node=keys.node_id, epoch=1, kind="rsu", code="R31", name="RSU 31", scopes=(),
        sign_key=key.sign_public, seal_key=key.seal_public, hub_node=hub.node_id, hub_key=hub.key.sign_public,
        hub_seal_key=hub.key.seal_public, generation=1, from_ms=now, until_ms=now + 1_000,
    )  # fmt: skip
    certificate = msgspec.structs.replace(certificate, **other)
    standing = Standing(
        org=certificate.org, node=certificate.node, epoch=1, state="enabled", reason="", generation=1, signed_ms=now
    )
    data = sign_certificate(certificate, hub.key)
    return certificate, data, introduce(data, sign_standing(standing, hub.key), key)


async def test_a_unit_enrolled_after_the_backup_comes_back_by_itself_with_what_it_sold(
    postgres: RunningPostgres, running: RunningHub, tmp_path: Path
) -> None:
    venue = await running.venue()
    backup = back_up(running)
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        await enrol(edge, world(), (await pair(air, venue, enable=True)).text())
        async with open_unit(edge, world()) as unit:
            await until(lambda: unit.line.connected, "the line")
    async with restored_hub(postgres, running, backup) as after, on_air(after) as air:
        assert await after.hub.many(after.org_id, UNITS) == []
        away = msgspec.structs.replace(edge, hub_url=air.url)
        async with open_unit(away, world()) as unit:
            await until(lambda: unit.line.connected, "the line")
            [known] = await after.hub.many(after.org_id, UNITS)
            assert (known.unit_id, known.code, known.state) == (unit.owner.node_id, "R07", "enabled")
            await until(lambda: _is_over(after), "the recovery to end")


async def _is_over(after: RunningHub) -> bool:
    return not (await recovery_of(after.hub, after.org_id)).state.recovering


async def test_a_stranger_is_known_once_and_the_hub_recovers(running: RunningHub) -> None:
    certificate, _, introduction = await a_certificate(running)
    assert await take_stranger(running.hub, introduction)
    assert not await take_stranger(running.hub, introduction)
    [entry] = await find_epochs(running.hub, certificate.node)
    assert (entry.epoch, entry.state, entry.sign_key) == (1, "enabled", certificate.sign_key)
    assert (await recovery_of(running.hub, running.org_id)).state.recovering


async def test_nobody_gets_in_by_what_another_signed(running: RunningHub) -> None:
    certificate, data, _ = await a_certificate(running)
    thief = make_keys(running.folder / "thief.key").node_key()
    forged = introduce(sign_certificate(certificate, thief), b"", thief)
    stolen = introduce(data, b"", thief)
    for introduction in (forged, stolen, b"", b"noise"):
        with pytest.raises(BadSignature):
            await take_stranger(running.hub, introduction)
    with pytest.raises(UnknownNode):
        await find_epochs(running.hub, certificate.node)


async def test_a_unit_of_an_organisation_that_is_not_here_stays_unknown(running: RunningHub) -> None:
    _, _, introduction = await a_certificate(running, org=uuid4())
    with pytest.raises((UnknownNode, BadSignature)):
        await take_stranger(running.hub, introduction)


async def test_two_units_never_share_a_code_after_a_restore(running: RunningHub) -> None:
    certificate, _, introduction = await a_certificate(running)
    await running.unit(certificate.venue, "R31")
    assert await take_stranger(running.hub, introduction)
    codes = sorted(unit.code for unit in await running.hub.many(running.org_id, UNITS))
    assert codes == ["R31", f"R31-{certificate.node.hex[-4:]}"]
