"""Enrolment over real TLS: a one-time code makes room, the edge brings its own keys, and is stopped from the hub."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.runtime.enrol import enrol, is_enrolled, settle
from edge.runtime.membership import read_membership
from edge.runtime.moving import former_units, pending_file
from edge.runtime.settings import Settings
from edge.runtime.unit import Unit, open_unit
from edge.runtime.world import World
from edge.sync.hub_client import HubAway, HubRefused
from edge.web.enrol.act import as_sentence
from hub.sync.beside import Crowded
from hub.sync.enrol import Room, open_pairing
from shared.domain.identity.commands import DisableUnit, EnableUnit, ReportClockJump, RevokeUnit
from shared.domain.identity.queries import UNITS
from shared.journal.bundle import unpack
from shared.journal.keyfile import read_keys, write_keys
from shared.kernel.clock import HOUR_MS
from shared.kernel.errors import InputRefused
from shared.kernel.validation import ALPHABET
from shared.sync.pairing import SECRET_LETTERS, PairingCode, make_secret, read_pairing, read_secret, secret_text
from tests.support.clock import RunningClock
from tests.support.hub import RunningHub
from tests.support.sync import OnAir, on_air, until
from tests.support.unit import QUICK

pytestmark = pytest.mark.anyio


def world() -> World:
    """The machine as an edge is given it."""
    return World(clock=RunningClock(), battery=lambda: 82, printer_pace=QUICK)


async def pair(
    air: OnAir, venue: UUID, *, unit_id: UUID | None = None, enable: bool = False, code: str = "R07"
) -> PairingCode:
    """An admin makes a code."""
    name = f"RSU {code.removeprefix('R')}"
    room = Room(venue_id=venue, kind="rsu", code=code, name=name, unit_id=unit_id, enable=enable)
    made = await open_pairing(air.running.hub, air.running.org_id, room, actor=None)
    return PairingCode(air.url, air.fingerprint, made.secret)


def settings(folder: Path) -> Settings:
    """An edge in this folder, without paper."""
    return Settings(folder=folder, port=0, printer="none")


async def the_unit(running: RunningHub) -> UUID:
    """The only unit."""
    [unit] = await running.hub.many(running.org_id, UNITS)
    return UUID(str(unit.unit_id))


async def something_happens(unit: Unit) -> None:
    """One more entry in the unit's journal."""
    now_ms = unit.now_ms
    order = ReportClockJump(command_id=unit.new_id(), from_ms=now_ms, to_ms=now_ms + HOUR_MS, cause="jumped")
    await unit.writer.handle(order)


async def held_up_to(running: RunningHub, node_id: UUID, seq: int) -> bool:
    """Whether the hub holds a revoked unit's bundle that ends there, unread."""
    async with running.hub.bus.tenant(running.org_id) as connection:
        query = "select data from sync.refused_bundle where org_id = %s and node_id = %s"
        rows = await (await connection.execute(query, (running.org_id, node_id))).fetchall()
    bundles = [unpack(bytes(row[0]))[0] for row in rows]
    return seq in [bundle.first + len(bundle.entries) - 1 for bundle in bundles]


async def holds(unit: Unit, *expected: str) -> bool:
    """Whether exactly this stops selling here."""
    rows = await unit.reader.values("SELECT cause, detail FROM hold ORDER BY cause")
    return [f"{cause}:{detail}" for cause, detail in rows] == list(expected)


