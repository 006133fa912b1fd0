"""Identity as other slices see it: its roles, the standing of a person, and what a restored hub waits for."""

from shared.domain.identity.state import (
    HIRES,
    ON_HANDHELDS,
    RUNS_EVENTS,
    SELLS,
    SUPERVISES,
    Standing,
    assert_not_recovering,
)

__all__ = ["HIRES", "ON_HANDHELDS", "RUNS_EVENTS", "SELLS", "SUPERVISES", "Standing", "assert_not_recovering"]
