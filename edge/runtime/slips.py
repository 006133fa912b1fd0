"""What facts put on paper: inside the writer's transaction, so a sale and its ticket exist together or not at all."""

import sqlite3
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from edge.effects.raffle.wording import Words, sale_ticket
from edge.runtime.membership import UnitIdentity
from edge.runtime.spool import queue_job, void_jobs
from shared.domain.identity import queries as identity
from shared.domain.raffle import queries as raffle
from shared.domain.raffle.facts import SaleVoided, TicketsSold
from shared.journal.entry import Entry, Owner
from shared.kernel.ids import derived_id
from shared.pipeline.queries import Query, sqlite_params
from shared.pipeline.sqlite_writer import Effect

R = TypeVar("R")


class Slips:
    """The effects of the raffle; the words of each event are kept until rows of the feed change."""

    def __init__(self, owner: Owner, unit: UnitIdentity) -> None:
        self._mine = sqlite_params(msgspec.structs.asdict(owner))
        self._unit = unit
        self._words: dict[UUID, Words] = {}

    @property
    def effects(self) -> dict[str, Effect]:
        """Which fact asks for what."""
        return {TicketsSold.TYPE: self._sold, SaleVoided.TYPE: self._voided}

    def forget(self) -> None:
        """Rows came: read the words anew."""
        self._words = {}

    def _sold(self, db: sqlite3.Connection, sold: Entry[TicketsSold]) -> None:
        sale_id, event_id = sold.body.sale_id, sold.body.event_id
        words = self._words.get(event_id)
        if words is None:
            words = self._words[event_id] = self._read_words(db, event_id)
        job_id = derived_id(sale_id, "ticket")
        queue_job(db, job_id=job_id, entity_id=sale_id, document=sale_ticket(sold, words), now_ms=sold.wall_ms)

    def _voided(self, db: sqlite3.Connection, voided: Entry[SaleVoided]) -> None:
        void_jobs(db, entity_id=voided.body.sale_id, now_ms=voided.wall_ms)

    def _read_words(self, db: sqlite3.Connection, event_id: UUID) -> Words:
        event = self._one(db, raffle.EVENT, event_id=event_id)
        assert event is not None, "tickets are sold in events that are here"
        house = self._one(db, identity.ORGANIZATION)
        venue = self._one(db, identity.VENUE, venue_id=event.venue_id)
        unit = self._one(db, identity.UNIT, unit_id=self._unit.unit_id) or self._unit
        return Words(
            organisation=house.name if house else "",
            site=house.site if house else "",
            venue_name=venue.name if venue else "",
            venue_place=venue.place if venue else "",
            zone=venue.zone if venue else "UTC",
            unit_code=unit.code,
            unit_name=unit.name,
            event_name=event.name,
            licence=event.licence,
            training=event.training,
            draw_ms=event.draw_ms,
            claim_by_ms=event.claim_by_ms,
        )

    def _one(self, db: sqlite3.Connection, query: Query[R], **params: Any) -> R | None:
        row = db.execute(query.sqlite_text, self._mine | query.fixed | sqlite_params(params)).fetchone()
        return None if row is None else query.read_sqlite(row)
