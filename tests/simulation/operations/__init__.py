"""What can happen in a simulated evening, a module a field; see docs/guides/add-to-the-simulator.md."""

from tests.simulation.operations import (
    at_once,
    cards,
    clocks,
    devices,
    hubs,
    network,
    office,
    paper,
    people,
    power,
    programs,
    seasons,
    selling,
)
from tests.simulation.world import Operation

FIELDS = (selling, power, network, cards, clocks, office, hubs, seasons, at_once, programs, people, paper, devices)
OPERATIONS: dict[str, Operation] = {one.name: one for field in FIELDS for one in field.OPERATIONS}
