"""A unit in a process of its own: takes lease after lease, says each seq once it is acknowledged, until killed."""

import asyncio
import sys
from pathlib import Path

from shared.pipeline.sqlite_writer import SqliteWriter
from tests.pipeline.unit import open_writer, take

CALLERS = 4


async def _call(writer: SqliteWriter, caller: int) -> None:
    place = caller
    while True:
        [entry] = await writer.handle(take(place))
        sys.stdout.write(f"{entry.seq}\n")
        sys.stdout.flush()
        place += CALLERS


async def _sell(writer: SqliteWriter) -> None:
    await asyncio.gather(*(_call(writer, caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    with open_writer(Path(sys.argv[1])) as open_one:
        asyncio.run(_sell(open_one))
