"""Who is logged in at this unit: random tokens, kept in memory only, ended by ten idle minutes."""

import hashlib
from collections.abc import Callable
from uuid import UUID

import msgspec

from shared.kernel.clock import MINUTE_MS, Clock

IDLE_MS_MAX = 10 * MINUTE_MS
SESSIONS_MAX = 64
NS_PER_MS = 1_000_000


class Session(msgspec.Struct):
    """One person at this unit; `training` is the mode they sell in."""

    staff_id: UUID
    name: str
    role: str
    seen_ns: int
    training: bool = False
    acted: bool = False


class Sessions:
    """Opens, finds and ends sessions. `chance` gives 32 random bytes."""

    def __init__(self, clock: Clock, chance: Callable[[], bytes]) -> None:
        self._clock = clock
        self._chance = chance
        self._open: dict[bytes, Session] = {}

    def open(self, *, staff_id: UUID, name: str, role: str) -> str:
        """Log somebody in; the token is shown once and kept as a hash."""
        self._drop_idle()
        while len(self._open) >= SESSIONS_MAX:
            del self._open[min(self._open, key=lambda place: self._open[place].seen_ns)]
        token = self._chance().hex()
        self._open[_place(token)] = Session(staff_id, name, role, self._clock.now().monotonic_ns)
        return token

    def find(self, token: str, *, act: bool = True) -> Session | None:
        """The session of a token; `act` False looks without keeping it awake (a page that refreshes itself)."""
        self._drop_idle()
        found = self._open.get(_place(token))
        if found is not None and act:
            found.seen_ns, found.acted = self._clock.now().monotonic_ns, True
        return found

    def end(self, token: str) -> None:
        """Log out; an unknown token is out already."""
        self._open.pop(_place(token), None)

    def last_seller(self) -> str:
        """The name of whoever acted last; empty when nobody did. Who only looks on is no seller."""
        self._drop_idle()
        acted = [session for session in self._open.values() if session.acted]
        last = max(acted, key=lambda session: session.seen_ns, default=None)
        return last.name if last else ""

    def _drop_idle(self) -> None:
        oldest_ns = self._clock.now().monotonic_ns - IDLE_MS_MAX * NS_PER_MS
        self._open = {place: session for place, session in self._open.items() if session.seen_ns >= oldest_ns}


def _place(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