async def test_an_edge_makes_its_own_keys_and_keeps_what_the_hub_signed(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        code = await pair(air, await running.venue())
        assert not is_enrolled(edge)
        certificate = await enrol(edge, world(), code.text())
    keys = read_keys(edge.key_file)
    member = read_membership(edge.membership_file, node_id=keys.node_id)
    assert certificate.sign_key == keys.node_key().sign_public
    assert (certificate.code, certificate.kind, certificate.epoch) == ("R07", "rsu", 1)
    assert member.hub_key == running.hub.key.sign_public
    assert edge.key_file.stat().st_mode & 0o777 == 0o600
    assert not pending_file(edge).exists()


async def test_a_new_unit_is_disabled_until_head_office_enables_it(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        await enrol(edge, world(), (await pair(air, await running.venue())).text())
        async with open_unit(edge, world()) as unit:
            assert await holds(unit, "hub:disabled")
            await until(lambda: unit.line.connected, "the line")
            await running.do(EnableUnit(command_id=unit.new_id(), unit_id=unit.owner.node_id))
            await until(lambda: holds(unit), "it may sell")
            await running.do(DisableUnit(command_id=unit.new_id(), unit_id=unit.owner.node_id, reason="count"))
            await until(lambda: holds(unit, "hub:disabled"), "it is stopped")
            await running.do(EnableUnit(command_id=unit.new_id(), unit_id=unit.owner.node_id))
            await until(lambda: holds(unit), "it may sell again")
            await running.do(RevokeUnit(command_id=unit.new_id(), unit_id=unit.owner.node_id, reason="lost"))
            await until(lambda: holds(unit, "hub:revoked"), "it is revoked")


async def test_what_stops_a_unit_is_kept_over_a_restart_without_the_hub(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        await enrol(edge, world(), (await pair(air, await running.venue(), enable=True)).text())
        async with open_unit(edge, world()) as unit:
            await until(lambda: holds(unit), "it may sell")
            await running.do(RevokeUnit(command_id=unit.new_id(), unit_id=unit.owner.node_id, reason="lost"))
            await until(lambda: holds(unit, "hub:revoked"), "it is revoked")
    async with open_unit(edge, world()) as unit:
        assert await holds(unit, "hub:revoked")


async def test_a_code_is_used_once_and_a_lost_answer_is_asked_for_again(running: RunningHub, tmp_path: Path) -> None:
    edge, other = settings(tmp_path / "edge"), settings(tmp_path / "other")
    async with on_air(running) as air:
        code = await pair(air, await running.venue())
        first = await enrol(edge, world(), code.text())
        keys = read_keys(edge.key_file)
        write_keys(pending_file(edge), keys)
        edge.membership_file.unlink()
        again = await enrol(edge, world(), code.text())
        assert (again.sign_key, again.until_ms) == (first.sign_key, first.until_ms)
        with pytest.raises(HubRefused, match="was used or its hour is over"):
            await enrol(other, world(), code.text())
    assert not is_enrolled(other)


async def test_of_two_open_codes_for_a_unit_the_second_ends_when_the_first_is_used(
    running: RunningHub, tmp_path: Path
) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(edge, world(), (await pair(air, venue)).text())
        unit_id = await the_unit(running)
        older, newer = [await pair(air, venue, unit_id=unit_id) for _ in range(2)]
        assert (await enrol(edge, world(), newer.text())).epoch == 2
        with pytest.raises(HubRefused, match="was used"):
            await enrol(edge, world(), older.text())
        later = await pair(air, venue, unit_id=unit_id)
        assert (await enrol(edge, world(), later.text())).epoch == 3


async def test_a_code_ends_after_its_hour(running: RunningHub, tmp_path: Path) -> None:
    async with on_air(running) as air:
        code = await pair(air, await running.venue())
        running.clock.wall_ms += HOUR_MS
        with pytest.raises(HubRefused, match="Make a new one"):
            await enrol(settings(tmp_path / "edge"), world(), code.text())


async def test_a_wrong_secret_and_a_wrong_fingerprint_get_nowhere(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        code = await pair(air, await running.venue())
        wrong = PairingCode(code.url, code.fingerprint, "0" * 16)
        with pytest.raises(HubRefused, match="No unit waits for this code"):
            await enrol(edge, world(), wrong.text())
        stranger = PairingCode(code.url, "0" * 64, code.secret)
        with pytest.raises(Exception, match="another fingerprint"):
            await enrol(edge, world(), stranger.text())
        nowhere = PairingCode("https://127.0.0.1:9", "", code.secret)
        with pytest.raises(HubAway):
            await enrol(edge, world(), nowhere.text())
    assert not is_enrolled(edge)


async def test_a_crowded_hub_asks_to_try_the_same_code_again(running: RunningHub, tmp_path: Path) -> None:
    crowded = [True]

    def around(app: Any) -> Any:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["path"] != "/sync/v1/enrol" or not crowded:
                await app(scope, receive, send)
                return
            body = msgspec.json.encode({"code": Crowded.code, "detail": Crowded.sentence})
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": body})

        return answer

    edge = settings(tmp_path / "edge")
    async with on_air(running, around) as air:
        code = await pair(air, await running.venue())
        with pytest.raises(HubAway) as heard:
            await enrol(edge, world(), code.text())
        assert "try the same code in a minute" in str(as_sentence(heard.value))
        crowded.clear()
        assert (await enrol(edge, world(), code.text())).epoch == 1


async def test_enrolled_anew_a_unit_has_new_keys_and_a_new_epoch_and_keeps_the_old_key_for_its_old_sales(
    running: RunningHub, tmp_path: Path
) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(edge, world(), (await pair(air, venue, enable=True)).text())
        before = read_keys(edge.key_file)
        code = await pair(air, venue, unit_id=await the_unit(running), enable=True)
        certificate = await enrol(edge, world(), code.text())
        after = read_keys(edge.key_file)
        assert (certificate.epoch, after.epoch, after.node_id) == (2, 2, before.node_id)
        assert after.sign_seed != before.sign_seed
        assert [one.sign_seed for one in after.former] == [before.sign_seed]
        async with open_unit(edge, world()) as unit:
            assert unit.owner.epoch == 2
            await until(lambda: holds(unit), "it may sell")


async def test_an_enrolment_that_was_cut_short_is_finished_at_the_next_start(
    running: RunningHub, tmp_path: Path
) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(edge, world(), (await pair(air, venue)).text())
        old = edge.key_file.read_bytes()
        await enrol(edge, world(), (await pair(air, venue, unit_id=await the_unit(running))).text())
    new = read_keys(edge.key_file)
    edge.key_file.write_bytes(old)
    write_keys(pending_file(edge), new)
    assert settle(edge, 0).sign_seed == new.sign_seed
    assert not pending_file(edge).exists()


async def test_a_code_for_another_unit_says_so(running: RunningHub, tmp_path: Path) -> None:
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(settings(tmp_path / "a"), world(), (await pair(air, venue)).text())
        code = await pair(air, venue, unit_id=await the_unit(running))
        with pytest.raises(HubRefused, match="This code is for R07, and this is another unit"):
            await enrol(settings(tmp_path / "b"), world(), code.text())


async def test_a_code_for_a_new_unit_typed_at_a_unit_names_both(running: RunningHub, tmp_path: Path) -> None:
    edge = settings(tmp_path / "a")
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(edge, world(), (await pair(air, venue)).text())
        code = await pair(air, venue, code="R12")
        with pytest.raises(HubRefused, match=r"This machine is R07, and the code is for R12\. Make the code on R07's"):
            await enrol(edge, world(), code.text())
        assert (await enrol(settings(tmp_path / "b"), world(), code.text())).code == "R12"


async def test_a_revoked_machine_becomes_a_new_unit_in_its_folder_and_its_old_sales_still_go_up(
    running: RunningHub, tmp_path: Path
) -> None:
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(edge, world(), (await pair(air, venue, enable=True)).text())
        old = read_keys(edge.key_file)
        async with open_unit(edge, world()) as unit:
            await until(lambda: unit.line.connected and not unit.line.waiting, "the line")
            stale = await pair(air, venue, unit_id=old.node_id)
            await running.do(RevokeUnit(command_id=unit.new_id(), unit_id=old.node_id, reason="lost"))
            await until(lambda: holds(unit, "hub:revoked"), "it is revoked")
        async with open_unit(replace(edge, hub_url="https://127.0.0.1:9"), world()) as unit:
            await something_happens(unit)
            unsent = unit.writer.tip.seq
        with pytest.raises(HubRefused, match=r"RSU 07 is revoked\. Add it as a new unit"):
            await enrol(edge, world(), stale.text())
        assert not await held_up_to(running, old.node_id, unsent)
        certificate = await enrol(edge, world(), (await pair(air, venue, code="R12", enable=True)).text())
        assert (certificate.code, certificate.epoch, certificate.node != old.node_id) == ("R12", 1, True)
        async with open_unit(edge, world()) as unit:
            assert (unit.owner.node_id, unit.membership.unit.code) == (certificate.node, "R12")
            await until(lambda: holds(unit), "it may sell")
            await until(lambda: held_up_to(running, old.node_id, unsent), "the old unit's last entries are held")
        [former] = former_units(edge)
        assert read_keys(former.key_file) == old
        assert read_membership(former.membership_file, node_id=old.node_id).unit.code == "R07"


@pytest.mark.parametrize("moved", range(4))
async def test_a_move_that_was_cut_short_is_finished_at_the_next_start(
    running: RunningHub, tmp_path: Path, moved: int
) -> None:
    """The machine stopped after so many of its files had moved."""
    edge = settings(tmp_path / "edge")
    async with on_air(running) as air:
        venue = await running.venue()
        await enrol(edge, world(), (await pair(air, venue, enable=True)).text())
        old = read_keys(edge.key_file)
        async with open_unit(edge, world()) as unit:
            await running.do(RevokeUnit(command_id=unit.new_id(), unit_id=old.node_id, reason="lost"))
            await until(lambda: holds(unit, "hub:revoked"), "it is revoked")
        certificate = await enrol(edge, world(), (await pair(air, venue, code="R12")).text())
        room = edge.folder / "former" / str(old.node_id)
        room.mkdir(parents=True)
        for name in ("edge.db", "node.key", "witness", "membership.json")[:moved]:
            (edge.folder / name).rename(room / name)
        assert is_enrolled(edge)
        async with open_unit(edge, world()) as unit:
            assert unit.owner.node_id == certificate.node
            assert await holds(unit, "hub:disabled")
        assert {"edge.db", "membership.json", "node.key"} <= {path.name for path in room.iterdir()}


NO_CODES = ("", "hello", "TH1*https://x", "TH1*ftp://x*00*ABCD", "TH1*https://x*zz*ABCD", "A" * 900)


@pytest.mark.parametrize("text", NO_CODES)
def test_what_is_no_code_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(InputRefused, match="Code"):
        read_pairing(text)


def test_a_hand_types_the_secret_with_small_letters_gaps_and_lookalikes() -> None:
    code = PairingCode("https://hub.example", "", "0123456789ABCDE4")
    assert read_pairing("oi234-5678 9abc-de4", url="https://hub.example") == code
    assert secret_text(code.secret) == "0123-4567-89AB-CDE4"
    assert read_pairing(code.text()) == code


@given(st.binary(min_size=10, max_size=10), st.integers(0, SECRET_LETTERS - 1), st.sampled_from(ALPHABET))
def test_one_letter_typed_wrongly_is_found_before_the_hub_is_asked(chance: bytes, place: int, letter: str) -> None:
    secret = make_secret(chance)
    assert read_secret(secret_text(secret).lower()) == secret
    typed = secret[:place] + letter + secret[place + 1 :]
    if typed != secret:
        with pytest.raises(InputRefused, match="a letter is wrong, or two changed places; compare it"):
            read_secret(typed)


@given(st.binary(min_size=10, max_size=10), st.integers(0, SECRET_LETTERS - 2))
def test_two_letters_that_changed_places_are_found(chance: bytes, place: int) -> None:
    secret = make_secret(chance)
    typed = secret[:place] + secret[place + 1] + secret[place] + secret[place + 2 :]
    if typed != secret:
        with pytest.raises(InputRefused, match="two changed places"):
            read_secret(typed)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("7KQ4-M2XT-9BVD-0HZ", "these are 15"),
        ("7KQ4-M2XT-9BVD-0HZF-F", "these are 17"),
        ("7KQ4-M2XT-9BVD-0HZU", "never “U”"),
        ("7KQ4-M2XT-9BVD-0HZC", "compare it with the hub's page"),
    ],
)
def test_a_code_typed_wrongly_says_what_is_wrong_with_it(typed: str, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        read_pairing(typed, url="https://hub.example")
