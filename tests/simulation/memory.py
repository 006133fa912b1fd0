"""Whether the program keeps what it should have forgotten: objects and memory of this process, evening by evening."""

import gc
from itertools import pairwise
from pathlib import Path

PAGE_KB = 4
WARM_EVENINGS = 5
"""Until then tables of names, prepared statements and the like fill."""
OBJECTS_AN_EVENING_MAX = 400
LEAPS_SHARE = 10
"""One evening and a tenth of all may leap: something rare was imported or prepared, once."""
RESIDENT_FACTOR_MAX = 2.0


class Memory:
    """What stands in memory after each evening, when nobody needs it any more."""

    def __init__(self) -> None:
        self.objects: list[int] = []
        self.resident_kb: list[int] = []

    def look(self) -> None:
        """An evening is over."""
        gc.collect()
        self.objects.append(len(gc.get_objects()))
        self.resident_kb.append(int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KB)

    def grown(self) -> str:
        """What grows without end; empty when nothing does, or too few evenings were played to tell."""
        later = len(self.objects) - WARM_EVENINGS
        if later < WARM_EVENINGS:
            return ""
        each = sorted(after - before for before, after in pairwise(self.objects[WARM_EVENINGS - 1 :]))
        usual = each[: len(each) - 1 - len(each) // LEAPS_SHARE]
        more = sum(usual) / len(usual)
        if more > OBJECTS_AN_EVENING_MAX:
            return f"{more:.0f} objects more after each evening"
        warm, now = self.resident_kb[WARM_EVENINGS - 1], self.resident_kb[-1]
        return f"{now} kB in memory, {warm} kB when warm" if now > warm * RESIDENT_FACTOR_MAX else ""

    def figures(self) -> dict[str, int]:
        """For a report: objects and memory when warm, and at the end."""
        warm = min(WARM_EVENINGS, len(self.objects)) - 1
        return {
            "objects_warm": self.objects[warm], "objects_end": self.objects[-1],
            "resident_warm_kb": self.resident_kb[warm], "resident_end_kb": self.resident_kb[-1],
        }  # fmt: skip
