"""The verifier and the hub share no code, and count one fork alike: sold, void, disputed; numbers, orders, money."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from hub.sync.evidence_file import evidence_file
from hub.sync.receive import receive
from shared.domain.raffle.facts import SoldRange, TicketsSold
from shared.domain.raffle.queries import PACKAGES
from shared.domain.raffle.queries_page import EVENT_TOTALS, NUMBER_TOTALS, EventTotal, NumberTotals
from shared.journal.chain import Sealed
from shared.kernel.validation import validation_number
from tests.support.hub import RunningHub
from tests.support.journals import Journal, desk_at, journal_at
from tests.verifier.nights import verify

SMALL, MIDDLE, LARGE = 3, 10, 40


class Card:
    """A handheld that sells packages of every size, and may be copied."""

    def __init__(self, journal: Journal, packages: dict[int, tuple[UUID, int]]) -> None:
        self.journal = journal
        self._packages = packages

    def copy(self) -> "Card":
        """The same card once more."""
        return Card(self.journal.copy(), self._packages)

    def sell(self, count: int) -> Sealed:
        """One sale of a package with so many numbers."""
        journal, lease = self.journal, self.journal.lease
        assert lease is not None
        first = journal.next_number
        package_id, price_minor = self._packages[count]
        fact = msgspec.structs.replace(
            journal.sale(first),
            package_id=package_id,
            ticket_count=count,
            amount_minor=price_minor,
            received_minor=price_minor,
            validation_number=validation_number(
                journal.lease_key, event_id=lease.event, lease_id=lease.lease, first=first
            ),
            ranges=(SoldRange(lease.lease, lease.first, lease.last, first, first + count - 1),),
        )
        assert isinstance(fact, TicketsSold)
        journal.next_number += count
        return journal.add(fact)[0]


async def card_at(running: RunningHub) -> Card:
    """A handheld with numbers of a running event, whose packages it knows by their size."""
    venue = await running.venue()
    desk = await desk_at(running, venue)
    packages = await running.hub.many(running.org_id, PACKAGES, event_id=desk.event_id)
    sizes = {one.ticket_count: (one.package_id, one.price_minor) for one in packages}
    return Card(await journal_at(running, desk, venue), sizes)


def fork(card: Card) -> Card:
    """Two histories behind two sales: different packages over the same numbers, and voids on both sides."""
    card.sell(SMALL)
    card.journal.void(card.sell(MIDDLE))
    clone = card.copy()
    card.sell(MIDDLE)
    card.journal.void(card.sell(SMALL))
    card.sell(SMALL)
    card.journal.void(card.sell(LARGE))
    card.sell(SMALL)
    clone.sell(SMALL)
    clone.sell(MIDDLE)
    clone.journal.void(clone.sell(MIDDLE))
    clone.journal.void(clone.sell(SMALL))
    clone.sell(LARGE)
    clone.sell(SMALL)
    return clone


@pytest.mark.anyio
@pytest.mark.parametrize("clone_first", [False, True])
async def test_a_fork_with_different_packages_and_voids_is_counted_as_the_hub_counts_it(
    running: RunningHub, tmp_path: Path, clone_first: bool
) -> None:
    card = await card_at(running)
    sides = [card, fork(card)]
    for side in reversed(sides) if clone_first else sides:
        await receive(running.hub, side.journal.session, side.journal.bundle())
    path = tmp_path / "evidence.journal"
    path.write_bytes(await evidence_file(running.hub, running.org_id, card.journal.owner.node_id, {1}))
    code, said = verify(path, hub_key=running.hub.key)
    [numbers] = await running.hub.many(running.org_id, NUMBER_TOTALS)
    [money] = await running.hub.many(running.org_id, EVENT_TOTALS)
    assert isinstance(numbers, NumberTotals)
    assert isinstance(money, EventTotal)
    assert (code, said["bad"]) == (0, [])
    counted = {name: said[f"numbers_{name}"] for name in ("leased", "sold", "void", "disputed")}
    assert counted == {name: getattr(numbers, name) for name in counted}
    assert said["numbers_unsold"] == numbers.unsold + numbers.quarantined
    assert said["orders"] - said["voided_orders"] == money.sale_count + money.disputed_count
    assert said["USD_minor"] == money.amount_minor + money.disputed_minor
    assert min(counted.values()) > 0
    assert len(said["disputed"]) > 1
