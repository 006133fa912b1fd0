"""A scanner on the desk: its supervisor at work over any source, and what it heard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from edge.devices.framing import Framed, Refused, Scan
from edge.devices.scanners.source import Source
from edge.devices.scanners.supervisor import ScannerPace, ScannerState, ScannerStatus, ScannerSupervisor
from firmware_profiles import ScannerProfile, load_scanner

QUICK = ScannerPace(backoff_first_ms=5, backoff_longest_ms=20, answer_timeout_ms=10_000)
STEP_S, STEPS_MAX = 0.005, 6_000
TICKET = "7K3M9QWXC2V8N4PRTB6HD"


class ScannerDesk:
    """What a test holds in its hands."""

    def __init__(self, source: Source, profile: ScannerProfile) -> None:
        self.heard: list[Framed] = []
        self.seen: list[ScannerStatus] = []
        self.bug = False
        self.supervisor = ScannerSupervisor(
            "desk",
            profile=profile,
            source=source,
            heard=self._hear,
            changed=self.seen.append,
            chance=lambda: 0.5,
            pace=QUICK,
        )

    def _hear(self, framed: Framed) -> None:
        if self.bug:
            raise RuntimeError("whoever hears has a bug")
        self.heard.append(framed)

    @property
    def state(self) -> ScannerState:
        """How it is now."""
        return self.supervisor.status.state

    @property
    def told(self) -> list[str]:
        """The texts of scans and the reasons of refusals, in order."""
        return [one.text if isinstance(one, Scan) else one.reason.value for one in self.heard]

    @property
    def scans(self) -> list[str]:
        """The texts of scans alone."""
        return [one.text for one in self.heard if isinstance(one, Scan)]

    @property
    def refused(self) -> list[str]:
        """The reasons of refusals alone."""
        return [one.reason.value for one in self.heard if isinstance(one, Refused)]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that happens by itself."""
        for _ in range(STEPS_MAX):
            if true():
                return
            await asyncio.sleep(STEP_S)
        raise AssertionError(f"it never happened; {self.supervisor.status}, told {self.told}")

    async def until_state(self, state: ScannerState) -> None:
        """Wait until it is so."""
        await self.until(lambda: self.state is state)

    async def until_told(self, *told: str) -> None:
        """Wait until exactly this was told."""
        await self.until(lambda: len(self.told) >= len(told))
        assert self.told == list(told)


@asynccontextmanager
async def scanner_desk(source: Source, profile: str | ScannerProfile) -> AsyncIterator[ScannerDesk]:
    """A scanner that is read until the block ends."""
    desk = ScannerDesk(source, load_scanner(profile) if isinstance(profile, str) else profile)
    task = asyncio.create_task(desk.supervisor.run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
