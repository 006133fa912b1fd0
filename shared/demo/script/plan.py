"""What happens on the night: who sells what when, by seed alone. Pure.

The hub's line is away for the middle half of the orders. Two handhelds lose their power while orders are under way:
one while the line is away, one after it came back.
"""

from random import Random
from uuid import UUID

import msgspec

from shared.demo.cast import PACKAGES, Player, Role

NAME = "Half-time 50/50"
CODE = "HT-1"
ORDERS, RSUS, SEED = 2_000, 20, 1
ORDERS_MIN, RSUS_MIN, RSUS_MAX = 80, 2, 97
WEIGHTS = (40, 35, 25)
"""How often of a hundred times each package is bought."""
CARD_PERCENT = 30
VOIDS_PER_THOUSAND = 10
UNDER_WAY = 6
"""Orders that a handheld has taken and not answered when its power goes."""
BEFORE_BACKUP, BEHIND_BACKUP = 4, 4
"""Orders of a restored or cloned handheld: up to the copy, and on each side of it."""


class Order(msgspec.Struct, frozen=True):
    """One buyer at one unit. `undone`: the seller undoes it at once; `cut_short`: the power goes before its answer."""

    unit: str
    package: int
    tender: str
    command_id: UUID
    undo_id: UUID
    undone: bool = False
    cut_short: bool = False

    @property
    def ticket_count(self) -> int:
        """Draw numbers it needs."""
        return PACKAGES[self.package][0]


class Copied(msgspec.Struct, frozen=True):
    """The orders of a unit that exists twice: what both hold, what the first sold on, what the copy sold on."""

    unit: str
    shared: tuple[Order, ...]
    first: tuple[Order, ...]
    second: tuple[Order, ...]


class Plan(msgspec.Struct, frozen=True):
    """The whole night, in three parts; `restored` and `cloned` only with forks."""

    units: tuple[Role, ...]
    before: tuple[Order, ...]
    during: tuple[Order, ...]
    after: tuple[Order, ...]
    victims: tuple[str, str]
    restored: Copied | None = None
    cloned: Copied | None = None

    @property
    def lease_count(self) -> int:
        """Numbers that a unit gets at a time: enough for the busiest to sell until the line is back.

        A unit asks for more below a quarter of it; that quarter serves whatever is under way when the power goes.
        """
        need = {unit.key: 0 for unit in self.units}
        for order in (*self.before, *self.during):
            need[order.unit] += order.ticket_count
        copies = [one for one in (self.restored, self.cloned) if one]
        for copied in copies:
            sold_on = max(sum(order.ticket_count for order in side) for side in (copied.first, copied.second))
            need[copied.unit] = sum(order.ticket_count for order in copied.shared) + sold_on
        largest = PACKAGES[-1][0]
        return max(max(need.values()) + 2 * largest, 4 * UNDER_WAY * largest)


def plan_night(*, orders: int, rsus: int, seed: int, fork: bool) -> Plan:
    """The night of this seed: `orders` in all, over a venue edge and `rsus` handhelds; two more with forks."""
    chance = Random(seed)
    crew = [_counter(chance), *(_handheld(number, chance) for number in range(1, rsus + 1 + 2 * fork))]
    regular = [role.key for role in crew[: rsus + 1]]
    restored, cloned = (_copied(role.key, chance) for role in crew[-2:]) if fork else (None, None)
    victims = chance.sample(regular[1:], 2)
    left = orders - sum(len(orders_of(one)) for one in (restored, cloned) if one) - 2 * UNDER_WAY
    drawn = [_order(chance.choice(regular), chance) for _ in range(left)]
    voids = max(1, round(orders * VOIDS_PER_THOUSAND / 1_000))
    for place in chance.sample(range(left), voids):
        drawn[place] = msgspec.structs.replace(drawn[place], undone=True)
    quarter = left // 4
    parts = [drawn[:quarter], drawn[quarter : left - quarter], drawn[left - quarter :]]
    for victim, part in zip(victims, parts[1:], strict=True):
        at = chance.randrange(len(part))
        part[at:at] = [msgspec.structs.replace(_order(victim, chance), cut_short=True) for _ in range(UNDER_WAY)]
    return Plan(
        units=tuple(crew),
        before=tuple(parts[0]),
        during=tuple(parts[1]),
        after=tuple(parts[2]),
        victims=(victims[0], victims[1]),
        restored=restored,
        cloned=cloned,
    )


def orders_of(copied: Copied) -> tuple[Order, ...]:
    """All of a unit that exists twice."""
    return (*copied.shared, *copied.first, *copied.second)


def all_orders(plan: Plan) -> tuple[Order, ...]:
    """Every order of the night."""
    copies = [order for one in (plan.restored, plan.cloned) if one for order in orders_of(one)]
    return (*plan.before, *plan.during, *plan.after, *copies)


def _copied(unit: str, chance: Random) -> Copied:
    """Both sides sell the same numbers to different buyers in different packages, so sales overlap in many ways."""
    shared = tuple(_order(unit, chance) for _ in range(BEFORE_BACKUP))
    first = tuple(_order(unit, chance) for _ in range(BEHIND_BACKUP))
    second = tuple(_differing(order, chance) for order in first)
    return Copied(unit, shared, first, second)


def _differing(order: Order, chance: Random) -> Order:
    """Another buyer at the same unit, who wants another package."""
    others = [package for package in range(len(PACKAGES)) if package != order.package]
    return msgspec.structs.replace(_order(order.unit, chance), package=chance.choice(others))


def _order(unit: str, chance: Random) -> Order:
    package = chance.choices(range(len(PACKAGES)), WEIGHTS)[0]
    tender = "card" if chance.randrange(100) < CARD_PERCENT else "cash"
    return Order(unit, package, tender, _id(chance), _id(chance))


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _counter(chance: Random) -> Role:
    return Role("counter", "Harbour Stand counter", "venue", "C01", "virtual-80", (_seller("Counter", chance),))


def _handheld(number: int, chance: Random) -> Role:
    name = f"{number:02}"
    return Role(f"rsu-{name}", f"RSU {name}", "rsu", f"R{name}", "virtual-58", (_seller(f"Seller {name}", chance),))


def _seller(name: str, chance: Random) -> Player:
    return Player(name, "seller", f"{chance.randrange(100_000, 1_000_000)}")
