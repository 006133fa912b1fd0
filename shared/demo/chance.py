"""Chance of the demo: one readable password for its hub."""

import secrets

WORDS = (
    "amber", "anchor", "apple", "barge", "basket", "beacon", "birch", "bridge", "candle", "canvas", "cedar", "copper",
    "coral", "cotton", "field", "flint", "garden", "ginger", "harbour", "hazel", "island", "ivory", "kettle", "ladder",
    "lamp", "lantern", "linen", "maple", "marble", "meadow", "mirror", "morning", "needle", "north", "ocean", "olive",
    "orchard", "paper", "pebble", "pepper", "pilot", "planet", "pocket", "prairie", "quarry", "ribbon", "river",
    "rocket", "rover", "saddle", "silver", "summit", "sunset", "thistle", "timber", "topaz", "valley", "velvet",
    "violet", "walnut", "willow", "window", "winter", "yellow",
)  # fmt: skip


def readable_password() -> str:
    """Four words and a number: 29 bits and more, easy to type from a page."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(4)), str(secrets.randbelow(90) + 10)])
