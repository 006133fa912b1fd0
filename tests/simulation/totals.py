"""Many evenings added up: for the terminal, and as numbers for the proof."""

from collections import Counter
from resource import RUSAGE_SELF, getrusage
from typing import Any

import msgspec

from tests.simulation.counting import Counts, Detected
from tests.simulation.memory import Memory
from tests.simulation.run import STEP, Outcome


class Totals:
    """What evenings came to that did not fail, and what the process kept in memory."""

    def __init__(self) -> None:
        self.caused = Counter[str]()
        self.counts = Counts()
        self.detected: dict[str, Detected] = {}
        self.memory = Memory()
        self._evenings = 0
        self._seconds = 0.0
        self._wire_bytes = self._disk_bytes = 0

    def add(self, one: Outcome) -> None:
        """One more evening."""
        self._evenings += 1
        self._seconds += one.seconds
        self._wire_bytes += one.wire_bytes
        self._disk_bytes += one.disk_bytes
        self.caused.update(one.caused)
        self.counts += one.counts
        for name, found in one.detected.items():
            self.detected[name] = self.detected.get(name, Detected()) + found
        self.memory.look()

    def lines(self) -> list[str]:
        """For people."""
        steps = {name.removeprefix(STEP): times for name, times in self.caused.items() if name.startswith(STEP)}
        done = {name: times for name, times in self.caused.items() if not name.startswith(STEP)}
        idle = sorted(name for name, times in steps.items() if not times)
        return [
            f"{self.counts.stored} entries, {self._seconds / max(1, self._evenings):.1f} s an evening.",
            *(f"{sentence}." for sentence in self.counts.sentences()),
            _listed(done),
            f"Steps that did something: {_listed(steps)}",
            *([f"Steps that never did anything: {', '.join(idle)}."] if idle else []),
            *(
                f"{name}: put in {one.injected}, seen {one.seen}."
                for name, one in self.detected.items()
                if one.injected
            ),
        ]

    def said(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "entries": self.counts.stored,
            "seconds": round(self._seconds, 1),
            "counts": msgspec.structs.asdict(self.counts),
            "detected": {name: msgspec.structs.asdict(one) for name, one in self.detected.items()},
            "caused": dict(sorted(self.caused.items())),
            "wire_bytes": self._wire_bytes,
            "disk_bytes": self._disk_bytes,
            "memory_mb": getrusage(RUSAGE_SELF).ru_maxrss // 1_024,
            **self.memory.figures(),
        }


def _listed(times: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(times.items())) + "."
