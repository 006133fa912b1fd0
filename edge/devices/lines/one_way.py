"""A line on which nothing ever comes back: a print queue, a plain file, a printer that neither tells nor proves.

All one can know is that the bytes were taken. That is enough for a report; tickets are refused at the start
(`edge.devices.steering`).
"""

import asyncio
from collections.abc import Callable

from edge.devices.lines.transport import Carrier, Patience, PrinterAbsent, PrinterRefused, PrinterSilent
from edge.devices.status import Reading


class OneWay:
    """Takes jobs; “proved” means handed over, and what could not be handed over has raised."""

    noise_bytes = 0
    one_way = True

    def __init__(self, carrier: Carrier, patience: Patience | None = None) -> None:
        self.address = carrier.address
        self.byte_ms = carrier.byte_ms
        self._carrier = carrier
        self._patience = patience or Patience()

    def on_news(self, told: Callable[[], None]) -> None:
        """There is none."""

    async def open(self) -> None:
        """Connect within the timeout."""
        await self.close()
        try:
            async with asyncio.timeout(self._patience.connect_timeout_ms / 1_000):
                await self._carrier.open()
        except ConnectionRefusedError as fault:
            raise PrinterRefused(address=self.address) from fault
        except OSError as fault:
            raise PrinterAbsent(address=self.address) from fault

    async def close(self) -> None:
        """Let go."""
        await self._carrier.close()

    async def status(self) -> Reading:
        """Taken to be well, for nobody can tell."""
        return Reading()

    async def send(self, data: bytes) -> None:
        """All of it, or PrinterAbsent / PrinterSilent."""
        timeout_ms = self._patience.send_timeout_ms + len(data) * self._carrier.byte_ms
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                await self._carrier.write(data)
        except TimeoutError as fault:
            raise PrinterSilent(address=self.address) from fault
        except OSError as fault:
            raise PrinterAbsent(address=self.address) from fault

    async def ask_proof(self) -> None:
        """Nobody answers."""

    async def proved(self, *, within_ms: int) -> bool:  # noqa: ARG002  nothing more will ever come
        """True: all that `send` was given is handed over."""
        return True

    async def clear(self) -> None:
        """What was taken cannot be called back."""

    async def text_of(self, which: int) -> str:  # noqa: ARG002  it says nothing, whatever it is asked
        """PrinterSilent: nothing comes back."""
        raise PrinterSilent(address=self.address)
