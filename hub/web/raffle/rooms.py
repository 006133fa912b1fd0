"""Units that have a code and have not shown it yet."""

from hub.web.raffle.view import RoomView
from hub.web.site.snapshot import Snapshot
from shared.domain.identity.state import PairingCard
from shared.kernel.clock import MINUTE_MS


def room_views(now: Snapshot) -> tuple[RoomView, ...]:
    """All of them, in the order of their codes on paper."""
    return tuple(_room(now, pairing) for pairing in now.pairings)


def _room(now: Snapshot, pairing: PairingCard) -> RoomView:
    return RoomView(
        name=pairing.name,
        kind="RSU" if pairing.kind == "rsu" else "Counter",
        venue=next((venue.name for venue in now.venues if venue.venue_id == pairing.venue_id), ""),
        minutes=max(1, -(-(pairing.expires_ms - now.read_ms) // MINUTE_MS)),
        again=pairing.unit_id is not None,
        href=f"/units/codes/{pairing.pairing_id}",
    )
