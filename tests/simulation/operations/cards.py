"""Memory cards that are copied and put back: the ways a journal gets two ends."""

from random import Random

import msgspec

from shared.domain.slices import ALL
from shared.kernel.errors import Refusal
from tests.simulation.machine import WITNESS, Machine
from tests.simulation.operations.devices import devices_of
from tests.simulation.operations.selling import attempt
from tests.simulation.world import MACHINES_MAX, Backup, Operation, World

BACKUPS_MAX = 6


def _copy(world: World, machine: Machine) -> Machine:
    name = world.new_name(machine.code)
    return machine.copied(name, world.folder / name, world.new_line())


async def keep_backup(world: World, rng: Random) -> str | None:
    """Somebody copies a card."""
    place = rng.randrange(len(world.machines))
    machine = world.machines[place]
    if len(world.backups) >= BACKUPS_MAX or machine.disk.room_bytes is not None:
        return None
    await machine.switch_off()
    world.backups.append(Backup(place, _copy(world, machine)))
    await machine.switch_on()
    return f"a backup of {machine.name} is kept, at entry {machine.writer.tip.seq}"


async def restore_card(world: World, rng: Random) -> str | None:
    """A backup is put back: with its own witness, or beside the one that knows better."""
    if not world.backups:
        return None
    backup = rng.choice(world.backups)
    gone, keeps_witness = world.machines[backup.place], rng.random() < 0.5
    await world.note_acked()
    await gone.switch_off()
    card = _copy(world, backup.card)
    card.clock.set_wall(gone.clock.wall_ms)
    if keeps_witness and WITNESS in gone.disk.files:
        card.disk.put(WITNESS, bytes(gone.disk.files[WITNESS].seen))
        card.accused = True
    newer = gone.keys == card.keys and gone.writer.tip.seq > 0
    before = gone.writer.tip
    world.machines[backup.place] = card
    world.gone.append(gone)
    await card.switch_on()
    world.forked.add((card.keys.node_id, card.keys.epoch))
    world.explained.add(("fork", card.keys.node_id))
    world.caused["restored card"] += 1
    if keeps_witness and newer and before.seq > card.writer.tip.seq:
        assert "witness" in await card.holds(), f"{card.name} sells though its witness knows better"
    witness = "its witness stayed" if keeps_witness else "the witness with it"
    return f"{gone.name} is put back to a backup ({witness}): it is {card.name} at entry {card.writer.tip.seq}"


async def clone(world: World, rng: Random) -> str | None:
    """A card is copied and both copies are used."""
    if len(world.machines) >= MACHINES_MAX:
        return None
    machine = world.any_machine(rng)
    if machine.disk.room_bytes is not None:
        return None
    await machine.switch_off()
    twin = _copy(world, machine)
    await machine.switch_on()
    await twin.switch_on()
    world.machines.append(twin)
    world.forked.add((machine.keys.node_id, machine.keys.epoch))
    world.explained.add(("fork", machine.keys.node_id))
    world.caused["cloned card"] += 1
    saw = [f"{one.name} {await attempt(one, rng, world)}" for one in (machine, twin)]
    return f"{machine.name} is cloned: {'; '.join(saw)}"


async def lose_witness(world: World, rng: Random) -> str | None:
    """The witness file is gone."""
    machine = world.any_machine(rng)
    await machine.switch_off()
    machine.disk.files.pop(WITNESS, None)
    machine.vouching.lose()
    await machine.switch_on()
    world.caused["witness lost"] += 1
    return f"{machine.name} starts without its witness"


async def enrol_anew(world: World, rng: Random) -> str | None:
    """Head office makes a code, and it is typed at this machine."""
    machine = world.any_machine(rng)
    if machine.disk.room_bytes is not None:
        return None
    before = await devices_of(machine)
    try:
        epoch = await world.enrol_anew(machine, rng)
    except Refusal as refusal:
        return f"{machine.name} is not enrolled anew ({refusal.code})"
    world.revoked.pop(machine.keys.node_id, None)
    world.caused["enrolled anew"] += 1
    after = await devices_of(machine)
    kept = not before or before == after or machine.slices is not ALL
    assert kept, f"{machine.name} had other devices before it was enrolled anew: {before}, {after}"
    return f"{machine.name} is enrolled anew under epoch {epoch}"


async def swap_key(world: World, rng: Random) -> str | None:
    """Somebody puts another key into a machine: nobody takes its word. Then its own key comes back."""
    machine = world.any_machine(rng)
    if machine.disk.room_bytes is not None or await world.is_revoked(machine.keys.node_id):
        return None
    own, before = machine.keys, await world.stored_of(machine.keys.node_id)
    await machine.use_keys(msgspec.structs.replace(own, sign_seed=rng.randbytes(32).hex()))
    saw = await attempt(machine, rng, world)
    await machine.contact()
    taken = await world.stored_of(own.node_id) - before
    await machine.use_keys(own)
    assert taken == 0, f"{taken} entries of {machine.name} were taken under a key that is not its own"
    world.caused["key swapped"] += 1
    return f"{machine.name} has another key, {saw}, and gets its own back"


OPERATIONS = (
    Operation("keep backup", keep_backup, 3),
    Operation("restore card", restore_card, 2),
    Operation("clone", clone, 1),
    Operation("lose witness", lose_witness, 1),
    Operation("enrol anew", enrol_anew, 2),
    Operation("swap key", swap_key, 1),
)
