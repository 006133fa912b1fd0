"""Cases as other slices see them."""

from shared.domain.cases.state import DECIDES, KINDS

__all__ = ["DECIDES", "KINDS"]
