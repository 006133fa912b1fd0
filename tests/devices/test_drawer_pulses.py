"""A drawer that hangs on a printer: opened beside its slips, never inside an order, never late and never twice."""

from edge.devices.status import PrinterState
from tests.devices.bench import Bench, on_the_bench
from tests.devices.slips import ticket

PULSE = b"\x1bp\x00\x32\xc8"


def test_a_drawer_opens_while_tickets_come_out_and_they_are_the_same_as_without_it() -> None:
    async def scene(desk: Bench) -> None:
        jobs = [desk.spool.add(number, ticket()) for number in range(3)]
        await desk.until(lambda: PrinterState.BUSY in [status.state for status in desk.seen])
        left = [desk.supervisor.kick(PULSE) for _ in range(2)]
        await desk.until(lambda: desk.spool.done == jobs and all(one.done() for one in left))
        assert [one.result() for one in left] == [True, True]
        assert [(pulse.pin, pulse.on_ms, pulse.off_ms) for pulse in desk.printer.pulses] == [(2, 100, 400)] * 2
        assert len({slip.text for slip in desk.printer.slips}) == 1
        assert len({slip.picture().tobytes() for slip in desk.printer.slips}) == 1
        await desk.until(lambda: desk.supervisor.status.drawer_pin_high)
        desk.printer.shut_drawer()
        await desk.until(lambda: not desk.supervisor.status.drawer_pin_high)

    on_the_bench(scene)


def test_a_pulse_that_nobody_waits_for_any_more_does_not_come_with_the_new_roll() -> None:
    async def scene(desk: Bench) -> None:
        desk.printer.take_paper()
        await desk.until_state(PrinterState.PAPER_OUT)
        desk.supervisor.kick(PULSE).cancel()
        desk.printer.put_in_roll()
        taken = desk.supervisor.kick(PULSE)
        await desk.until(taken.done)
        await desk.until(lambda: len(desk.printer.pulses) == 1)
        job_id = desk.spool.add(1, ticket())
        await desk.until(lambda: desk.spool.done == [job_id])
        assert len(desk.printer.pulses) == 1

    on_the_bench(scene)
