"""The door is one a file."""

from tests.sync.bad_input.door import door

__all__ = ["door"]
