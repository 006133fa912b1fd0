"""The scanners of a unit: each with its own task, and what they scan handed on to the page that is open."""

import asyncio
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from edge.devices.duplicates import Duplicates
from edge.devices.framing import Framed, Reason, Scan
from edge.devices.scanners.address import ScannerSettingWrong, load_profile, parse_scanner_line, source_of
from edge.devices.scanners.supervisor import ScannerPace, ScannerStatus, ScannerSupervisor
from edge.devices.scanners.virtual import VirtualScanner
from edge.runtime.open_pages import OpenPages, Scanned, Unread

SCANNERS_MAX = 16
TEXT_LETTERS_MAX = 1_000
"""More than any number, and any code of a pairing, has."""
LATEST_KEPT = 6
SENTENCES: dict[Reason, str] = {
    Reason.HALF: "The scan was cut short. Scan again.",
    Reason.TOO_LONG: "The scanner sent more than a code can hold. Scan again.",
    Reason.NO_PREFIX: "The scan lacks its beginning. Scan again.",
    Reason.NO_AIM: "The scan lacks its beginning. Scan again.",
    Reason.NOT_TEXT: "The scanner sent what cannot be read. Scan again.",
    Reason.CONTROL: "The scanner sent what cannot be read. Scan again.",
}


class ScannerPlan(msgspec.Struct, frozen=True):
    """A scanner that a unit shall have; `line` and `profile` as settings write them, an empty profile is the usual."""

    name: str
    line: str
    profile: str = ""
    in_use: bool = True


