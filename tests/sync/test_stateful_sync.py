"""Whatever happens to handhelds, line and hub in an evening: no fact is lost, none counts twice, each fork shows once.

Every rule is something that happens at a venue. When it is quiet again the hub's tables are held against what every
card holds and against what the hub ever acknowledged and did not lose itself.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from hub.sync.generation import hub_state
from hub.sync.sessions import find_node
from shared.domain.identity.commands import RevokeUnit
from shared.domain.raffle.errors import UnitStopped
from shared.domain.raffle.queries_page import EVENT_TOTAL
from shared.kernel.clock import DAY_MS
from shared.kernel.errors import Refusal
from tests.support.postgres import RunningPostgres
from tests.support.profile import NIGHTS, PROFILE
from tests.support.season import Prepared, Season, prepare
from tests.support.season_card import Card
from tests.support.season_talk import as_unit, holds, talk
from tests.support.season_truth import Truth

WHICH = st.integers(0, 7)
CARDS_MAX = 5
ROUNDS_MAX = 8
SNAPSHOTS_MAX = 2
STEPS = 25


class Evening(RuleBasedStateMachine):
    """Two handhelds and their hub; `tools` are given before it runs."""

    tools: tuple[RunningPostgres, asyncio.Runner, Prepared]

    def __init__(self) -> None:
        super().__init__()
        postgres, runner, prepared = self.tools
        self.folder = tempfile.TemporaryDirectory(prefix="tillhouse-season-")
        address = postgres.fresh_database(prepared.template)
        self.season = Season(postgres, runner, prepared, Path(self.folder.name), address)
        self.acked: set[bytes] = set()
        self.faulted: set[tuple[UUID, int]] = set()
        self.odd: set[UUID] = set()
        try:
            self.season.run(self.season.begin())
        except BaseException:
            self.season.run(self.season.end())  # what it had opened would keep the whole run from ending
            raise

    def run(self, work: Any) -> Any:
        """Carry it out in the evening's loop."""
        return self.season.run(work)

    def card(self, which: int) -> Card:
        """One of the cards."""
        return self.season.cards[which % len(self.season.cards)]

    async def _ack(self) -> None:
        """What the hub acknowledged, as far as it has not lost it itself."""
        truth = self.truth
        self.acked |= set(await truth.stored()) | await truth.held()

    @property
    def truth(self) -> Truth:
        """The hub's tables."""
        return Truth(self.season.hub, self.season.prepared.place.org_id, self.season.address)

    @initialize(first=st.integers(0, 4), second=st.integers(0, 4), backup=st.booleans())
    def doors_open(self, first: int, second: int, backup: bool) -> None:
        """Something was sold and uploaded already, and the hub perhaps backed up in between."""
        self.sell(0, first)
        self.deliver(0, 1)
        if backup:
            self.back_up_hub()
        self.trade(1, second)

    @rule(which=WHICH, count=st.integers(1, 4))
    def trade(self, which: int, count: int) -> None:
        """A seller sells on the line: the hub hears of it at once."""
        self.sell(which, count)
        self.deliver(which, 3)

    @rule(which=WHICH, count=st.integers(1, 4))
    def sell(self, which: int, count: int) -> None:
        """A seller sells, with or without a line."""
        card = self.card(which)
        for _ in range(count):
            try:
                self.run(card.sell())
            except Refusal:
                return

    @rule(which=WHICH)
    def void(self, which: int) -> None:
        """The last sale is undone."""
        try:
            self.run(self.card(which).undo())
        except Refusal:
            return

    @rule(which=WHICH, most=st.integers(1, 3))
    def deliver(self, which: int, most: int) -> None:
        """A contact with the hub, for a few bundles."""
        self.run(self._contact(which, "", most))

    @rule(which=WHICH, manner=st.sampled_from(["drop", "double", "reorder"]))
    def deliver_badly(self, which: int, manner: str) -> None:
        """The answer is lost after the hub stored; a bundle comes twice; a later one comes first."""
        self.run(self._contact(which, manner, 4))

    async def _contact(self, which: int, manner: str, most: int) -> None:
        await talk(self.season.hub, self.card(which), manner=manner, most=most)
        await self._ack()

    @rule(which=WHICH)
    def crash(self, which: int) -> None:
        """The handheld starts again: what it knows stands in its database."""
        self.run(self._crash(self.card(which)))

    async def _crash(self, card: Card) -> None:
        await card.close()
        await card.open()

    @rule(which=WHICH)
    def keep_backup(self, which: int) -> None:
        """Somebody copies the card."""
        self.run(self._keep_backup(which % len(self.season.cards)))

    async def _keep_backup(self, place: int) -> None:
        card = self.season.cards[place]
        await card.close()
        self.season.backups.append((place, card.copied(self.season.new_folder())))
        await card.open()

    @precondition(lambda self: self.season.backups)
    @rule(which=WHICH, witness=st.booleans())
    def restore_edge(self, which: int, witness: bool) -> None:
        """The card's database is put back; its witness as well, or it stands beside and knows better."""
        place, backup = self.season.backups[which % len(self.season.backups)]
        self.run(self._restore_edge(place, backup, witness))

    async def _restore_edge(self, place: int, backup: Card, witness: bool) -> None:
        gone = self.season.cards[place]
        newer = gone.owner == backup.owner and gone.writer.tip.seq > self._end(backup)
        await gone.close()
        folder = self.season.new_folder()
        card = backup.copied(folder, witness=witness)
        if not witness:
            (folder / "witness").write_bytes((gone.folder / "witness").read_bytes())
        card.clock.set_wall(gone.clock.wall_ms)
        await card.open()
        self.season.cards[place] = card
        self.faulted.add(as_unit(card.owner))
        self.odd.add(card.owner.node_id)
        if newer and not witness:
            assert "witness" in await holds(card)
            with pytest.raises(UnitStopped):
                await card.sell()
            return
        try:
            await card.sell()
        except Refusal:
            return

    @staticmethod
    def _end(backup: Card) -> int:
        return max((seq for epoch, seq, _, _ in backup.entries() if epoch == backup.owner.epoch), default=0)

    @precondition(lambda self: len(self.season.cards) < CARDS_MAX)
    @rule(which=WHICH)
    def clone_edge(self, which: int) -> None:
        """The card is copied, and both copies are used."""
        self.run(self._clone(self.card(which)))
        self.sell(which, 1)
        self.sell(len(self.season.cards) - 1, 1)

    async def _clone(self, card: Card) -> None:
        await card.close()
        clone = card.copied(self.season.new_folder())
        await card.open()
        await clone.open()
        self.season.cards.append(clone)
        self.faulted.add(as_unit(card.owner))
        self.odd.add(card.owner.node_id)

    @precondition(lambda self: len(self.season.snapshots) < SNAPSHOTS_MAX)
    @rule()
    def back_up_hub(self) -> None:
        """The hub's database is backed up."""
        self.run(self.season.snapshot())

    @precondition(lambda self: self.season.snapshots)
    @rule(which=WHICH, told=st.booleans())
    def restore_hub(self, which: int, told: bool) -> None:
        """The hub comes back as it was, and is told so, or must find out."""
        self.run(self._restore_hub(which, told))

    async def _restore_hub(self, which: int, told: bool) -> None:
        snapshots = self.season.snapshots
        await self.season.restore(snapshots[which % len(snapshots)], told=told)
        self.odd |= {keys.node_id for keys in self.season.prepared.units}
        self.acked = set()
        await self._ack()

    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        """Head office revokes the unit for good."""
        self.run(self._revoke(self.card(which)))

    async def _revoke(self, card: Card) -> None:
        order = RevokeUnit(command_id=uuid4(), unit_id=card.owner.node_id, reason="left at the counter")
        try:
            await self.season.running.do(order)
        except Refusal:
            return
        self.odd.add(card.owner.node_id)

    @rule(which=WHICH)
    def enrol_anew(self, which: int) -> None:
        """The unit is enrolled again on this card; a hub that is restored to before it forgets that epoch."""
        self.run(self._enrol_anew(self.card(which)))

    async def _enrol_anew(self, card: Card) -> None:
        if not await self.season.knows_itself():
            return
        try:
            await self.season.enrol_anew(card)
        except Refusal:
            return
        self.odd.add(card.owner.node_id)

    @rule(which=WHICH, days=st.sampled_from([-400, -1, 1, 400]))
    def set_clock(self, which: int, days: int) -> None:
        """Somebody sets the wall clock of a handheld."""
        card = self.card(which)
        card.clock.set_wall(card.clock.wall_ms + days * DAY_MS)
        self.odd.add(card.owner.node_id)

    @rule()
    def change_program(self) -> None:
        """The hub runs yesterday's program, which has not heard of voids; then it is upgraded."""
        self.run(self.season.set_program(upgraded=not self.season.upgraded))

    @rule(which=WHICH)
    def poison(self, which: int) -> None:
        """A fault of a handheld's program writes what no hub can show."""
        self.run(self.card(which).spoil())

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        """Time passes, for everybody."""
        self.season.clock.forward(seconds * 1_000)
        for card in self.season.cards:
            card.clock.forward(seconds * 1_000)

    def teardown(self) -> None:
        """Quiet again: everybody has reached the hub. Then everything must be true."""
        try:
            self.run(self._quiet())
            self.run(self._all_is_true())
        finally:
            self.run(self.season.end())
            self.season.drop()
            self.folder.cleanup()

    async def _quiet(self) -> None:
        if not self.season.upgraded:
            await self.season.set_program(upgraded=True)
        for _ in range(ROUNDS_MAX):
            level = [await talk(self.season.hub, card) for card in self.season.cards]
            async with self.season.hub.bus.tenant(self.truth.org_id) as connection:
                state = await hub_state(connection, self.truth.org_id)
            if all(level) and not state.recovering:
                return
        raise AssertionError(f"never quiet: {level}, {state}")

    async def _all_is_true(self) -> None:
        truth = self.truth
        stored = await truth.stored()
        assert max(stored.values(), default=1) == 1, "an entry is held twice"
        kept = set(stored) | await truth.held()
        assert self.acked <= kept, "something acknowledged is lost"
        for card in self.season.cards:
            missing = [(epoch, seq) for epoch, seq, digest, _ in card.entries() if digest not in kept]
            assert not missing, (card.owner, missing)
        await truth.chains_hold()
        await truth.numbers_add_up()
        await truth.replays()
        await self._forks_show_once()
        await self._totals_agree()

    async def _forks_show_once(self) -> None:
        truth = self.truth
        cases = await truth.fork_cases()
        assert max(cases.values(), default=1) == 1, "a second case for one epoch"
        assert set(cases) <= self.faulted, "a fork that nobody caused"
        for epoch, histories in (await truth.branches()).items():
            if histories > 1:
                assert cases[epoch] == 1, f"{histories} histories of {epoch} without a case"

    async def _totals_agree(self) -> None:
        for card in self.season.cards:
            if card.owner.node_id in self.odd:
                continue
            total = await card.reader.one(EVENT_TOTAL, event_id=card.place.event_id)
            assert await self.truth.sold_minor(card.owner.node_id) == (total.amount_minor if total else 0)
            assert (await find_node(self.season.hub, card.owner.node_id, card.owner.epoch)).state == "enabled"


@pytest.fixture(scope="module")
def prepared(postgres: RunningPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The evening's beginning, made once."""
    with asyncio.Runner() as runner, capture_logs():
        found = prepare(postgres, runner, tmp_path_factory.mktemp("season"))
        Evening.tools = (postgres, runner, found)
        yield


@pytest.mark.usefixtures("prepared")
@pytest.mark.timeout(600 if PROFILE == "test" else 0)
def test_no_fact_is_lost_and_none_counts_twice_whatever_happens_in_an_evening() -> None:
    run_state_machine_as_test(
        Evening,
        settings=settings(
            max_examples=NIGHTS[PROFILE],
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
