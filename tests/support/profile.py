"""How long the property tests look: 200 examples of what comes from outside in `make test`, 10,000 in `make soak`.

The environment variable TILLHOUSE_PROFILE says which: `test`, `soak`, or `hours` for `make soak HOURS=…`, whose rounds
are small enough that one is over within some minutes.
"""

import os

from hypothesis import HealthCheck, settings

VARIABLE = "TILLHOUSE_PROFILE"
EXAMPLES = {"test": 200, "hours": 300, "soak": 10_000}
RULES = {"test": 60}
"""Fewer for rules that hear nothing from outside, where the time of `make test` counts."""
NIGHTS = {"test": 3, "hours": 10, "soak": 400}
"""Whole evenings of the stateful test: each is some thirty steps at a real hub."""
EVENINGS = {"test": 4, "hours": 25, "soak": 400}
"""Evenings of the simulator."""
PROFILE = os.environ.get(VARIABLE, "test")
EACH = settings(
    max_examples=EXAMPLES[PROFILE],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""For tests of what comes from outside. They share a hub, and one slow answer of it is no fault."""


def load_profile() -> None:
    """The chosen profile for every property test that names no number of its own."""
    settings.register_profile(PROFILE, max_examples=RULES.get(PROFILE, EXAMPLES[PROFILE]), deadline=None)
    settings.load_profile(PROFILE)
