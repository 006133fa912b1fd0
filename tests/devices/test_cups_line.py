"""A print queue takes reports through the service's own command, and never a ticket."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from edge.devices.encoder import encode
from edge.devices.lines.address import Cups, File
from edge.devices.lines.opening import Surroundings, open_transport
from edge.devices.lines.transport import Patience, PrinterAbsent, PrinterSilent
from edge.devices.steering import LineNotAnswering, check_steered
from edge.devices.supervisor import Supervisor
from firmware_profiles import load_printer
from tests.devices.bench import QUICK, SpoolInMemory
from tests.devices.peers import run, until
from tests.devices.slips import ticket

PROFILE = load_printer("virtual-58")
PATIENT = Patience(connect_timeout_ms=20_000, send_timeout_ms=20_000)
OFFICE = Cups("office")


def print_service(folder: Path) -> Surroundings:
    """Two commands as a print service has them; the queue `office` is known, `slow` never takes a job."""
    lpstat, lp = folder / "lpstat", folder / "lp"
    lpstat.write_text('#!/bin/sh\n[ "$1" = -p ] && case "$2" in office|slow|full) exit 0;; esac\nexit 1\n')
    lp.write_text(
        f'#!/bin/sh\necho $$ >> "{folder}/pids"\n[ "$2" = slow ] && exec sleep 600\n'
        f'[ "$2" = full ] && {{ echo "no space left" >&2; exit 1; }}\n'
        f'echo "$@" >> "{folder}/orders"\ncat >> "{folder}/paper"\n'
    )
    for command in (lpstat, lp):
        command.chmod(0o755)
    return Surroundings(lp=str(lp), lpstat=str(lpstat))


def test_a_report_is_handed_to_the_queue_as_it_is(tmp_path: Path) -> None:
    async def scene() -> None:
        transport = open_transport(OFFICE, PROFILE, PATIENT, print_service(tmp_path))
        await transport.open()
        assert (await transport.status()).prints
        for _ in range(2):
            await transport.send(b"\x1b@A report\n")
            await transport.ask_proof()
            assert await transport.proved(within_ms=1)
        await transport.close()

    run(scene())
    assert (tmp_path / "orders").read_text() == "-d office -o raw\n" * 2
    assert (tmp_path / "paper").read_bytes() == b"\x1b@A report\n" * 2


def test_a_report_of_many_parts_is_one_job_of_the_queue(tmp_path: Path) -> None:
    async def scene() -> None:
        spool = SpoolInMemory()
        spool.add(1, ticket())
        supervisor = Supervisor(
            "office",
            profile=PROFILE,
            transport=open_transport(OFFICE, PROFILE, PATIENT, print_service(tmp_path)),
            spool=spool,
            changed=lambda _: None,
            chance=lambda: 0.5,
            pace=QUICK,
        )
        task = asyncio.create_task(supervisor.run())
        await until(lambda: bool(spool.done))
        task.cancel()
        await asyncio.wait((task,))

    run(scene())
    assert (tmp_path / "orders").read_text() == "-d office -o raw\n"
    assert (tmp_path / "paper").read_bytes() == encode(ticket(), PROFILE)


def test_a_queue_that_nobody_knows_or_that_takes_nothing_is_absent(tmp_path: Path) -> None:
    async def scene() -> None:
        service = print_service(tmp_path)
        with pytest.raises(PrinterAbsent, match="cups:garden"):
            await open_transport(Cups("garden"), PROFILE, PATIENT, service).open()
        full = open_transport(Cups("full"), PROFILE, PATIENT, service)
        await full.open()
        with pytest.raises(PrinterAbsent):
            await full.send(b"a report\n")

    run(scene())


def test_a_machine_without_a_print_service_has_no_queue(tmp_path: Path) -> None:
    nothing = Surroundings(lp=str(tmp_path / "lp"), lpstat=str(tmp_path / "lpstat"))
    with pytest.raises(PrinterAbsent):
        run(open_transport(OFFICE, PROFILE, PATIENT, nothing).open())


def test_a_queue_that_hangs_is_let_go_and_leaves_no_process(tmp_path: Path) -> None:
    async def scene() -> None:
        hasty = msgspec.structs.replace(PATIENT, send_timeout_ms=300)
        transport = open_transport(Cups("slow"), PROFILE, hasty, print_service(tmp_path))
        await transport.open()
        with pytest.raises(PrinterSilent):
            await transport.send(b"a report\n")

    run(scene())
    pids = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
    assert not [pid for pid in pids if (Path("/proc") / pid).exists()]


@pytest.mark.parametrize("line", [OFFICE, File("/var/tmp/paper")])
def test_no_ticket_goes_where_nothing_comes_back_but_a_report_may(line: Cups | File) -> None:
    with pytest.raises(LineNotAnswering, match="Connect this printer by tcp, serial or usb"):
        check_steered(PROFILE, virtual=False, line=line)
    with pytest.raises(LineNotAnswering):
        check_steered(PROFILE, virtual=False, line=line, roles=("report", "counterfoil"))
    check_steered(PROFILE, virtual=False, line=line, roles=("report",))
    check_steered(load_printer("generic-80"), virtual=False, roles=("report",))
    check_steered(PROFILE, virtual=False, line=File("/dev/usb/lp0"))
