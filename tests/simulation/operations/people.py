"""People at their desks: hired or leaving, buyers who want to be forgotten, cases that are looked at and decided."""

from random import Random
from uuid import UUID

from hub.office.persons.service import erase_person
from hub.sync.taking import take_held
from shared.domain.cases.commands import CloseCase, DecideHeld, DecideSales, ReopenCase, SeeCase
from shared.domain.cases.facts import SaleVerdict
from shared.domain.cases.queries import CASES_CLOSED, CASES_OPEN, read_case
from shared.domain.cases.state import DECIDABLE, HELD_VERDICTS, SALE_VERDICTS, CaseCard, CaseState
from shared.domain.identity.commands import DismissStaff, HireStaff
from shared.domain.persons.commands import ErasePerson
from shared.kernel.errors import Refusal
from shared.pipeline.command import Command
from shared.pipeline.postgres_bus import run_load
from tests.simulation.world import Operation, World

ROLES = ("seller", "supervisor", "manager")
HIRED_MAX = 8
CLOSED_LOOKED_AT = 20
ERASED = "select person_id from vault.person order by person_id"
WORDS = "looked into"


def _id(rng: Random) -> UUID:
    return UUID(bytes=rng.randbytes(16), version=4)


async def hire(world: World, rng: Random) -> str | None:
    """Somebody new, for one venue or for all."""
    if len(world.hired) >= HIRED_MAX:
        return None
    role, venue_id = rng.choice(ROLES), rng.choice((None, world.template.venue_id))
    order = HireStaff(command_id=_id(rng), name="Ann", role=role, pin_hash="none", venue_id=venue_id)
    world.hired.append(await world.hub.running.do(order))
    world.caused["hired"] += 1
    return f"a {role} is hired"


async def dismiss(world: World, rng: Random) -> str | None:
    """Somebody leaves; every unit forgets the row."""
    if not world.hired:
        return None
    person = world.hired.pop(rng.randrange(len(world.hired)))
    try:
        await world.hub.running.do(DismissStaff(command_id=_id(rng), staff_id=person))
    except Refusal as refusal:  # a hub that was put back may never have hired them
        return f"nobody of that id can leave ({refusal.code})"
    world.caused["dismissed"] += 1
    return "somebody leaves"


async def erase(world: World, rng: Random) -> str | None:
    """A buyer wants to be forgotten."""
    if ErasePerson not in world.hub.hub.slices.handlers:
        return None
    known = [row[0] for row in await world.truth.rows(ERASED)]
    if not known:
        return None
    person = rng.choice(known)
    await erase_person(world.hub.hub, world.template.org_id, [person], command_id=_id(rng))
    world.erased.add(person)
    world.caused["erased"] += 1
    return "a buyer is forgotten"


async def look_into_case(world: World, rng: Random) -> str | None:
    """Somebody opens a case and decides what they may; two sign where two must."""
    if SeeCase not in world.hub.hub.slices.handlers:
        return None
    cards: list[CaseCard] = await world.hub.hub.many(world.template.org_id, CASES_OPEN)
    if not cards:
        return None
    card = rng.choice(sorted(cards, key=lambda one: one.case_id))
    said = [f"the case {card.kind} is looked into"]
    await _try(world, SeeCase(command_id=_id(rng), actor=_id(rng), case_id=card.case_id))
    if card.kind == "held":
        said.append(await _decide_held(world, card, rng))
    elif card.kind in DECIDABLE:
        said.append(await _decide_sales(world, card, rng))
    if card.kind == "hub_restored" and (await world.hub_state()).recovering:
        return said[0]  # the page lets nobody close it for as long as the hub waits for a unit
    close = CloseCase(command_id=_id(rng), actor=_id(rng), case_id=card.case_id, outcome=WORDS)
    said.append(await _try(world, close) or "closed")
    return ", ".join(said)


async def reopen_case(world: World, rng: Random) -> str | None:
    """Somebody wants a closed case back."""
    if ReopenCase not in world.hub.hub.slices.handlers:
        return None
    cards: list[CaseCard] = await world.hub.hub.many(world.template.org_id, CASES_CLOSED, most=CLOSED_LOOKED_AT)
    if not cards:
        return None
    card = rng.choice(sorted(cards, key=lambda one: one.case_id))
    order = ReopenCase(command_id=_id(rng), actor=_id(rng), case_id=card.case_id, note=WORDS)
    return f"the case {card.kind} is opened again {await _try(world, order)}"


async def _decide_sales(world: World, card: CaseCard, rng: Random) -> str:
    hub, org_id = world.hub.hub, world.template.org_id
    async with hub.bus.tenant(org_id) as connection:
        case: CaseState | None = await run_load(
            connection, hub.owner(org_id), read_case(card.case_id), hub.keyring.open
        )
    assert case is not None
    verdicts = tuple(
        SaleVerdict(one.node_id, one.epoch, one.seq, one.chain, one.sale_id, rng.choice(SALE_VERDICTS))
        for one in case.sales
        if rng.random() < 0.7
    )
    said = [
        await _try(world, DecideSales(command_id=_id(rng), actor=_id(rng), case_id=card.case_id, verdicts=verdicts))
        for _ in range(rng.randrange(1, 3))
    ]
    world.caused["sales decided"] += not said[-1]
    return f"{len(verdicts)} sales: {said[-1] or 'signed'}"


async def _decide_held(world: World, card: CaseCard, rng: Random) -> str:
    verdict = rng.choice(HELD_VERDICTS)
    order = DecideHeld(command_id=_id(rng), actor=_id(rng), case_id=card.case_id, verdict=verdict)
    refused = await _try(world, order)
    if refused or verdict != "take" or card.about_node_id is None:
        return refused or verdict
    await take_held(world.hub.hub, world.template.org_id, card.about_node_id, card.node_epoch)
    world.caused["held taken"] += 1
    if card.about_node_id in world.revoked:
        world.revoked[card.about_node_id] = await world.stored_of(card.about_node_id)
    return verdict


async def _try(world: World, order: Command) -> str:
    """The refusal, or nothing."""
    try:
        await world.hub.hub.bus.handle(world.template.org_id, order)
    except Refusal as refusal:
        return f"refused ({refusal.code})"
    return ""


OPERATIONS = (
    Operation("hire", hire, 2, 1),
    Operation("dismiss", dismiss, 2, 1),
    Operation("erase", erase, 2),
    Operation("look into case", look_into_case, 8),
    Operation("reopen case", reopen_case, 1),
)
