"""Plan an evening from a seed, play it, hold it against the checks, and count what it came to.

What failed once is kept in regressions.toml by its steps, for a seed's plan changes with every operation added.
"""

import asyncio
import logging
import shutil
import tempfile
import time
import tomllib
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

import msgspec
import structlog

from tests.simulation.checks import all_is_true
from tests.simulation.counting import Counts, Detected, count, detect
from tests.simulation.machine import Machine
from tests.simulation.operations import OPERATIONS
from tests.simulation.template import Template, make_template
from tests.simulation.world import World
from tests.support.postgres import RunningPostgres

STEP_MS_MAX = 60_000
STORM_STEPS = 60
STEP = "step "
"""Before the name of a step among what was caused."""
FAULTS_KEPT = 2
REGRESSIONS = Path(__file__).with_name("regressions.toml")


class Step(msgspec.Struct, frozen=True):
    """One thing that happens; its own seed decides whom it hits, so steps can be left out without moving others."""

    place: int
    name: str
    seed: int


class Regression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An evening that failed once, and why; each step is a name and its seed."""

    why: str
    seed: int
    steps: tuple[tuple[str, int], ...]

    def planned(self) -> list[Step]:
        """Its steps."""
        return [Step(place, name, seed) for place, (name, seed) in enumerate(self.steps)]


class Outcome(msgspec.Struct, frozen=True):
    """How an evening went; `failure` is empty when all is true.

    `caused` also says of each step how often it did something: `step sell`. What was counted and seen is of evenings
    that did not fail.
    """

    seed: int
    failure: str
    story: tuple[str, ...]
    caused: dict[str, int]
    seconds: float
    counts: Counts = Counts()
    detected: dict[str, Detected] = {}
    wire_bytes: int = 0
    disk_bytes: int = 0


class Stage(msgspec.Struct, frozen=True):
    """What evenings are played on: one server, one loop, one prepared venue."""

    postgres: RunningPostgres
    runner: asyncio.Runner
    template: Template
    folder: Path
    faults: "deque[str]"


@contextmanager
def _logs_into(faults: "deque[str]") -> Iterator[None]:
    """Say nothing, and keep what the program called a fault of its own."""

    def keep(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if "exception" in event:
            faults.append(f"{event.get('event')}\n{event['exception']}")
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.processors.format_exc_info, keep])
    try:
        yield
    finally:
        structlog.configure(processors=before)


@contextmanager
def open_stage(postgres: RunningPostgres) -> Iterator[Stage]:
    """A stage on a running server."""
    folder = Path(tempfile.mkdtemp(prefix="tillhouse-simulation-"))
    try:
        logging.getLogger("psycopg").setLevel(logging.ERROR)  # lost connections are what is played here
        faults: deque[str] = deque(maxlen=FAULTS_KEPT)
        with asyncio.Runner() as runner, _logs_into(faults):
            (folder / "hub").mkdir()
            yield Stage(postgres, runner, make_template(postgres, runner, folder / "hub"), folder, faults)
    finally:
        shutil.rmtree(folder)


def plan(seed: int, count: int = STORM_STEPS, *, calm: bool = False) -> list[Step]:
    """What will happen on the evening of this seed; a calm day ends with every raffle closed."""
    rng = Random(seed)
    names = list(OPERATIONS)
    weights = [OPERATIONS[name].calm if calm else OPERATIONS[name].weight for name in names]
    chosen = rng.choices(names, weights, k=count)
    if calm:
        chosen[-1] = "close the day"
    return [Step(place, name, rng.randrange(2**32)) for place, name in enumerate(chosen)]


def read_regressions() -> list[Regression]:
    """All that failed once, in the order of the file."""
    return msgspec.convert(tomllib.loads(REGRESSIONS.read_text())["evening"], list[Regression])


def as_regression(seed: int, steps: Sequence[Step]) -> str:
    """These steps as an entry of regressions.toml; a person adds why."""
    lines = "".join(f'    ["{step.name}", {step.seed}],\n' for step in steps)
    return f'[[evening]]\nwhy = ""\nseed = {seed}\nsteps = [\n{lines}]\n'


def play(stage: Stage, seed: int, steps: Sequence[Step]) -> Outcome:
    """Play an evening from its beginning to the checks."""
    began = time.monotonic()
    world = World(stage.postgres, stage.template, stage.folder / f"evening-{seed}", seed)
    failure, counts, detected, wire, disk = "", Counts(), dict[str, Detected](), 0, 0
    stage.faults.clear()
    try:
        stage.runner.run(_evening(world, steps))
        counts, detected = stage.runner.run(count(world)), stage.runner.run(detect(world))
        wire, disk = (sum(sizes) for sizes in zip(*map(_sizes, world.machines), strict=True))
    except Exception as error:  # whatever it is: a finding
        said = [*stage.faults, "".join(traceback.format_exception(error))]
        failure = f"{type(error).__name__}: {error}\n{''.join(said)}"
    finally:
        stage.runner.run(world.end())
    caused = dict(world.caused) | {f"message {name}": times for name, times in world.weather.seen.items()}
    passed_s = time.monotonic() - began
    return Outcome(seed, failure, tuple(world.story), caused, passed_s, counts, detected, wire, disk)


async def _evening(world: World, steps: Sequence[Step]) -> None:
    await world.begin()
    for step in steps:
        rng = Random(step.seed)
        world.pass_time(rng.randrange(1_000, STEP_MS_MAX))
        sentence = await OPERATIONS[step.name].do(world, rng)
        world.caused[f"{STEP}{step.name}"] += bool(sentence)
        if sentence:
            world.tell(sentence)
        await world.contacts(rng)
    world.tell("everything is mended, everybody reaches the hub")
    await world.quiet()
    await all_is_true(world)


def _sizes(machine: Machine) -> tuple[int, int]:
    """Bytes on the machine's line, both ways, and in its database with its log."""
    return machine.line.bytes, sum(len(platter.seen) for platter in machine.disk.files.values())
