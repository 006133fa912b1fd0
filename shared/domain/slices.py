"""All slices of this program, in the order of what they build on."""

from shared.domain.cases.manifest import SLICE as CASES
from shared.domain.devices.manifest import SLICE as DEVICES
from shared.domain.identity.manifest import SLICE as IDENTITY
from shared.domain.persons.manifest import SLICE as PERSONS
from shared.domain.raffle.manifest import SLICE as RAFFLE
from shared.pipeline.manifest import Slices

ALL = Slices((IDENTITY, PERSONS, RAFFLE, CASES, DEVICES))
