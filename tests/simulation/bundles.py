"""What a machine would send, taken from it by another road than its line."""

from shared.journal.bundle import pack
from shared.journal.chain import Tip
from tests.simulation.machine import Machine


async def bundles_of(machine: Machine, entries_each: int) -> list[bytes]:
    """What the hub has not acknowledged of today's journal, in bundles of so many entries."""
    owner, key, acked = machine.owner, machine.keys.node_key(), machine.links[0].status.acked_seq
    mine = [one for one in await machine.entries() if one[0] == owner.epoch and one[1] > acked]
    parts = [mine[at : at + entries_each] for at in range(0, len(mine), entries_each)]
    return [pack(owner, part[0][1], [one[3] for one in part], Tip(part[-1][1], part[-1][2]), key) for part in parts]
