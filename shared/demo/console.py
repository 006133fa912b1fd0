"""`tillhouse demo`: the hub on an embedded Postgres, a counter and two handhelds, each a process of its own."""

import asyncio
import fcntl
import json
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from shared.demo import cast
from shared.demo.faults import DemoRuns, FolderUnfit, PortTaken
from shared.demo.house import House
from shared.demo.processes import BOOK, Children
from shared.demo.script.console import Wish, play
from shared.demo.script.plan import ORDERS, ORDERS_MIN, RSUS, RSUS_MAX, RSUS_MIN, SEED
from shared.demo.setting import MEMORY

BASE_PORT = 7400
FOLDER = "demo-state"
LOCK = "lock"
PORTS = click.IntRange(1_024, 65_000)
screen = Console(stderr=True)


@click.command(short_help="A whole house on this machine: hub, counter, two handhelds.")
@click.option("--folder", type=click.Path(path_type=Path), help=f"Where all state lives (default {FOLDER}).")
@click.option("--base-port", type=PORTS, help=f"First of the ports on loopback (default {BASE_PORT}).")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON once all is up, for scripts.")
@click.option("--reset", is_flag=True, help="Remove the demo's state and end.")
@click.option("--script", type=click.Choice(["halftime"]), help="Play a whole night by itself, compare, and end.")
@click.option("--orders", type=click.IntRange(min=ORDERS_MIN), default=ORDERS, show_default=True, help="Of a script.")
@click.option("--rsus", type=click.IntRange(RSUS_MIN, RSUS_MAX), default=RSUS, show_default=True, help="Of a script.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of a script: the same night again.")
@click.option("--fork", is_flag=True, help="Of a script: restore a handheld from an old backup, and clone a card.")
def demo(
    *,
    folder: Path | None,
    base_port: int | None,
    as_json: bool,
    reset: bool,
    script: str | None,
    orders: int,
    rsus: int,
    seed: int,
    fork: bool,
) -> None:
    """Run a whole house here: hub, counter and two handhelds. Ctrl-C stops it; the next start goes on.

    With --script halftime no human is needed: a 50/50 night of real units, in a temporary folder, on free ports. The
    last line on stdout is one JSON object; it ends with 0 only if everything ties.
    """
    if script:
        play(Wish(orders=orders, rsus=rsus, seed=seed, fork=fork, folder=folder, base_port=base_port), screen)
        return
    folder = (folder or Path(FOLDER)).resolve()
    with only_one(folder):
        _demo(folder, base_port or BASE_PORT, as_json=as_json, reset=reset)


def _demo(folder: Path, base_port: int, *, as_json: bool, reset: bool) -> None:
    children = Children(folder)
    children.stop_leftovers()
    if reset:
        _reset(folder, children)
        return
    ports = cast.Ports(base_port)
    _assert_free(ports)
    asyncio.run(_run(folder, ports, children, as_json=as_json))


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the demo's folder; DemoRuns while another demo has it, FolderUnfit when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = (folder / LOCK).open("w")
    except OSError as error:
        raise FolderUnfit(folder=folder, reason=error.strerror or error) from error
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoRuns(folder=folder) from None
        yield


def _reset(folder: Path, children: Children) -> None:
    if (folder / "hub" / "hub.key").is_file():
        asyncio.run(children.run("hub", "forget", "--folder", str(folder / "hub"), "--yes"))
    for role in cast.EDGES:
        if (folder / role.key / "node.key").is_file():
            shutil.rmtree(folder / role.key)
    if (folder / MEMORY).is_file():
        shutil.rmtree(folder / "logs", ignore_errors=True)
    for name in (MEMORY, BOOK, LOCK):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # what is not the demo's stays
        folder.rmdir()
    screen.print("The demo's state is gone. `make demo` begins anew.")


def _assert_free(ports: cast.Ports) -> None:
    places = range(len(cast.EDGES))
    for port in (ports.page, ports.hub, ports.hub_tls, *map(ports.edge, places), *map(ports.line, places)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise PortTaken(port=port, other=ports.base + 100) from None


async def _run(folder: Path, ports: cast.Ports, children: Children, *, as_json: bool) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    house = House(folder, ports, children, screen)
    stopping = asyncio.ensure_future(stop.wait())
    coming = asyncio.ensure_future(house.come_up())
    try:
        await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            coming.result()
            await _announce(house, as_json=as_json)
            await stopping
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        screen.print("Stopping …")
        await house.go_down()
        screen.print("Stopped. Everything sold is kept.")


async def _announce(house: House, *, as_json: bool) -> None:
    summary = await house.summary()
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    admin = summary["hub"]["admin"]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("Open", "What", "Who logs in, with what"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "Open", min_width=21)
    table.add_row(f"http://127.0.0.1:{house.ports.page}", "Demo: lines, paper", "")
    table.add_row(summary["hub"]["url"], "Hub", f"{admin['login']}, {admin['password']}")
    for edge in summary["edges"]:
        who = edge["staff"][0]
        table.add_row(edge["url"], edge["name"], f"{who['name']}, PIN {who['pin'][:3]} {who['pin'][3:]}")
    screen.print()
    screen.print(table)
    screen.print("\nSell on a handheld, cut its line on the demo page, sell on. Ctrl-C stops everything.\n")
