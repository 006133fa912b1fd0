"""The keys that wait for a code's answer: kept for a lost one, gone after a refusal, never good on two cards."""

from pathlib import Path
from shutil import copytree

import pytest
from msgspec.structs import replace

from edge.runtime.enrol import enrol
from edge.runtime.moving import pending_file
from edge.runtime.unit import open_unit
from edge.sync.hub_client import HubAway, HubRefused
from shared.journal.keyfile import FormerKeys, Keys, read_keys, write_keys
from shared.sync.pairing import PairingCode
from tests.support.hub import RunningHub
from tests.support.sync import on_air, until
from tests.sync.test_enrolment import pair, settings, the_unit, world

pytestmark = pytest.mark.anyio


def the_next(keys: Keys) -> Keys:
    """The keys that an enrolled unit makes to be enrolled anew."""
    former = (FormerKeys(keys.epoch, keys.sign_seed, keys.seal_seed),)
    return replace(keys, sign_seed="5a" * 32, seal_seed="a5" * 32, epoch=keys.epoch + 1, former=former)


async def test_a_refused_code_leaves_no_keys_behind_that_a_copied_card_could_enrol_with(
    running: RunningHub, tmp_path: Path
) -> None:
    edge, copy = settings(tmp_path / "edge"), settings(tmp_path / "copy")
    async with on_air(running) as air:
        venue = await running.venue()
        used = await pair(air, venue)
        await enrol(edge, world(), used.text())
        with pytest.raises(HubRefused, match="was used"):
            await enrol(edge, world(), used.text())
        assert not pending_file(edge).exists()
        copytree(edge.folder, copy.folder)
        code = await pair(air, venue, unit_id=await the_unit(running))
        assert (await enrol(edge, world(), code.text())).epoch == 2
        with pytest.raises(HubRefused, match="was used"):
            await enrol(copy, world(), code.text())
        assert not pending_file(copy).exists()
        assert read_keys(copy.key_file).epoch == 1


async def test_keys_whose_answer_got_lost_wait_also_when_another_code_is_refused_meanwhile(
    running: RunningHub, tmp_path: Path
) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        code = await pair(air, await running.venue())
        with pytest.raises(HubAway):
            await enrol(edge, world(), PairingCode("https://127.0.0.1:9", "", code.secret).text())
        waiting = read_keys(pending_file(edge))
        with pytest.raises(HubRefused, match="No unit waits"):
            await enrol(edge, world(), PairingCode(code.url, code.fingerprint, "0" * 16).text())
        assert read_keys(pending_file(edge)) == waiting
        assert (await enrol(edge, world(), code.text())).sign_key == waiting.node_key().sign_public


async def test_a_new_machine_that_is_refused_keeps_no_keys(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        code = await pair(air, await running.venue())
        with pytest.raises(HubRefused, match="No unit waits"):
            await enrol(edge, world(), PairingCode(code.url, code.fingerprint, "0" * 16).text())
    assert not pending_file(edge).exists()


async def test_a_copy_with_the_same_waiting_keys_is_refused_once_the_unit_said_hello(
    running: RunningHub, tmp_path: Path
) -> None:
    edge, copy = settings(tmp_path / "edge"), settings(tmp_path / "copy")
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(edge, world(), (await pair(air, venue)).text())
        async with open_unit(edge, world()) as unit:
            await until(lambda: unit.line.connected, "a hello under the first epoch")
        write_keys(pending_file(edge), the_next(read_keys(edge.key_file)))
        copytree(edge.folder, copy.folder)
        code = await pair(air, venue, unit_id=await the_unit(running))
        first = await enrol(edge, world(), code.text())
        lost = settings(tmp_path / "lost")
        copytree(copy.folder, lost.folder)
        assert (await enrol(lost, world(), code.text())).sign_key == first.sign_key
        async with open_unit(edge, world()) as unit:
            await until(lambda: unit.line.connected, "a hello under the second")
        with pytest.raises(HubRefused, match="was used"):
            await enrol(copy, world(), code.text())
        assert not pending_file(copy).exists()
        assert read_keys(copy.key_file).epoch == 1
