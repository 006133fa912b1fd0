"""Limits that both sides share; each has a name and a unit."""

BUNDLE_ENTRIES_MAX = 1_000
BUNDLE_BYTES_MAX = 4 * 1024 * 1024
ENTRY_BYTES_MAX = 256 * 1024
BODY_BYTES_MAX = 64 * 1024
FEED_PAGE_CHANGES_MAX = 2_000
GROUP_COMMANDS_MAX = 64
QUEUE_COMMANDS_MAX = 512
NAME_LETTERS_MAX = 80
SEQ_MAX = 2**53
"""No journal gets so far; beyond it JSON and databases no longer count exactly."""
