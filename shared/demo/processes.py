"""The demo's child processes: each with its own log, waited for by HTTP, stopped by its process id."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from shared.demo.faults import ChildEnded, CommandFailed, NotUp

START_S_MAX = 120.0
STOP_S_MAX = 20.0
POLL_S = 0.1
WATCH_S = 1.0
BOOK = "processes.json"
RESTARTS_MAX = 5
PROGRAM = [sys.executable, "-m", "shared.console.main"]


class Children:
    """Everything the demo started; what a crashed demo left running is stopped by the next one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._arguments: dict[str, tuple[str, ...]] = {}
        self._restarts: dict[str, int] = {}
        self._book = folder / BOOK

    def log_of(self, name: str) -> Path:
        """Where a child's words go."""
        return self._folder / "logs" / f"{name}.log"

    async def start(self, name: str, *arguments: str) -> None:
        """Start `tillhouse …` as `name`."""
        log = self.log_of(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            child = await asyncio.create_subprocess_exec(
                *PROGRAM,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._running[name] = child
        self._arguments[name] = arguments
        self._note()

    async def wait_up(self, name: str, url: str) -> None:
        """Until `url` answers; ChildEnded or NotUp, with the log's last line, otherwise."""
        began = time.monotonic()
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while time.monotonic() - began < START_S_MAX:
                if self._running[name].returncode is not None:
                    raise ChildEnded(name=name, last=self._last_line(name))
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(url)).status_code < 500:
                        return
                await asyncio.sleep(POLL_S)
        raise NotUp(name=name, seconds=int(START_S_MAX), last=self._last_line(name))

    async def watch(self, say: Callable[[str], None]) -> None:
        """Start again what ended by itself, a few times, and say so; until cancelled."""
        while True:
            for name, child in list(self._running.items()):
                if child.returncode is None or self._restarts.get(name, 0) >= RESTARTS_MAX:
                    continue
                self._restarts[name] = self._restarts.get(name, 0) + 1
                say(f"{name} ended by itself and is started again. Its words: {self.log_of(name)}")
                await self.start(name, *self._arguments[name])
            await asyncio.sleep(WATCH_S)

    async def run(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run `tillhouse …` to its end and return what it printed; CommandFailed with its sentence."""
        code, out, err = await self.ask(*arguments, stdin=stdin)
        if code != 0:
            said = err.strip().splitlines()
            raise CommandFailed(command=" ".join(arguments[:2]), said=said[-1] if said else "no word")
        return out

    async def ask(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """Run `tillhouse …` to its end: exit code, what it printed, what it complained of."""
        child = await asyncio.create_subprocess_exec(
            *PROGRAM,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await child.communicate(stdin)
        finally:
            if child.returncode is None:  # whoever waited for it was cancelled
                child.kill()
                await child.wait()
        assert child.returncode is not None
        return child.returncode, out.decode(), err.decode(errors="replace")

    async def end(self, name: str) -> None:
        """Ask one to end and wait until it has; one that was killed has soon."""
        await self._end(name)
        del self._running[name]
        self._note()

    def kill(self, name: str) -> None:
        """End one this very moment and without a word of warning (SIGKILL), as a power cut does; from any thread."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._running[name].pid, signal.SIGKILL)

    def _note(self) -> None:
        self._book.write_text(json.dumps({each: one.pid for each, one in self._running.items()}))

    async def stop(self, *, last: str) -> None:
        """Ask all to end, `last` after the others; insist after a while."""
        await asyncio.gather(*(self._end(name) for name in self._running if name != last))
        if last in self._running:
            await self._end(last)
        self._running.clear()
        self._book.unlink(missing_ok=True)

    async def _end(self, name: str) -> None:
        child = self._running[name]
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if child.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(sign)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S_MAX):
                    await child.wait()

    def stop_leftovers(self) -> None:
        """Stop what a demo that was killed left running on this folder; processes of others are left alone."""
        try:
            left: dict[str, int] = json.loads(self._book.read_text())
        except (OSError, ValueError):
            return
        mine = [pid for pid in left.values() if str(self._folder) in _command_line(pid)]
        for pid in mine:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        began = time.monotonic()
        while any(_command_line(pid) for pid in mine) and time.monotonic() - began < STOP_S_MAX:
            time.sleep(POLL_S)
        self._book.unlink(missing_ok=True)

    def _last_line(self, name: str) -> str:
        lines = self.log_of(name).read_text(errors="replace").strip().splitlines()
        return lines[-1][-300:] if lines else "it said nothing"


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
