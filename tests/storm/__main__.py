"""`python -m tests.storm kill|postgres|returning|backlog`: bars for people; with --json one line at the end."""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from functools import partial
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.storm import backlog as long_backlog
from tests.storm import postgres_storm
from tests.storm import returning as coming_back
from tests.storm.kill_storm import Bars, kill_storm
from tests.storm.scene import Bar, Wish

screen = Console(stderr=True)
SEED = click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same storm.")
JSON = click.option("--json", "as_json", is_flag=True, help="One line of JSON on stdout at the end.")
EDGES = click.option("--edges", type=click.IntRange(1, 40), default=3, show_default=True)


def progress() -> Progress:
    """Bars with a count and the time."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=screen)


def bar(shown: Progress, words: str, total: int | None) -> Bar:
    """A new bar; each call is one step of it."""
    return partial(shown.advance, shown.add_task(words, total=total))


async def until_signal(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end or to a signal; everything that was started has ended then."""
    task = asyncio.ensure_future(work)
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
    return await task


def play(work: Coroutine[Any, Any, Any], *, as_json: bool) -> Any:
    """Run it, and tell what came of it."""
    try:
        outcome = asyncio.run(until_signal(work))
    except asyncio.CancelledError:
        screen.print("Stopped.")
        sys.exit(130)
    told = msgspec.to_builtins(outcome)
    if as_json:
        click.echo(json.dumps(told))
    else:
        screen.print_json(json.dumps(told))
    return outcome


def end(problems: tuple[str, ...]) -> None:
    """Exit with 1 when something does not tie."""
    for problem in problems:
        screen.print(f"[bold red]{problem}[/]")
    sys.exit(1 if problems else 0)


@click.group()
def storm() -> None:
    """Storms over real processes."""


@storm.command()
@SEED
@JSON
@EDGES
@click.option("--kills", type=click.IntRange(min=1), default=20, show_default=True)
def kill(seed: int, edges: int, kills: int, *, as_json: bool) -> None:
    """Kill edges in mid-sale and the hub in mid-ingest, behind bad lines; then count everything."""
    with progress() as shown:
        bars = Bars(bar(shown, "Edges up", edges), bar(shown, "Sales", None), bar(shown, "Kills", kills))
        outcome = play(kill_storm(Wish(seed=seed, edges=edges), kills, bars), as_json=as_json)
    end(outcome.tally.problems)


@storm.command()
@SEED
@JSON
@EDGES
@click.option("--stops", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--backlog", type=click.IntRange(min=1), default=20_000, show_default=True, help="Of the last edge.")
def postgres(seed: int, edges: int, stops: int, backlog: int, *, as_json: bool) -> None:
    """Stop Postgres without warning in mid-ingest, several times; then count everything."""
    with progress() as shown:
        bars = Bars(bar(shown, "Edges up", edges), bar(shown, "Sales", None), bar(shown, "Postgres stopped", stops))
        wished = postgres_storm.wish(seed, edges, backlog)
        work = postgres_storm.postgres_storm(wished, stops, backlog, bars, bar(shown, "Backlog made", backlog))
        outcome = play(work, as_json=as_json)
    end(outcome.tally.problems)


@storm.command()
@SEED
@JSON
@click.option("--facts", type=click.IntRange(1, 990_000), default=300_000, show_default=True)
def backlog(seed: int, facts: int, *, as_json: bool) -> None:
    """Upload the backlog of one edge that was away for weeks: facts a second, and the memory of both sides."""
    with progress() as shown:
        made, moved = bar(shown, "Backlog made", facts), bar(shown, "Uploaded", facts)
        work = long_backlog.upload_backlog(long_backlog.wish(seed, facts), facts, made, moved)
        outcome = play(work, as_json=as_json)
    end(outcome.problems)


@storm.command()
@SEED
@JSON
@click.option("--edges", type=click.IntRange(1, 900), default=200, show_default=True)
@click.option("--sales", type=click.IntRange(1, 5_000), default=250, show_default=True, help="That each brings back.")
def returning(seed: int, edges: int, sales: int, *, as_json: bool) -> None:
    """Bring many edges back in one moment while two live venues sell on: how long those wait for their receipts."""
    with progress() as shown:
        steps = bar(shown, "Ready, sold, level", len(("ready", "sold", "level")))
        up, enrolled = bar(shown, "Live venues up", coming_back.LIVE), bar(shown, "Edges enrolled", edges)
        bars = coming_back.Bars(up, enrolled, lambda _: steps())
        work = coming_back.return_at_once(coming_back.wish(seed, sales), edges, sales, bars)
        outcome = play(work, as_json=as_json)
    end(outcome.problems)


if __name__ == "__main__":
    storm()
