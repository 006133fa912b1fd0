"""What one hub process counts of its units' uploads, for `/metrics`: in memory, and from its start on."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub.sync.gate import Gate
from shared.kernel.errors import TillhouseError
from shared.web.metrics import Histogram

FAILED = "failed"
"""What ended a push that no refusal or fault of ours names: a lost database, a bug."""


class Meter:
    """Counts pushes by how they ended, their bytes and seconds, and the entries stored by any road."""

    def __init__(self) -> None:
        self.pushes: Counter[str] = Counter()
        self.bytes = 0
        self.entries = 0
        self.seconds = Histogram()
        self._gates: list[Gate] = []

    def watch(self, gate: Gate) -> None:
        """This gate is one of the process."""
        self._gates.append(gate)

    @property
    def running(self) -> int:
        """Uploads that run now."""
        return sum(gate.running for gate in self._gates)

    @property
    def waiting(self) -> int:
        """Uploads that wait for their turn."""
        return sum(gate.waiting for gate in self._gates)

    def stored(self, entries: int) -> None:
        """So many entries were new."""
        self.entries += entries

    @contextmanager
    def push(self, now_s: Callable[[], float]) -> Iterator[None]:
        """Time one push and count how it ended: `ok`, or the code of what ended it."""
        began_s, outcome = now_s(), FAILED
        try:
            yield
            outcome = "ok"
        except TillhouseError as error:
            outcome = error.code
            raise
        finally:
            self.pushes[outcome] += 1
            self.seconds.observe(max(0.0, now_s() - began_s))
