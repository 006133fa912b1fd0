"""What an evening came to, counted apart from the checks: what was told and held, what was done and seen of it.

A check says that all is true; these figures say of how much, and whether the faults were there to be found.
"""

from collections import Counter

import msgspec

from tests.simulation.world import World

SIGNS = """
select kind, count(*)::bigint from cases.cases_case group by kind
union all select 'clock', count(*)::bigint from identity.identity_clock_event where what = 'jumped'
"""
WITNESS = "witness"


class Fault(msgspec.Struct, frozen=True):
    """Something done to an evening: counted in `world.caused` under names that begin so.

    `sign` is a kind of case or another name in what is seen; empty where the operation itself holds the program to it.
    """

    name: str
    causes: tuple[str, ...]
    sign: str
    seen_as: str


FAULTS = (
    Fault(
        "card copied or put back", ("cloned card", "restored card"), "fork",
        "a case for each journal with two ends, at the end of the evening; a copy that adds nothing makes none",
    ),
    Fault(
        "card put back under a witness", ("restored card",), WITNESS,
        "units that their witness stops at the end; half of the cards bring their own, and a new enrolment ends it",
    ),
    Fault("nonsense written", ("poison",), "quarantine", "a case for each thing; none when a card took it along"),
    Fault(
        "unit revoked", ("revoked",), "held",
        "a case for each journal that still sends something; a unit with nothing new to send makes none",
    ),
    Fault(
        "hub put back", ("hub put back",), "hub_restored",
        "a case for each new life of the hub; those of a life that was put back itself are gone with it",
    ),
    Fault(
        "clock set", ("clock set",), "clock",
        "entries that say so, at the hub; a minute is no jump, the hub's own word about the time makes one too",
    ),
    Fault(
        "the hub's clock wrong", ("hub's clock was wrong",), "",
        "not to be seen by itself: units take the time as the hub says it, sums and numbers stay right",
    ),
    Fault(
        "answer of another request", ("wrong answer",), "",
        "nothing to be seen: the unit believes what is signed for it, asks again, and loses nothing",
    ),
    Fault("witness lost", ("witness lost",), "", "nothing to be seen: the unit sells on, and loses nothing"),
    Fault("key swapped", ("key swapped",), "", "held to at once: the hub takes nothing under another key"),
)  # fmt: skip


class Detected(msgspec.Struct, frozen=True):
    """How often a fault was put in, and how many signs of it there were; None where it leaves none."""

    injected: int = 0
    seen: int | None = None

    def __add__(self, other: "Detected") -> "Detected":
        seen = None if self.seen is None and other.seen is None else (self.seen or 0) + (other.seen or 0)
        return Detected(self.injected + other.injected, seen)


class Counts(msgspec.Struct, frozen=True):
    """How much was there that could have been lost, and how much of it was."""

    told: int = 0
    told_lost: int = 0
    entries: int = 0
    entries_lost: int = 0
    acked: int = 0
    acked_lost: int = 0
    stored: int = 0
    stored_twice: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            *(ours + theirs for ours, theirs in zip(*map(msgspec.structs.astuple, (self, other)), strict=True))
        )

    def sentences(self) -> list[str]:
        """For people."""
        return [
            f"{self.told} sales that a seller was told of: {self.told_lost} not at the hub",
            f"{self.entries} entries on the units: {self.entries_lost} not at the hub",
            f"{self.acked} entries acknowledged before a card or the hub was put back: {self.acked_lost} lost",
            f"{self.stored} entries in the hub's journals: {self.stored_twice} stored twice",
        ]


async def count(world: World) -> Counts:
    """How much there is, and how much of it is not where it must be."""
    stored = await world.truth.stored()
    kept = set(stored) | await world.truth.held()
    told = {one.hash for machine in world.machines for one in machine.told}
    entries = {digest for machine in world.machines for _, _, digest, _ in await machine.entries()}
    return Counts(
        told=len(told), told_lost=len(told - kept),
        entries=len(entries), entries_lost=len(entries - kept),
        acked=len(world.acked), acked_lost=len(world.acked - kept),
        stored=stored.total(), stored_twice=stored.total() - len(stored),
    )  # fmt: skip


async def detect(world: World) -> dict[str, Detected]:
    """Each fault that the operations know, by name: how often it was put in, and what there is to be seen of it."""
    signs = Counter({kind: int(number) for kind, number in await world.truth.rows(SIGNS)})
    for machine in world.machines:
        signs[WITNESS] += WITNESS in await machine.holds()
    return {
        fault.name: Detected(
            sum(number for name, number in world.caused.items() if name.startswith(fault.causes)),
            signs[fault.sign] if fault.sign else None,
        )
        for fault in FAULTS
    }
