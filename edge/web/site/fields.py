"""Fields that the forms of several screens share."""

from uuid import UUID

from shared.kernel.errors import InputRefused


def parse_id(text: str, field: str) -> UUID:
    """An id of ours; InputRefused otherwise."""
    try:
        return UUID(text)
    except ValueError:
        raise InputRefused(field=field, problem="this is no id of ours; go back and choose again") from None
