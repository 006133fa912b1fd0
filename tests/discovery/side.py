"""One side of a network, as a process: `python -m tests.discovery.side hub|unit ADDRESS NODE_ID`.

It announces itself on its address alone and writes a line whenever it looked: the lines of what it found.
"""

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import UUID

from edge.discovery.found import Around, look_around
from edge.discovery.nodes import Neighbourhood, neighbourhood
from hub.runtime.announce import announced
from hub.runtime.entrance import Entrance
from hub.runtime.settings import HubSettings
from shared.nearby.signs import EdgeSign

NOWHERE = Path("/nonexistent")


async def side(kind: str, address: str, node_id: UUID) -> None:
    """Until the process ends."""
    async with neighbourhood(on=True, named=(address,)) as nearby, _announced(kind, address, node_id, nearby):
        while True:
            found = await look_around(Around(NOWHERE, NOWHERE, list, nearby.browse))
            sys.stdout.write(" ".join(sorted(f"{one.kind}={one.line}" for one in found)) + "\n")
            sys.stdout.flush()


def _announced(kind: str, address: str, node_id: UUID, nearby: Neighbourhood) -> AbstractAsyncContextManager[None]:
    if kind == "hub":
        settings = HubSettings(host=address, port=8_400, discovery="on", discovery_interfaces=(address,))
        return announced(settings, node_id, Entrance())
    return nearby.announcing(EdgeSign(node_id, "rsu", "R07"), host=address, port=8_440)


if __name__ == "__main__":
    asyncio.run(side(sys.argv[1], sys.argv[2], UUID(sys.argv[3])))
