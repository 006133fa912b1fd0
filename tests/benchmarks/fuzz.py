"""How many inputs a second a coverage-guided fuzzer tries on what devices send, and whether one breaks a rule.

Each target of `tests/devices/fuzz_targets.py` runs in its own process with atheris; where atheris cannot be installed
(it has wheels for Linux on x86-64 alone) the measure says so; hypothesis tries the same rules in `make test`.
"""

import asyncio
import re
import sys
from importlib.util import find_spec

from tests.benchmarks.measure import Measure
from tests.devices.fuzz_targets import TARGETS

SECONDS = 10
SPARE_S = 60
FINAL = re.compile(r"stat::average_exec_per_sec:\s+(\d+)")
COVERED = re.compile(r"cov: (\d+) ft: (\d+)")
WE = "atheris in a process of its own for {} s, our own bytecode instrumented; inputs tried a second"


async def measure() -> list[Measure]:
    """A line for each target; inputs that break a rule are counted and must be none."""
    if find_spec("atheris") is None:
        note = "atheris has no package for this machine; hypothesis tries the same targets in make test"
        return [Measure(name="fuzzing devices", ours=0, unit="inputs", we_do="not run", note=note)]
    measures = [await _target(name) for name in TARGETS]
    broken = [one.name for one in measures if "BROKEN" in one.note]
    count = Measure(
        name="rules broken by fuzzing", ours=len(broken), unit="targets", we_do="the targets above", ceiling=0
    )
    return [*measures, count]


async def _target(name: str) -> Measure:
    command = (sys.executable, "-m", "tests.devices.fuzz", name, str(SECONDS))
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(SECONDS + SPARE_S):
        _, said = await child.communicate()
    text = said.decode(errors="replace")
    rate, seen = FINAL.search(text), COVERED.findall(text)
    note = f"{seen[-1][0]} branches and {seen[-1][1]} features reached" if seen else "nothing was covered"
    if child.returncode or rate is None:
        note = f"BROKEN: {' '.join(text.split()[-60:])}"
    ours = int(rate[1]) if rate else 0
    return Measure(name=f"fuzzing {name}", ours=ours, unit="inputs/s", we_do=WE.format(SECONDS), note=note)
