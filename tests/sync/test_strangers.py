"""Units that enrolled after the backup: the restored hub knows them again by what it signed itself (design §5.6)."""

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from edge.runtime.enrol import enrol
from edge.runtime.unit import open_unit
from hub.sync.cases import BEFORE_NOTE
from hub.sync.recovery import recovery_of
from hub.sync.sessions import UnknownNode, find_epochs
from hub.sync.strangers import take_stranger
from shared.domain.cases.queries import CASES_OPEN
from shared.domain.identity.queries import UNITS
from shared.domain.identity.state import STOPPED_EPOCHS
from shared.kernel.errors import BadSignature
from shared.sync.certificate import Certificate, sign_certificate
from shared.sync.standing import Standing, State, sign_standing
from shared.sync.stranger import STANDING_TRUSTED_MS, introduce
from tests.support.backups import back_up, restored_hub
from tests.support.hub import RunningHub, make_keys
from tests.support.postgres import RunningPostgres
from tests.support.sync import on_air, until
from tests.sync.test_coming_back import Night, a_night
from tests.sync.test_enrolment import pair, settings, world
from tests.sync.test_forks import fork_cases

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


async def test_two_epochs_of_a_unit_that_the_restored_hub_forgot_both_bring_all_they_sold(
    postgres: RunningPostgres, running: RunningHub, tmp_path: Path
) -> None:
    venue, seller = await running.venue(), await running.staff("Mara Kovač")
    event = await running.event(venue)
    backup = back_up(running)
    async with on_air(running) as air:
        night = Night(air, tmp_path / "unit", venue, event, seller)
        await night.enrol()
        async with night.unit() as unit:
            await night.ready(unit)
            await night.sell(unit, 2)
            await night.level(unit)
        await night.sell_offline(night.folder, 3)
        await night.enrol(again=True)
        async with night.unit() as unit:
            await night.ready(unit)
            await night.sell(unit, 4)
            await night.level(unit)
        assert await night.sold_minor() == 9 * 500
    async with restored_hub(postgres, running, backup) as after, on_air(after) as air:
        away = msgspec.structs.replace(settings(night.folder), hub_url=air.url)
        async with open_unit(away, world()) as unit:
            await until(lambda: unit.line.connected, "the line")
            await until(lambda: _is_over(after), "the recovery to end")
            night = Night(air, night.folder, venue, event, seller)
            await until(lambda: _counts(night, 9 * 500), "every sale of both epochs")
            await night.ready(unit)
            await night.sell(unit)
            await until(lambda: _counts(night, 10 * 500), "it sells on")
            epochs = await find_epochs(after.hub, unit.owner.node_id)
            assert [(one.epoch, one.state) for one in epochs] == [(1, "superseded"), (2, "enabled")]
        numbers = await night.numbers()
        assert (numbers.sold, numbers.disputed) == (30, 0)


async def _counts(night: Night, minor: int) -> bool:
    return await night.sold_minor() == minor


async def test_what_a_former_epoch_had_sold_and_the_hub_had_taken_comes_up_again(
    postgres: RunningPostgres, running: RunningHub, tmp_path: Path
) -> None:
    async with a_night(running, tmp_path) as night:
        backup = back_up(running)
        async with night.unit() as unit:
            await night.ready(unit)
            await night.sell(unit, 2)
            await night.level(unit)
        await night.enrol(again=True)
        async with night.unit() as unit:
            await night.ready(unit)
            await night.level(unit)
            assert [link.status.waiting for link in unit.former] == [0]
    async with restored_hub(postgres, running, backup) as after, on_air(after) as air:
        away = msgspec.structs.replace(settings(night.folder), hub_url=air.url)
        async with open_unit(away, world()):
            night = Night(air, night.folder, night.venue, night.event, night.seller)
            await until(lambda: _counts(night, 2 * 500), "what the first epoch had uploaded")
            await until(lambda: _is_over(after), "the recovery to end")


async def test_an_epoch_that_is_over_comes_back_beside_todays_and_in_any_order(running: RunningHub) -> None:
    first, _, introduces_first = await a_certificate(running)
    again = await a_later_epoch(running, first, 2)
    assert await take_stranger(running.hub, again)
    assert await take_stranger(running.hub, introduces_first)
    assert not await take_stranger(running.hub, introduces_first)
    epochs = await find_epochs(running.hub, first.node)
    assert [(one.epoch, one.state) for one in epochs] == [(1, "superseded"), (2, "enabled")]
    [unit] = await running.hub.many(running.org_id, UNITS)
    assert (unit.unit_epoch, unit.state) == (2, "enabled")


