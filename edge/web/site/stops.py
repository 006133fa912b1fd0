"""What stops selling on this unit, as pages show it: the holds, and how long the certificate still counts."""

import msgspec

from edge.runtime.reporting import unit_holds
from edge.runtime.unit import Unit
from shared.domain.raffle.errors import stop_words

CERTIFICATE = "SELECT until_ms FROM hub_word WHERE kind = 'certificate'"
ENDED = frozenset({"hub:forked", "hub:behind", "hub:superseded", "hub:revoked"})
"""Words of head office after which only a new enrolment lets this unit sell again."""


class StopReason(msgspec.Struct, frozen=True):
    """One cause with its detail (`hub:disabled`), what is wrong and what to do."""

    hold: str
    reason: str
    advice: str


class Stops(msgspec.Struct, frozen=True):
    """`holds` are causes with their detail (`hub:disabled`, `witness:behind`); ends in ms UTC, None without one."""

    holds: tuple[str, ...] = ()
    certificate_until_ms: int | None = None

    @property
    def ended(self) -> str:
        """What is wrong, where only a new enrolment helps; empty otherwise."""
        found = [hold for hold in self.holds if hold in ENDED or hold.partition(":")[0] == "witness"]
        return stop_words(found[0])["reason"] if found else ""

    def reasons(self, now_ms: int) -> tuple[StopReason, ...]:
        """Everything that stops this unit now, in the words of the refusal of a sale; nothing when it may sell."""
        ended = self.certificate_until_ms is not None and now_ms >= self.certificate_until_ms
        holds = (*self.holds, "certificate") if ended and "certificate" not in self.holds else self.holds
        return tuple(StopReason(hold, **stop_words(hold)) for hold in holds)

    def stopped(self, now_ms: int) -> str:
        """The hold that stops this unit now, `certificate` for one that has ended; empty when it may sell."""
        if self.holds:
            return self.holds[0]
        ended = self.certificate_until_ms is not None and now_ms >= self.certificate_until_ms
        return "certificate" if ended else ""


async def read_stops(unit: Unit) -> Stops:
    """How it stands with this unit now."""
    rows = await unit.reader.values(CERTIFICATE)
    return Stops(await unit_holds(unit), rows[0][0] if rows else None)
