"""What the supervisor needs of the spool; its rows are written in the sale's own transaction (design §9)."""

import asyncio
from typing import Protocol
from uuid import UUID

import msgspec

from shared.paper.document import Document


class Job(msgspec.Struct, frozen=True):
    """One slip to print. `begun` says that bytes of it may have left before: it comes out marked REPRINT."""

    job_id: UUID
    document: Document
    begun: bool = False


class Spool(Protocol):
    """The queue of one printer. Each call is durable when it returns."""

    wakeup: asyncio.Event
    """Set by the spool after a job was added or released; the supervisor clears it."""

    async def next_job(self) -> Job | None:
        """The oldest job that waits for this printer."""

    async def begin(self, job_id: UUID) -> bool:
        """Bytes will leave now; from here on the job is either issued or interrupted. False: it was voided since."""

    async def issued(self, job_id: UUID) -> None:
        """The printer proved that it went through all of the job."""

    async def interrupted(self, job_id: UUID) -> None:
        """Nobody can know what came out: the job comes again, marked REPRINT (decision 0010)."""
