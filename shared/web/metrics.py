"""Figures for Prometheus in its text format, version 0.0.4: what `/metrics` of either side answers.

A page is written anew for each scrape from values that are read then; there is no registry, and nothing global.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the steps in which durations are counted."""
Value = int | float


class Histogram:
    """Durations counted by steps, for the life of the process."""

    def __init__(self, bounds: Sequence[float] = SECONDS_BOUNDS) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class MetricsPage:
    """One answer: figures in the order in which they are added; all of one name must come one after another."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._begun: set[str] = set()
        self._last = ""

    def gauge(self, name: str, means: str, value: Value | None, /, **labels: str) -> None:
        """How something is now; None is not shown, for an unknown figure is no figure."""
        if value is not None:
            self._begin(name, "gauge", means)
            self._add(name, value, labels)

    def counter(self, name: str, means: str, value: Value, /, **labels: str) -> None:
        """How often something happened since the process began; its name ends in `_total`."""
        assert name.endswith("_total"), "a counter says so in its name"
        self._begin(name, "counter", means)
        self._add(name, value, labels)

    def histogram(self, name: str, means: str, seen: Histogram, /, **labels: str) -> None:
        """Durations by steps, each step with all below it."""
        self._begin(name, "histogram", means)
        below = 0
        for bound, count in zip((*seen.bounds, math.inf), seen.counts, strict=True):
            below += count
            self._add(f"{name}_bucket", below, {**labels, "le": _number(bound)})
        self._add(f"{name}_sum", seen.sum, labels)
        self._add(f"{name}_count", below, labels)

    def text(self) -> str:
        """The whole answer."""
        return "".join(f"{line}\n" for line in self._lines)

    def _begin(self, name: str, kind: str, means: str) -> None:
        if name == self._last:
            return
        assert name not in self._begun, f"figures of {name} stand together"
        self._begun.add(name)
        self._last = name
        said = means.replace("\\", r"\\").replace("\n", r"\n")
        self._lines += [f"# HELP {name} {said}", f"# TYPE {name} {kind}"]

    def _add(self, name: str, value: Value, labels: dict[str, str]) -> None:
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        self._lines.append(f"{name}{{{told}}} {_number(value)}" if told else f"{name} {_number(value)}")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: Value) -> str:
    if isinstance(value, float) and math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if isinstance(value, bool) or value == int(value) else repr(value)
