"""What an organisation does with a person's data on their demand: find it, hand it out, erase it (design §3).

A person is whoever one phone belongs to. Each unit names people for itself, so one person may have several ids; they
are shown as one here, and stay what they are in every journal.
"""

from typing import Any
from uuid import UUID

import msgspec

from hub.office.persons.queries import BY_DIGEST, EVENT_NAME, SALES_OF, SAME_PHONE, NotedSale
from hub.runtime.erased_log import ErasedLog
from hub.runtime.hub import Hub
from hub.sync.organizations import every_organization
from shared.domain.identity.queries import UNITS, VENUES
from shared.domain.persons.commands import ErasePerson
from shared.domain.persons.errors import UnknownPerson
from shared.domain.persons.queries import ERASED, EVERYBODY_ERASED
from shared.domain.raffle.queries_page import RANGES_OF_SALE
from shared.journal.entry import Owner
from shared.journal.vault import PHONE, open_text, phone_digest
from shared.kernel.dialling import calling_code
from shared.kernel.ids import derived_id
from shared.kernel.phone import parse_phone
from shared.pipeline.postgres_applier import Connection

ERASED_WORD, WAITING_WORD = "erased", "its key has not come yet"
IDS_MAX = 1_000


class HeldSale(msgspec.Struct, frozen=True):
    """One sale as it is handed out; `numbers` are ranges of draw numbers, `phone` a word where it cannot be opened."""

    sale_id: UUID
    event: str
    unit: str
    sold_ms: int
    ticket_count: int
    amount_minor: int
    currency: str
    tender: str
    reference: str
    validation_number: str
    numbers: list[tuple[int, int]]
    voided: bool
    phone: str


class HeldPerson(msgspec.Struct, frozen=True):
    """All that is held of one person. `state` is held or erased, `erased_ms` of the last erasure (ms UTC)."""

    person_ids: list[UUID]
    state: str
    erased_ms: int | None
    phones: list[str]
    sales: list[HeldSale]
    cases: list[dict[str, Any]] = []


async def ids_of_phone(hub: Hub, org_id: UUID, typed: str) -> list[UUID]:
    """Every id under which this phone is noted; UnknownPerson when there is none, InputRefused for no phone."""
    async with hub.bus.tenant(org_id) as connection:
        venues = await hub.many_in(connection, org_id, VENUES)
        codes = {calling_code(venue.zone) for venue in venues}
        phone = parse_phone(typed, codes.pop() if len(codes) == 1 else "")
        digest = phone_digest(hub.keyring.contact_key(org_id), phone)
        found = [one.person_id for one in await hub.many_in(connection, org_id, BY_DIGEST, digest=digest)]
    if not found:
        raise UnknownPerson
    return found


async def ids_beside(hub: Hub, org_id: UUID, person_id: UUID) -> list[UUID]:
    """This id and every other that has the same phone; alone once it is erased. UnknownPerson for none of ours."""
    async with hub.bus.tenant(org_id) as connection:
        same = [one.person_id for one in await hub.many_in(connection, org_id, SAME_PHONE, person_id=person_id)]
        known = same or await hub.many_in(connection, org_id, ERASED, person_id=person_id)
        if not known and not await hub.many_in(connection, org_id, SALES_OF, person_id=person_id):
            raise UnknownPerson
    return same or [person_id]


async def export_person(hub: Hub, org_id: UUID, person_ids: list[UUID]) -> HeldPerson:
    """All that is held of these ids, phones opened where their key lives."""
    async with hub.bus.tenant(org_id) as connection:
        erased = [
            one
            for person_id in person_ids
            for one in await hub.many_in(connection, org_id, ERASED, person_id=person_id)
        ]
        gone = {one.person_id for one in erased}
        units = {unit.unit_id: unit.code for unit in await hub.many_in(connection, org_id, UNITS)}
        sales: list[HeldSale] = []
        for person_id in person_ids:
            for sale in await hub.many_in(connection, org_id, SALES_OF, person_id=person_id):
                phone = await _phone(hub, connection, org_id, person_id, sale)
                word = ERASED_WORD if person_id in gone else WAITING_WORD
                unit = units.get(sale.node_id, "")
                sales.append(await _held(hub, connection, org_id, sale, unit=unit, phone=phone or word))
    phones = sorted({sale.phone for sale in sales} - {ERASED_WORD, WAITING_WORD})
    return HeldPerson(
        person_ids=person_ids,
        state="erased" if gone >= set(person_ids) else "held",
        erased_ms=max((one.erased_ms for one in erased), default=None),
        phones=phones,
        sales=sorted(sales, key=lambda sale: sale.sold_ms),
    )


async def _phone(hub: Hub, connection: Connection, org_id: UUID, person_id: UUID, sale: NotedSale) -> str:
    owner = Owner(org_id, sale.node_id, sale.epoch, sale.branch)
    key = await hub.people.key_of(connection, owner, person_id)
    if key is None:
        return ""
    return open_text(sale.sealed_phone, key, org=org_id, person=person_id, purpose=PHONE)


async def _held(hub: Hub, connection: Connection, org_id: UUID, sale: NotedSale, *, unit: str, phone: str) -> HeldSale:
    place = {"at_node": sale.node_id, "at_epoch": sale.epoch, "at_seq": sale.seq}
    ranges = await hub.many_in(connection, org_id, RANGES_OF_SALE, **place)
    events = await hub.many_in(connection, org_id, EVENT_NAME, event_id=sale.event_id)
    return HeldSale(
        sale_id=sale.sale_id,
        event=events[0].name if events else "",
        unit=unit,
        sold_ms=sale.sold_ms,
        ticket_count=sale.ticket_count,
        amount_minor=sale.amount_minor,
        currency=sale.currency,
        tender=sale.tender,
        reference=sale.reference,
        validation_number=sale.validation_number,
        numbers=[(one.first, one.last) for one in ranges],
        voided=sale.is_void,
        phone=phone,
    )


async def erase_person(
    hub: Hub, org_id: UUID, person_ids: list[UUID], *, command_id: UUID, actor: UUID | None = None
) -> None:
    """Erase all these ids: keys and digests go, tombstones go out to every unit. A second time changes nothing."""
    order = ErasePerson(command_id=command_id, actor=actor, person_ids=tuple(person_ids[:IDS_MAX]))
    await hub.bus.handle(org_id, order)


async def erase_again(hub: Hub, log: ErasedLog) -> int:
    """Before anything else reads a database that may have been put back: erase whom the log names; how many there are.

    One order a person, so that a log of years is no order too large; who is erased already is passed over, and so are
    people of an organisation that this database does not know (yet: it may be an old one).
    """
    erasures = log.read()
    known = {org_id: await _erased_in(hub, org_id) for org_id in await every_organization(hub)}
    for one in erasures:
        if one.person_id not in known.get(one.org_id, {one.person_id}):
            command_id = derived_id(one.person_id, f"erased again {hub.owner(one.org_id).epoch} {one.erased_ms}")
            await erase_person(hub, one.org_id, [one.person_id], command_id=command_id)
    return len(erasures)


async def _erased_in(hub: Hub, org_id: UUID) -> set[UUID]:
    return {one.person_id for one in await hub.many(org_id, EVERYBODY_ERASED)}
