"""Numbers as they come over a line: what no database of either side could hold is no message at all."""

from typing import Annotated

import msgspec

INT64_MAX = 2**63 - 1
WALL_MS_MAX = 253_402_300_799_999
"""The last millisecond of the year 9999, behind which no calendar writes a date."""
Figure = Annotated[int, msgspec.Meta(ge=-INT64_MAX - 1, le=INT64_MAX)]
"""Any whole number that SQLite and Postgres hold."""
Count = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
"""The same, and not below nothing: a seq, a position, a generation."""
WallMs = Annotated[int, msgspec.Meta(ge=0, le=WALL_MS_MAX)]
"""An instant (ms UTC) that a signer of documents names."""
