"""How a scripted run is asked for and what it leaves: a folder of its own, one line of JSON, an exit code."""

import asyncio
import json
import shutil
import signal
import tempfile
from pathlib import Path

import click
import msgspec
from rich.console import Console

from shared.demo.faults import DoesNotTie, FolderUsed
from shared.demo.processes import Children
from shared.demo.script.arena import Arena
from shared.demo.script.halftime import JOURNALS, Night, Outcome
from shared.demo.script.plan import plan_night
from shared.demo.script.ports import free_ports

PREFIX = "tillhouse-halftime-"
LOCK = "lock"


class Wish(msgspec.Struct, frozen=True):
    """What is wanted of a run; without `folder` a new one is made, and only the journals stay."""

    orders: int
    rsus: int
    seed: int
    fork: bool
    folder: Path | None = None
    base_port: int | None = None


def play(wish: Wish, screen: Console) -> None:
    """Play the night and print its line; DoesNotTie when anything does not, and then everything stays."""
    folder = fresh_folder(wish.folder)
    plan = plan_night(orders=wish.orders, rsus=wish.rsus, seed=wish.seed, fork=wish.fork)
    children = Children(folder)
    base = free_ports(Arena.ports_of(len(plan.units)), wish.base_port)
    night = Night(folder, base, plan, children, screen)
    try:
        outcome = asyncio.run(_run(night))
    except BaseException:
        screen.print(f"Everything lies in {folder}.", soft_wrap=True)
        raise
    problems = outcome.tally.problems
    if not problems and wish.folder is None:
        _tidy(folder, children)
    click.echo(json.dumps(outcome.line()))
    if problems:
        raise DoesNotTie(problems="; ".join(problems), folder=folder)


def fresh_folder(wanted: Path | None) -> Path:
    """A folder that nobody uses; FolderUsed when something lies in the one that was named."""
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    folder = wanted.resolve()
    if folder.exists() and any(one.name != LOCK for one in folder.iterdir()):
        raise FolderUsed(folder=folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


async def _run(night: Night) -> Outcome:
    """Play until the end or a signal; every process that was started has ended afterwards."""
    playing = asyncio.ensure_future(night.play())
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        await night.arena.go_down()


def _tidy(folder: Path, children: Children) -> None:
    """All ties, so only the journals are of use: throw the rest of the temporary folder away."""
    asyncio.run(children.run("hub", "forget", "--folder", str(folder / "hub"), "--yes"))
    for one in folder.iterdir():
        if one.name == JOURNALS:
            continue
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()