async def a_later_epoch(running: RunningHub, before: Certificate, epoch: int, state: State = "enabled") -> bytes:
    """The introduction of another epoch of the same unit, with keys of its own."""
    key = make_keys(running.folder / f"{uuid4().hex}.key").node_key()
    later = msgspec.structs.replace(before, epoch=epoch, sign_key=key.sign_public, seal_key=key.seal_public)
    now = running.clock.wall_ms
    standing = Standing(
        org=later.org, node=later.node, epoch=epoch, state=state, reason="", generation=1, signed_ms=now
    )
    return introduce(sign_certificate(later, running.hub.key), sign_standing(standing, running.hub.key), key)


async def test_an_epoch_that_was_given_away_twice_is_a_case_and_takes_nobodys_place(running: RunningHub) -> None:
    first, _, introduction = await a_certificate(running)
    other = await a_later_epoch(running, first, 1)
    assert await take_stranger(running.hub, introduction)
    assert not await take_stranger(running.hub, other)
    assert not await take_stranger(running.hub, other)
    [entry] = await find_epochs(running.hub, first.node)
    assert entry.sign_key == first.sign_key
    assert await fork_cases(running) == 1


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_a_unit_that_was_revoked_under_one_epoch_is_revoked_under_all_in_whatever_order_they_come_back(
    running: RunningHub, order: tuple[int, int]
) -> None:
    first, _, _ = await a_certificate(running)
    introductions = {1: await a_later_epoch(running, first, 1, "revoked"), 2: await a_later_epoch(running, first, 2)}
    for epoch in order:
        assert await take_stranger(running.hub, introductions[epoch])
    epochs = await find_epochs(running.hub, first.node)
    assert [(one.epoch, one.state) for one in epochs] == [(1, "revoked"), (2, "revoked")]
    [unit] = await running.hub.many(running.org_id, UNITS)
    assert (unit.unit_epoch, unit.state) == (2, "revoked")


@pytest.mark.parametrize("state", ["disabled", "revoked", "forked", "behind"])
async def test_a_unit_comes_back_as_it_stood(running: RunningHub, state: State) -> None:
    first, _, _ = await a_certificate(running)
    assert await take_stranger(running.hub, await a_later_epoch(running, first, 1, state))
    [unit] = await running.hub.many(running.org_id, UNITS)
    [entry] = await find_epochs(running.hub, first.node)
    assert (unit.state, entry.state) == (state, state)
    notes = [case.note for case in await running.hub.many(running.org_id, CASES_OPEN) if case.kind == "fork"]
    expected = [BEFORE_NOTE.format(state=state)] if state in STOPPED_EPOCHS else []
    assert notes == expected, "whoever comes back stopped for what it showed has its case"


async def test_an_epoch_that_is_over_and_had_two_histories_comes_back_with_its_case(running: RunningHub) -> None:
    first, _, _ = await a_certificate(running)
    forked = await a_later_epoch(running, first, 1, "forked")
    assert await take_stranger(running.hub, await a_later_epoch(running, first, 2))
    assert await take_stranger(running.hub, forked)
    assert not await take_stranger(running.hub, forked)
    cases = await running.hub.many(running.org_id, CASES_OPEN)
    assert [(case.about_node_id, case.node_epoch) for case in cases if case.kind == "fork"] == [(first.node, 1)]


@pytest.mark.parametrize("age_ms", [STANDING_TRUSTED_MS + 1, -STANDING_TRUSTED_MS - 1])
async def test_an_old_word_that_it_may_sell_is_in_doubt_and_it_comes_back_disabled(
    running: RunningHub, age_ms: int
) -> None:
    certificate, _, _ = await a_certificate(running)
    introduction = await a_later_epoch(running, certificate, 1)
    running.clock.set_wall(running.clock.wall_ms + age_ms)
    assert await take_stranger(running.hub, introduction)
    [unit] = await running.hub.many(running.org_id, UNITS)
    assert unit.state == "disabled"
    waiting = (await recovery_of(running.hub, running.org_id)).units
    assert [(one.code, one.is_open) for one in waiting] == [("R31", True)], "its numbers are not known yet"


async def test_a_unit_without_a_standing_comes_back_disabled(running: RunningHub) -> None:
    certificate, _, _ = await a_certificate(running)
    key = make_keys(running.folder / "mine.key").node_key()
    mine = msgspec.structs.replace(certificate, sign_key=key.sign_public, seal_key=key.seal_public)
    assert await take_stranger(running.hub, introduce(sign_certificate(mine, running.hub.key), b"", key))
    [unit] = await running.hub.many(running.org_id, UNITS)
    assert unit.state == "disabled"
