"""What people, tests and the fault matrix do to the virtual printer: take its paper, open it, hold it up, mend it."""

from abc import ABC, abstractmethod

import msgspec

from edge.devices.virtual.head import PrintHead
from edge.devices.virtual.troubles import LATE_MS_MAX, SLOW_MM_S_MAX, SLOW_MM_S_MIN, Troubles


class FaultOrders(ABC):
    """The orders; each counts at once. Whoever prints says what `_tell`, `_go_on` and the cable do."""

    troubles: Troubles
    _head: PrintHead

    def take_paper(self) -> None:
        """Paper out, at once."""
        self._now(paper_out=True)

    def paper_ends_after(self, lines: int) -> None:
        """The roll has so many lines left; it runs out inside the ticket that needs more."""
        self._now(lines_left=lines)

    def paper_low(self, on: bool = True) -> None:
        """The near-end sensor."""
        self._now(paper_low=on)

    def put_in_roll(self) -> None:
        """A new roll: what hung out is torn off, what waits in the buffer is printed."""
        if self.troubles.paper_out:
            self._tear_off()
        self._now(paper_out=False, paper_low=False, lines_left=None)

    def cover(self, *, is_open: bool) -> None:
        """Open or close the cover."""
        self._now(cover_open=is_open)

    def jam_cutter(self, on: bool = True) -> None:
        """The knife sticks until someone frees it."""
        self._now(cutter_jammed=on)

    def overheat(self, on: bool = True) -> None:
        """The head is too hot; it goes on by itself when it has cooled."""
        self._now(hot=on)

    def break_down(self, on: bool = True) -> None:
        """An error that only a workshop mends."""
        self._now(broken=on)

    def hold_feed_button(self, on: bool = True) -> None:
        """Someone feeds paper by hand; the printer is offline meanwhile."""
        self._now(feeding=on)

    def stall(self, on: bool = True) -> None:
        """Neither print nor answer, with the connection up."""
        self._now(stalled=on)

    def slow_down(self, mm_s: int | None) -> None:
        """No more than so many millimetres of paper a second, within what a printer can be; None: as fast as it can."""
        self._now(slow_mm_s=None if mm_s is None else min(max(mm_s, SLOW_MM_S_MIN), SLOW_MM_S_MAX))
        if mm_s is None:
            self._go_on()

    def garble(self, on: bool = True) -> None:
        """Statuses come as gibberish; what is to be printed comes through."""
        self._now(garbled=on)

    def answer_late(self, ms: int) -> None:
        """Each status comes so many milliseconds late; 0: at once."""
        self._now(late_ms=min(max(ms, 0), LATE_MS_MAX))

    def shut_drawer(self) -> None:
        """Push the drawer in; it opens again by a pulse alone."""
        self._now(drawer_pin_high=False)

    def power_fails_after(self, count: int) -> None:
        """The power fails after so many bytes more of what is to be printed, wherever in a line that is."""
        self._now(bytes_left=max(count, 0))

    async def unplug(self) -> None:
        """The cable is out: connections break, nobody listens, the buffer is lost."""
        self._hang_up()
        self._now(unplugged=True)

    def lose_power(self) -> None:
        """The power fails now."""
        self._go_dark()

    async def plug_in(self) -> None:
        """Cable in and switched on again, same port."""
        if self.troubles.dark:
            self._tear_off()
            self._head.reset()
        self._now(unplugged=False, dark=False, bytes_left=None)
        await self._listen()

    async def repair(self) -> None:
        """Mend everything, as somebody does who walks up to it: cable, roll, cover, knife."""
        if self.troubles.away:
            await self.plug_in()
        if self.troubles.paper_out:
            self._tear_off()
        self.troubles = Troubles(drawer_pin_high=self.troubles.drawer_pin_high)
        self._go_on()
        self._tell()

    def _go_dark(self) -> None:
        """Power lost: what was set of a line is on paper, all else is gone."""
        self._head.burn_line()
        self._hang_up()
        self._now(dark=True, bytes_left=None)

    def _now(self, **changes: bool | int | None) -> None:
        self.troubles = msgspec.structs.replace(self.troubles, **changes)
        self._tell()

    @abstractmethod
    def _tell(self) -> None:
        """What the printer says and does after a change."""

    @abstractmethod
    def _go_on(self) -> None:
        """Print on at once, whatever pause a slow head makes."""

    @abstractmethod
    def _hang_up(self) -> None:
        """Connections break, nobody listens, the buffer is lost."""

    @abstractmethod
    async def _listen(self) -> None:
        """Be there again."""

    @abstractmethod
    def _tear_off(self) -> None:
        """What hangs out is off; the next line stands on new paper."""
