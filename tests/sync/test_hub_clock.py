"""A hub whose clock was wrong: once it is put right, its units follow, and nothing that it gave meanwhile stands."""

import asyncio
from pathlib import Path

import pytest

from edge.runtime.holds import read_holds
from edge.sync.hub_word import HubWord
from hub.sync.greet import greet
from hub.sync.receive import receive
from hub.sync.sessions import NotProven, make_challenge, read_session
from shared.journal.signing import NodeKey
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS
from shared.kernel.codec import encode
from shared.sync.protocol import HELLO_TAG, Hello, HelloAnswer
from shared.sync.standing import Standing, State, hello_digest, read_standing, sign_standing
from shared.sync.timekeeping import begin, hear_hub, own_time
from tests.edge.season import UNIT, season
from tests.support.clock import OPENING_MS, HandClock
from tests.support.evening import HUB
from tests.support.hub import RunningHub
from tests.support.journals import Journal, journal_of

pytestmark = pytest.mark.anyio
NODE, HEAD_OFFICE = (NodeKey(bytes([seed]) * 32, bytes([seed]) * 32) for seed in (1, 2))
ASKED = hello_digest(b"a hello of today")


def signed_hello(running: RunningHub, journal: Journal) -> bytes:
    """What the journal's unit signs for a challenge of now."""
    said = Hello(
        challenge=make_challenge(running.hub, journal.owner.node_id), org=journal.owner.org_id,
        node=journal.owner.node_id, epoch=journal.owner.epoch, seq=journal.tip.seq, hash=journal.tip.hash,
        generation=1, position=0,
    )  # fmt: skip
    return journal.key.document(HELLO_TAG, encode(said))


async def greeted(running: RunningHub, journal: Journal) -> HelloAnswer:
    """The journal's unit says hello."""
    return await greet(running.hub, journal.owner.node_id, signed_hello(running, journal))


def word(state: State, signed_ms: int, answers: bytes = b"") -> bytes:
    """The hub's signed word on the unit."""
    said = Standing(
        org=UNIT.org_id, node=UNIT.node_id, epoch=UNIT.epoch, state=state, reason="", generation=1,
        signed_ms=signed_ms, answers=answers,
    )  # fmt: skip
    return sign_standing(said, HEAD_OFFICE)


@pytest.mark.parametrize("ahead_ms", [10 * MINUTE_MS, 400 * DAY_MS])
def test_only_an_answer_to_its_own_hello_brings_a_unit_back_from_the_future(ahead_ms: int) -> None:
    clock = HandClock()
    state = hear_hub(begin(None, None, clock.now()), OPENING_MS + ahead_ms, clock.now())
    assert own_time(state, clock.now()) == OPENING_MS + ahead_ms
    clock.forward(MINUTE_MS)
    assert hear_hub(state, OPENING_MS + MINUTE_MS, clock.now()) is state, "it may be a page that was kept back"
    right = hear_hub(state, OPENING_MS + MINUTE_MS, clock.now(), is_fresh=True)
    assert own_time(right, clock.now()) == OPENING_MS + MINUTE_MS
    clock.forward(HOUR_MS)
    later = hear_hub(right, OPENING_MS + MINUTE_MS + HOUR_MS, clock.now())
    assert later.hub_ms == OPENING_MS + MINUTE_MS + HOUR_MS, "from then on each later word counts again"


@pytest.mark.parametrize(("answers", "holds"), [(ASKED, []), (b"", ["disabled"]), (b"another", ["disabled"])])
def test_a_unit_that_was_stopped_by_a_clock_ahead_sells_again_by_an_answer_to_its_hello(
    tmp_path: Path, answers: bytes, holds: list[str]
) -> None:
    heard: list[tuple[int, bool]] = []

    async def play() -> list[str]:
        async with season(tmp_path / "unit.db") as there:
            mouth = HubWord(there.writer, UNIT, NODE, there.clock, hub=HUB, hub_key=HEAD_OFFICE.sign_public)
            for data in (word("disabled", DAY_MS), word("enabled", HOUR_MS, answers)):
                await mouth.standing(data, lambda signed_ms, is_fresh: heard.append((signed_ms, is_fresh)), ASKED)
            return [hold.detail for hold in await there.writer.write(read_holds, rows=False)]

    assert asyncio.run(play()) == holds
    assert heard == [(DAY_MS, False), *([(HOUR_MS, True)] if not holds else [])]


@pytest.mark.parametrize(("answers", "time_ms"), [(ASKED, HOUR_MS), (b"another", None), (b"", None)])
def test_a_hub_that_recovers_is_asked_for_the_time_alone(tmp_path: Path, answers: bytes, time_ms: int | None) -> None:
    async def play() -> list[str]:
        async with season(tmp_path / "unit.db") as there:
            mouth = HubWord(there.writer, UNIT, NODE, there.clock, hub=HUB, hub_key=HEAD_OFFICE.sign_public)
            assert mouth.answered_ms(word("disabled", HOUR_MS, answers), ASKED) == time_ms
            assert mouth.answered_ms(b"", ASKED) is None
            return [hold.detail for hold in await there.writer.write(read_holds, rows=False)]

    assert asyncio.run(play()) == []


async def test_the_answer_to_a_hello_names_it(running: RunningHub) -> None:
    card = await journal_of(running)
    data = signed_hello(running, card)
    answer = await greet(running.hub, card.owner.node_id, data)
    standing = read_standing(answer.standing, hub_key=running.hub.key.sign_public, owner=card.owner)
    assert standing.answers == hello_digest(data)


async def test_what_was_given_by_a_clock_ahead_ends_when_it_is_put_right(running: RunningHub) -> None:
    card = await journal_of(running)
    running.clock.set_wall(OPENING_MS + DAY_MS)
    early, session = signed_hello(running, card), (await greeted(running, card)).session
    assert read_session(running.hub, session).node == card.owner.node_id
    running.clock.set_wall(OPENING_MS + DAY_MS - MINUTE_MS)
    assert read_session(running.hub, session), "two processes of a hub may be a little apart"
    running.clock.set_wall(OPENING_MS)
    with pytest.raises(NotProven):
        read_session(running.hub, session)
    with pytest.raises(NotProven):
        await greet(running.hub, card.owner.node_id, early)


async def test_a_card_that_was_put_back_is_found_though_its_sales_came_in_the_future(running: RunningHub) -> None:
    card = await journal_of(running)
    running.clock.set_wall(OPENING_MS + DAY_MS)
    await receive(running.hub, card.session, card.bundle())
    running.clock.set_wall(OPENING_MS)
    answer = await greeted(running, card.at(2))
    standing = read_standing(answer.standing, hub_key=running.hub.key.sign_public, owner=card.owner)
    assert standing.state == "behind"
