"""The evidence of a case goes to whoever checks it with nothing of ours but the one-file verifier."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from hub.sync.enrol import Room, open_pairing
from hub.sync.evidence_file import evidence_file
from hub.sync.receive import receive
from shared.domain.identity.commands import EnrolUnit
from shared.domain.identity.queries import UNITS
from shared.journal.archive import read_archive
from shared.kernel.clock import HOUR_MS
from shared.sync.certificate import read_certificate
from tests.support.hub import RunningHub, make_keys
from tests.support.journals import Journal
from tests.verifier.nights import PROGRAM
from tests.verifier.test_same_as_the_hub import SMALL, card_at

pytestmark = pytest.mark.anyio


async def night(running: RunningHub) -> Journal:
    """A handheld that sold twice from numbers that the hub granted."""
    card = await card_at(running)
    card.sell(SMALL)
    card.sell(SMALL)
    return card.journal


def verify(path: Path, hub_key: bytes) -> subprocess.CompletedProcess[str]:
    """The verifier in a process of its own, as an inspector runs it."""
    command = [sys.executable, "-I", str(PROGRAM), "--hub-key", hub_key.hex(), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


async def test_the_hub_vouches_for_the_key_of_each_epoch_in_the_evidence_of_a_case(
    running: RunningHub, tmp_path: Path
) -> None:
    journal = await night(running)
    await receive(running.hub, journal.session, journal.bundle())
    node_id = journal.keys.node_id
    [unit] = await running.hub.many(running.org_id, UNITS)
    room = Room(venue_id=unit.venue_id, kind=unit.kind, code=unit.code, name=unit.name, unit_id=node_id)
    made = await open_pairing(running.hub, running.org_id, room, actor=None)
    fresh = make_keys(tmp_path / "second.key").node_key()
    await running.do(
        EnrolUnit(
            command_id=uuid4(),
            digest=made.digest,
            unit_id=node_id,
            sign_key=fresh.sign_public,
            seal_key=fresh.seal_public,
            valid_ms=HOUR_MS,
        )
    )
    path = tmp_path / "evidence.journal"
    path.write_bytes(await evidence_file(running.hub, running.org_id, node_id, {1}))
    [archived] = read_archive(path.read_bytes()).journals
    said = read_certificate(archived.certificate, hub_key=running.hub.key.sign_public, owner=journal.owner)
    assert (said.epoch, said.sign_key, said.until_ms) == (1, archived.public, 0)
    checked = verify(path, running.hub.key.sign_public)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "the key stands in the hub’s certificate" in checked.stdout + checked.stderr


async def test_evidence_whose_certificate_another_hub_signed_is_refused(running: RunningHub, tmp_path: Path) -> None:
    journal = await night(running)
    await receive(running.hub, journal.session, journal.bundle())
    path = tmp_path / "evidence.journal"
    path.write_bytes(await evidence_file(running.hub, running.org_id, journal.keys.node_id, {1}))
    stranger = make_keys(tmp_path / "stranger.key").node_key()
    checked = verify(path, stranger.sign_public)
    assert checked.returncode != 0
    assert "another hub key than the one given" in checked.stdout + checked.stderr
