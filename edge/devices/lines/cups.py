"""A queue of this machine's print service, by its own command `lp`.

The command is on every machine that has the service; its Python library has to be compiled there. A queue takes
jobs and tells neither paper nor cover, nor what came out: it is for reports, never for tickets.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from tempfile import TemporaryFile

import structlog

from edge.devices.lines.address import Cups

log = structlog.get_logger()


class CupsCarrier:
    """A queue; each `write` is one job, sent as it is (`raw`)."""

    byte_ms = 0.0

    def __init__(self, place: Cups, *, lp: str = "lp", lpstat: str = "lpstat") -> None:
        self.address = f"cups:{place.queue}"
        self._queue = place.queue
        self._lp = lp
        self._lpstat = lpstat

    async def open(self) -> None:
        """Ask whether the queue is known; OSError when it is not, or nobody is there to ask."""
        await self._run(b"", self._lpstat, "-p", self._queue)

    async def close(self) -> None:
        """A queue is never held."""

    async def read(self) -> bytes:
        """Nothing, for ever."""
        await asyncio.Event().wait()
        return b""

    async def write(self, data: bytes, *, urgent: bool = False) -> None:  # noqa: ARG002  a queue has its own order
        """One job, taken over by the service when this returns."""
        await self._run(data, self._lp, "-d", self._queue, "-o", "raw")

    async def _run(self, given: bytes, *command: str) -> None:
        """Given as a file, for a command that ends without reading would break a pipe."""
        with TemporaryFile() as paper:
            paper.write(given)
            paper.seek(0)
            process = await asyncio.create_subprocess_exec(*command, stdin=paper, stdout=DEVNULL, stderr=PIPE)
            try:
                _, said = await process.communicate()
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
        if process.returncode:
            log.info("print service refused", queue=self._queue, said=said.decode(errors="replace")[:200])
            raise ConnectionRefusedError(self.address)