class Heard(msgspec.Struct, frozen=True):
    """What a scanner scanned, fit for a page; or with a `problem`, a sentence, that it sent no scan."""

    scanner: str
    text: str = ""
    problem: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a scan: `taken` when a page has it, `again` when it was seen just before."""

    heard: Heard
    taken: bool
    again: bool = False


class _Running(msgspec.Struct, frozen=True):
    plan: ScannerPlan
    supervisor: ScannerSupervisor
    task: asyncio.Task[None]


def plans_of(settings: Iterable[str]) -> tuple[ScannerPlan, ...]:
    """The scanners of the setting `scanners`: a line each, and a profile after a blank."""
    plans = []
    for text in settings:
        line, _, profile = text.strip().partition(" ")
        plans.append(ScannerPlan(line, line, profile.strip()))
    return tuple(plans)


def fit_for_a_page(text: str) -> str:
    """The letters of a scan that a page may get: no control or format characters, nothing that turns a line round."""
    return "".join(letter for letter in text if unicodedata.category(letter)[0] != "C").strip()


def to_the_page(pages: OpenPages) -> Callable[[Heard], bool]:
    """Tells the page in front what was heard."""
    return lambda heard: pages.tell(Unread(heard.problem) if heard.problem else Scanned(heard.text))


class Scanning:
    """Runs them all. `heard` says whether a page took it; `changed` is called after whatever changed."""

    def __init__(
        self,
        heard: Callable[[Heard], bool],
        *,
        changed: Callable[[], None],
        chance: Callable[[], float],
        pace: ScannerPace | None = None,
    ) -> None:
        self._heard, self._changed, self._chance = heard, changed, chance
        self._pace = pace
        self._plans: tuple[ScannerPlan, ...] = ()
        self._planned = asyncio.Event()
        self._running: dict[str, _Running] = {}
        self._seen = Duplicates()
        self._latest: deque[Outcome] = deque(maxlen=LATEST_KEPT)

    @property
    def statuses(self) -> tuple[ScannerStatus, ...]:
        """Each scanner's status line, in the order of the plans."""
        return tuple(self._running[plan.name].supervisor.status for plan in self._plans if plan.name in self._running)

    @property
    def latest(self) -> tuple[Outcome, ...]:
        """What became of the last scans, newest first."""
        return tuple(self._latest)

    def virtual(self, name: str = "") -> VirtualScanner | None:
        """The virtual scanner of this name, without one the first; None where there is none."""
        found = self.virtual_names()
        running = self._running.get(name or (found[0] if found else ""))
        source = running.supervisor.source if running else None
        return source if isinstance(source, VirtualScanner) else None

    def virtual_names(self) -> tuple[str, ...]:
        """The names of the virtual scanners, in the order of the plans."""
        there = ((plan.name, self._running.get(plan.name)) for plan in self._plans)
        return tuple(name for name, one in there if one and isinstance(one.supervisor.source, VirtualScanner))

    def supervisor(self, name: str) -> ScannerSupervisor | None:
        """Who watches over the scanner of this name."""
        running = self._running.get(name)
        return running.supervisor if running else None

    def use(self, plans: Iterable[ScannerPlan]) -> None:
        """These scanners from now on; those that stay as they are go on undisturbed.

        ScannerSettingWrong, and nothing changes, when one of them is no scanner or two of them are the same.
        """
        plans = tuple(plans)
        if len(plans) > SCANNERS_MAX:
            raise ScannerSettingWrong(scanner=plans[-1].line, problem=f"a unit reads {SCANNERS_MAX} scanners at most")
        for place, plan in enumerate(plans):
            load_profile(parse_scanner_line(plan.line), plan.profile)
            if any(plan.name == one.name or _same_port(plan.line, one.line) for one in plans[:place]):
                raise ScannerSettingWrong(scanner=plan.line, problem="two scanners are the same")
        self._plans = plans
        self._planned.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._planned.clear()
                await self._follow(self._plans)
                self._changed()
                await self._planned.wait()
        finally:
            await self._follow(())

    async def _follow(self, plans: tuple[ScannerPlan, ...]) -> None:
        gone = [one for name, one in self._running.items() if one.plan not in plans]
        for one in gone:
            one.task.cancel()
            del self._running[one.plan.name]
        await asyncio.gather(*(one.task for one in gone), return_exceptions=True)
        for plan in plans:
            if plan.name not in self._running:
                self._running[plan.name] = self._start(plan)

    def _start(self, plan: ScannerPlan) -> _Running:
        line = parse_scanner_line(plan.line)
        profile = load_profile(line, plan.profile)
        source = source_of(line, profile)
        supervisor = ScannerSupervisor(
            plan.name,
            profile=profile,
            source=source,
            heard=lambda framed: self._take(plan.name, framed),
            changed=lambda _: self._changed(),
            chance=self._chance,
            pace=self._pace,
        )
        if not plan.in_use:
            supervisor.disable()
        return _Running(plan, supervisor, asyncio.create_task(supervisor.run()))

    def _take(self, name: str, framed: Framed) -> None:
        """One frame of one scanner; an empty one is nothing that anybody did."""
        heard = self._understood(name, framed)
        if heard is None:
            return
        now_ms = int(asyncio.get_running_loop().time() * 1_000)
        if not self._seen.is_new(heard.text or f"{name}\n{heard.problem}", now_ms):
            self._note(Outcome(heard, taken=False, again=True))
            return
        self._note(Outcome(heard, taken=self._heard(heard)))

    def _understood(self, name: str, framed: Framed) -> Heard | None:
        if isinstance(framed, Scan):
            text = fit_for_a_page(framed.text)
            if len(text) > TEXT_LETTERS_MAX:
                return Heard(name, problem=SENTENCES[Reason.TOO_LONG])
            return Heard(name, text) if text else None
        return None if framed.reason is Reason.EMPTY else Heard(name, problem=SENTENCES[framed.reason])

    def _note(self, outcome: Outcome) -> None:
        self._latest.appendleft(outcome)
        self._changed()


def _same_port(one: str, other: str) -> bool:
    """Whether two lines are one port, at whatever speed; virtual scanners have none."""
    path = parse_scanner_line(one).path
    return bool(path) and path == parse_scanner_line(other).path
