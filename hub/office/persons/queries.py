"""What is held of a person: the sales they left a phone with, and the ids that one phone has."""

from uuid import UUID

import msgspec
from sqlalchemy import LargeBinary, bindparam, select

from hub.runtime.tables import VaultPerson
from shared.domain.raffle.queries import EVENT_ID, ORG, event
from shared.domain.raffle.queries_page import sale_state
from shared.domain.raffle.rows import BuyerRow
from shared.pipeline.queries import Query
from shared.pipeline.tables import Id, table


class NotedSale(msgspec.Struct, frozen=True):
    """A sale with which a person left a phone; the phone is still sealed."""

    node_id: UUID
    epoch: int
    branch: int
    seq: int
    sale_id: UUID
    event_id: UUID
    ticket_count: int
    amount_minor: int
    currency: str
    tender: str
    reference: str
    validation_number: str
    sold_ms: int
    is_void: bool
    sealed_phone: bytes


class OneId(msgspec.Struct, frozen=True):
    """One id."""

    person_id: UUID


class Named(msgspec.Struct, frozen=True):
    """An event's name."""

    name: str


b, s = table(BuyerRow).c, sale_state.c
_same_sale = (
    (s.org_id == b.org_id)
    & (s.node_id == b.node_id)
    & (s.epoch == b.epoch)
    & (s.branch == b.branch)
    & (s.sale_id == b.sale_id)
)
PERSON_ID = bindparam("person_id", type_=Id())
SALES_OF = Query(
    select(
        b.node_id, b.epoch, b.branch, s.seq, b.sale_id, b.event_id, s.ticket_count, s.amount_minor, s.currency,
        s.tender, s.reference, s.validation_number, s.sold_ms, s.is_void, b.sealed_phone,
    )
    .join_from(table(BuyerRow), sale_state, _same_sale)
    .where(b.org_id == ORG, b.person_id == PERSON_ID)
    .order_by(s.sold_ms),
    NotedSale,
)  # fmt: skip
_vault = VaultPerson.metadata.tables["vault.person"].c
BY_DIGEST = Query(
    select(_vault.person_id)
    .where(_vault.org_id == ORG, _vault.digest == bindparam("digest", type_=LargeBinary()))
    .distinct()
    .order_by(_vault.person_id),
    OneId,
)
_mine = select(_vault.digest).where(_vault.org_id == ORG, _vault.person_id == PERSON_ID)
SAME_PHONE = Query(
    select(_vault.person_id)
    .where(_vault.org_id == ORG, _vault.digest.in_(_mine))
    .distinct()
    .order_by(_vault.person_id),
    OneId,
)
"""Every id that the phone of one id has: units name a person each for themselves, and nothing is merged."""
EVENT_NAME = Query(select(event.c.name).where(event.c.org_id == ORG, event.c.event_id == EVENT_ID), Named)
