"""What facts put on paper: inside the writer's transaction, so a sale and its ticket exist together or not at all."""

import sqlite3
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from edge.effects.raffle.wording import Words, sale_counterfoils, sale_ticket, sale_void_slip
from edge.runtime.membership import UnitIdentity
from edge.runtime.spool import queue_job, void_jobs, was_begun
from shared.domain.devices.queries import DEVICES
from shared.domain.identity import queries as identity
from shared.domain.raffle import queries as raffle
from shared.domain.raffle.facts import SaleVoided, TicketsSold
from shared.domain.raffle.queries_page import RANGES_OF_SALE, SALE
from shared.journal.entry import Entry, Owner
from shared.kernel.ids import derived_id
from shared.paper.imprint import NO_IMPRINT, Imprint
from shared.pipeline.queries import Query, sqlite_params
from shared.pipeline.sqlite_writer import Effect

R = TypeVar("R")
TICKET, COUNTERFOIL, RECEIPT = "ticket", "counterfoil", "receipt"


def counterfoil_id(sale_id: UUID, number: int) -> UUID:
    """The job of one draw number of a sale."""
    return derived_id(sale_id, f"{COUNTERFOIL}-{number}")


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
        sale_id, words = sold.body.sale_id, self._words_of(db, sold.body.event_id)
        job_id = derived_id(sale_id, TICKET)
        queue_job(db, job_id=job_id, entity_id=sale_id, document=sale_ticket(sold, words), now_ms=sold.wall_ms)
        if COUNTERFOIL not in self._roles_held(db):
            return
        for number, document in sale_counterfoils(sold, words):
            job_id = counterfoil_id(sale_id, number)
            queue_job(db, job_id=job_id, entity_id=sale_id, document=document, now_ms=sold.wall_ms, role=COUNTERFOIL)

    def _voided(self, db: sqlite3.Connection, voided: Entry[SaleVoided]) -> None:
        """Nothing more of the sale comes out; where its ticket may be in somebody's hand, a slip takes it back."""
        sale_id = voided.body.sale_id
        void_jobs(db, entity_id=sale_id, now_ms=voided.wall_ms)
        if RECEIPT not in self._roles_held(db) or not was_begun(db, derived_id(sale_id, TICKET)):
            return
        sale = self._one(db, SALE, sale_id=sale_id)
        assert sale is not None, "a unit voids what it sold"
        parts = self._many(db, RANGES_OF_SALE, at_node=sale.node_id, at_epoch=sale.epoch, at_seq=sale.seq)
        ranges = tuple((part.first, part.last) for part in parts)
        document = sale_void_slip(voided, sale, ranges, self._words_of(db, sale.event_id))
        job_id = derived_id(sale_id, RECEIPT)
        queue_job(db, job_id=job_id, entity_id=sale_id, document=document, now_ms=voided.wall_ms, role=RECEIPT)

    def _words_of(self, db: sqlite3.Connection, event_id: UUID) -> Words:
        words = self._words.get(event_id)
        if words is None:
            words = self._words[event_id] = self._read_words(db, event_id)
        return words

    def _roles_held(self, db: sqlite3.Connection) -> frozenset[str]:
        """What some printer of this unit prints: nothing is queued that none would ever take."""
        return frozenset(role for card in self._many(db, DEVICES) for role in card.roles)

    def _read_words(self, db: sqlite3.Connection, event_id: UUID) -> Words:
        event = self._one(db, raffle.EVENT, event_id=event_id)
        assert event is not None, "tickets are sold in events that are here"
        house = self._one(db, identity.ORGANIZATION)
        venue = self._one(db, identity.VENUE, venue_id=event.venue_id)
        unit = self._one(db, identity.UNIT, unit_id=self._unit.unit_id) or self._unit
        text = self._one(db, identity.SLIP_TEXT)
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
            imprint=Imprint(text.logo, text.licence_lines, text.responsible_line) if text else NO_IMPRINT,
        )

    def _one(self, db: sqlite3.Connection, query: Query[R], **params: Any) -> R | None:
        row = db.execute(query.sqlite_text, self._mine | query.fixed | sqlite_params(params)).fetchone()
        return None if row is None else query.read_sqlite(row)

    def _many(self, db: sqlite3.Connection, query: Query[R], **params: Any) -> list[R]:
        rows = db.execute(query.sqlite_text, self._mine | query.fixed | sqlite_params(params)).fetchall()
        return [query.read_sqlite(row) for row in rows]
