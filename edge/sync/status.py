"""How the line to the hub is, as pages and reports tell it."""

import msgspec


class LinkStatus(msgspec.Struct, frozen=True):
    """The line as pages show it; wall times in ms. `paused`: head office takes no uploads for now."""

    connected: bool
    since_ms: int
    waiting: int
    acked_seq: int
    heard_ms: int
    forked: bool = False
    receipted_seq: int = 0
    paused: bool = False
