"""Cash drawers: where they hang, and what opens them."""
