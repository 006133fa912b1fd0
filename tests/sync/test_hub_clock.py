"""A hub whose clock was wrong: once it is put right, its units follow, and nothing that it gave meanwhile stands."""

import asyncio
from functools import partial
from pathlib import Path

import httpx
import msgspec
import pytest

from edge.runtime.clock import WatchedClock
from edge.runtime.holds import read_holds
from edge.sync.hub_word import HubWord
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, LinkParts
from hub.sync.greet import greet
from hub.sync.receive import receive
from hub.sync.sessions import NotProven, make_challenge, read_session
from shared.journal.signing import NodeKey
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from shared.kernel.codec import encode
from shared.sync.protocol import CHALLENGE_TAG, HELLO_TAG, Hello, HelloAnswer, UnitReport
from shared.sync.standing import Standing, State, hello_digest, read_standing, sign_standing
from shared.sync.timekeeping import FRESH_MS_MAX, JUMP_MS_MIN, begin, came_at_once, hear_hub, own_time
from tests.edge.season import UNIT, Season, season
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
            assert mouth.answered_ms(word("disabled", HOUR_MS), b"") is None, "nothing was asked"
            return [hold.detail for hold in await there.writer.write(read_holds, rows=False)]

    assert asyncio.run(play()) == []


class SlowLine(httpx.AsyncBaseTransport):
    """A hub that signs its answer to a hello at the opening, and a line that brings it whole after `took_ms`."""

    def __init__(self, there: Season, took_ms: int, *, recovering: bool) -> None:
        self._there, self._took_ms, self._recovering = there, took_ms, recovering

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The challenge at once; the answer after its time."""
        if "/challenge/" in request.url.path:
            return httpx.Response(200, stream=httpx.ByteStream(HEAD_OFFICE.document(CHALLENGE_TAG, b"")))
        standing = word("enabled", OPENING_MS, hello_digest(await request.aread()))
        self._there.clock.forward(self._took_ms)
        tip = self._there.writer.tip
        answer = HelloAnswer(
            session=b"proven", seq=tip.seq, hash=tip.hash, generation=1, hub_time_ms=OPENING_MS, standing=standing,
            recovering=self._recovering,
        )  # fmt: skip
        return httpx.Response(200, stream=httpx.ByteStream(encode(answer)))


async def say_hello(there: Season, clock: WatchedClock, line: SlowLine) -> None:
    """A unit with this clock says hello over this line, and hears the answer."""

    async def report() -> UnitReport:
        raise AssertionError("it only says hello")

    parts = LinkParts(
        writer=there.writer, reader=there.reader, key=NODE, clock=clock, jitter=lambda: 0.0, report=report,
        changed=lambda: None, rows_came=lambda: None, hub_said=clock.hub_said,
        hub_answered=partial(clock.hub_said, is_fresh=True),
    )  # fmt: skip
    link = HubLink(HubAddress("https://hub", HUB.node_id, HEAD_OFFICE.sign_public, transport=line), parts)
    try:
        await link.step()
        assert link.status.connected
    finally:
        await link.hang_up()


@pytest.mark.parametrize("recovering", [False, True])
@pytest.mark.parametrize(
    ("ahead_ms", "took_ms", "time_ms"),
    [
        (0, HOUR_MS, OPENING_MS + HOUR_MS),
        (DAY_MS, HOUR_MS, OPENING_MS + DAY_MS + HOUR_MS),
        (DAY_MS, 2 * SECOND_MS, OPENING_MS + 2 * SECOND_MS),
    ],
)
def test_an_answer_to_its_own_hello_that_took_an_hour_moves_nothing_back_and_a_quick_one_does(
    tmp_path: Path, ahead_ms: int, took_ms: int, time_ms: int, recovering: bool
) -> None:
    async def play() -> int:
        async with season(tmp_path / "unit.db") as there:
            clock = WatchedClock(there.clock, begin(None, None, there.clock.now()))
            clock.hub_said(OPENING_MS + ahead_ms, clock.now())
            await say_hello(there, clock, SlowLine(there, took_ms, recovering=recovering))
            return clock.now().wall_ms

    assert asyncio.run(play()) == time_ms


def test_an_answer_is_one_of_now_for_some_seconds_of_one_boot_whatever_the_wall_clock_says() -> None:
    clock = HandClock()
    asked = clock.now()
    clock.forward(FRESH_MS_MAX)
    clock.set_wall(OPENING_MS - DAY_MS)
    assert came_at_once(asked=asked, heard=clock.now())
    assert not came_at_once(asked=asked, heard=msgspec.structs.replace(clock.now(), boot_id=HUB.node_id))
    clock.forward(1)
    assert not came_at_once(asked=asked, heard=clock.now())
    assert 4 * FRESH_MS_MAX < JUMP_MS_MIN, "an answer that is as old as one may be is still no jump"


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


async def test_a_late_hello_accuses_nobody_though_the_process_that_took_the_upload_is_a_little_ahead(
    running: RunningHub,
) -> None:
    card = await journal_of(running)
    early = signed_hello(running, card.at(2))
    running.clock.set_wall(OPENING_MS + 3 * SECOND_MS)
    await receive(running.hub, card.session, card.bundle())
    running.clock.set_wall(OPENING_MS + SECOND_MS)
    with pytest.raises(NotProven):
        await greet(running.hub, card.owner.node_id, early)
    answer = await greeted(running, card)
    standing = read_standing(answer.standing, hub_key=running.hub.key.sign_public, owner=card.owner)
    assert standing.state == "enabled"
    running.clock.set_wall(OPENING_MS + 4 * SECOND_MS)
    answer = await greeted(running, card.at(2))
    standing = read_standing(answer.standing, hub_key=running.hub.key.sign_public, owner=card.owner)
    assert standing.state == "behind", "one that was asked later is a card that was put back"
