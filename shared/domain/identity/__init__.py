"""Identity as other slices see it: its roles and the standing of a person."""

from shared.domain.identity.state import HIRES, ON_HANDHELDS, RUNS_EVENTS, SELLS, Standing

__all__ = ["HIRES", "ON_HANDHELDS", "RUNS_EVENTS", "SELLS", "Standing"]
