"""The clock of the demo."""

from datetime import UTC, datetime


def present() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
