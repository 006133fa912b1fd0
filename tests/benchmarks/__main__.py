"""`make bench`: every benchmark, a table for people and a JSON file below build/bench."""

import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from shared.journal.clock import SystemClock
from shared.kernel.clock import paper_text
from shared.pipeline.loop import run_node
from tests.benchmarks import fuzz, ingest, paper, ready, sale, scanning, slow_paper, totals
from tests.benchmarks.hub_process import bench_hub
from tests.benchmarks.measure import Measure

OUT = Path("build/bench")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that a database's service user may look into."""
    with tempfile.TemporaryDirectory(prefix="tillhouse-bench-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def _all(screen: Console) -> list[Measure]:
    measures: list[Measure] = []
    with temporary_folder() as folder:
        with screen.status("Selling, one caller and sixteen …"):
            measures += await sale.measure()
        with screen.status("Printing, a hundred orders a second …"):
            measures += await paper.measure(folder / "unit")
        with screen.status("Printing at 250 mm a second, a hundred orders a second …"):
            measures += await slow_paper.measure(folder / "slow")
        with screen.status("Fuzzing what printers and scanners say …"):
            measures += await fuzz.measure()
        with screen.status("Scanning, from the scanner's line to the open page …"):
            measures += await scanning.measure(folder / "scanning")
        with screen.status("Starting a hub …"), bench_hub(folder) as bench:
            await bench.found()
            with screen.status("Uploading to the hub, one node and eight …"):
                measures += await ingest.measure(bench.process, bench.nodes)
            with screen.status("Making new handhelds ready …"):
                measures += await ready.measure(bench)
            with screen.status("Adding up 200,000 sales …"):
                measures += totals.measure(bench)
    return measures


def _table(measures: list[Measure]) -> Table:
    table = Table("measure", "ours", "theirs", "ratio", "to reach", "", show_lines=True)
    marks = {True: "reached", False: "[bold red]missed[/]", None: "written down"}
    for one in measures:
        theirs = f"{one.theirs:,.0f}" if one.theirs is not None else "–"
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else "–"
        limit = " and ".join(
            ([f"≥ {one.reach}"] if one.reach else [])
            + ([f"≥ {one.floor:,.0f} {one.unit}"] if one.floor else [])
            + ([f"≤ {one.ceiling:,.0f} {one.unit}"] if one.ceiling else [])
        )
        ours = f"{one.ours:,.2f}" if one.ours < 100 else f"{one.ours:,.0f}"
        table.add_row(one.name, f"{ours} {one.unit}", theirs, ratio, limit or "–", marks[one.reached])
    return table


def main() -> int:
    """Run everything; 1 when a limit was missed."""
    screen = Console()
    measures = run_node(_all(screen))
    screen.print(_table(measures))
    for one in measures:
        held = f"; held against: {one.they_do}" if one.they_do else ""
        screen.print(f"{one.name}: {one.we_do}{held}. {one.note}".rstrip(), highlight=False)
    OUT.mkdir(parents=True, exist_ok=True)
    when = paper_text(SystemClock().now().wall_ms, "UTC")
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    answer = {"when": when, "machine": machine, "measures": [msgspec.structs.asdict(one) for one in measures]}
    (OUT / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(answer)))
    return 0 if all(one.reached is not False for one in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
