"""Short journals for tests: fixed keys, fixed moments, one small fact over and over."""

from uuid import UUID

from shared.domain.raffle.facts import EventClosed
from shared.journal.chain import Stamp, Tip, empty_tip, seal
from shared.journal.entry import FeedMark, Owner
from shared.journal.signing import NodeKey
from shared.kernel.clock import Moment

KEY = NodeKey(b"\x01" * 32, b"\x02" * 32)
OTHER_KEY = NodeKey(b"\x03" * 32, b"\x04" * 32)
UNIT = Owner(UUID(int=0xA), UUID(int=0xC), 1)
NEIGHBOUR = Owner(UUID(int=0xA), UUID(int=0xD), 1)
MOMENT = Moment(1_795_000_000_000, 42_000_000_000, UUID(int=7), 1_794_999_999_000)
MARK = FeedMark(UUID(int=0xB), 1, 1_234)


def stamp(place: int) -> Stamp:
    """What the `place`-th command gives its entries."""
    return Stamp(UUID(int=0x1000 + place), UUID(int=0xE), MOMENT, (MARK,))


def history(count: int, owner: Owner = UNIT, tip: Tip | None = None) -> tuple[list[bytes], Tip]:
    """The bytes of `count` entries behind `tip` (from the beginning unless given), and where they end."""
    tip = tip or empty_tip(owner)
    entries: list[bytes] = []
    for _ in range(count):
        place = tip.seq + 1
        fact = EventClosed(event_id=UUID(int=0x2000 + place), closed_ms=place)
        sealed, tip = seal(owner, tip, stamp(place), [(UUID(int=0x3000 + place), fact)])
        entries.append(sealed[0].data)
    return entries, tip
