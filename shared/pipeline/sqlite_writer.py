"""The edge's one writer: a thread that carries whole commands through, several a commit (design §3).

A command costs one hop: it is queued, decided, written and committed in the thread, and its future resolved after
the commit. When something fails in the database the group is rolled back and its jobs run one by one, so one bad
job never takes another down.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import structlog

from shared.journal.chain import Tip
from shared.journal.entry import Entry, Fact, FeedMark, Owner
from shared.kernel.clock import Clock
from shared.kernel.errors import Refusal, StorageFault
from shared.kernel.limits import GROUP_COMMANDS_MAX, QUEUE_COMMANDS_MAX
from shared.pipeline import sqlite_applier, sqlite_journal
from shared.pipeline.changes import changed_kinds
from shared.pipeline.command import Command, Given
from shared.pipeline.decision import CommandReused, command_digest, happen
from shared.pipeline.manifest import Slices
from shared.pipeline.queries import Ask, KeyAsk, sqlite_params

T = TypeVar("T")
log = structlog.get_logger()
Answer = list[Entry[Fact]]
Effect = Callable[[sqlite3.Connection, Entry[Any]], None]
Keyring = Callable[[KeyAsk], bytes]
CHECKPOINT_PAGES = 1_000
BUSY_TIMEOUT_MS = 5_000
KEPT_ANSWERS_MAX = 4_096
EVIDENCE = ("evidence",)
NOT_KEPT = object()


class Evidence(msgspec.Struct, frozen=True):
    """What this node had heard when a fact happens: feed positions, the last signed time of its hub (ms UTC), and

    what stops selling here: causes by name, and the end of its certificate.
    """

    feeds: tuple[FeedMark, ...] = ()
    hub_time_ms: int = 0
    holds: tuple[str, ...] = ()
    sells_until_ms: int | None = None


class Tools(msgspec.Struct, frozen=True):
    """What the writer is given: time, chance (32 bytes a call), keys, and what to queue when a fact happens.

    `committed` hears where the journal ends after each commit that moved it, in the writer's thread and before any
    caller has its answer; it must not wait. `doubts` name what stops selling since `clock` was read just now.
    """

    clock: Clock
    chance: Callable[[], bytes]
    keyring: Keyring
    effects: dict[str, Effect] = {}
    evidence: Callable[[sqlite3.Connection], Evidence] = lambda _: Evidence()
    committed: Callable[[Tip], None] = lambda _: None
    doubts: Callable[[], tuple[str, ...]] = lambda: ()


class _Job(msgspec.Struct):
    work: Callable[[sqlite3.Connection], Any]
    future: "asyncio.Future[Any] | None"
    loop: asyncio.AbstractEventLoop | None
    result: Any = None
    error: BaseException | None = None


def open_durable(path: Path, *, bytes_max: int | None = None) -> sqlite3.Connection:
    """The writing connection: WAL, synchronous=FULL, foreign keys; asserts that SQLite took each of them.

    StorageFault when the file cannot be opened or written.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        make_durable(db, bytes_max)
    except sqlite3.DatabaseError as error:
        raise StorageFault from error
    return db


def make_durable(db: sqlite3.Connection, bytes_max: int | None = None) -> None:
    """Tell a fresh connection what it must keep to, and assert that it heard."""
    db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    assert db.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal"
    db.execute("PRAGMA synchronous = FULL")
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    if bytes_max:
        page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {max(1, bytes_max // page_bytes)}")


class SqliteWriter:
    """Handles commands and other writes of one edge database; the only connection that writes or checkpoints."""

    def __init__(self, db: sqlite3.Connection, slices: Slices, owner: Owner, tools: Tools) -> None:
        self._db = db
        self._slices = slices
        self.owner = owner
        self._tools = tools
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._tip = sqlite_journal.read_tip(db, owner)
        self._group_tip = self._tip
        self._closing = False
        self._mine = sqlite_params(msgspec.structs.asdict(owner))
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self._thread.start()

    @property
    def tip(self) -> Tip:
        """Where the committed journal ends."""
        return self._tip

    async def handle(self, command: Command) -> Answer:
        """Carry a command out and return its entries, once: a second time gives the same answer.

        Raises Refusal when the business says no, StorageFault when nothing can be stored now.
        """
        return cast(Answer, await self._queue(lambda db: self._carry_out(db, command)))

    async def write(self, work: Callable[[sqlite3.Connection], T], *, rows: bool = True) -> T:
        """Run `work` in the writer, inside a group's transaction; what it returns comes after the commit.

        It must raise a Refusal, if any, before its first write (a later one is a bug, and rolled back). `rows=False`
        promises that no row of a slice is written, so answers of steady queries are kept.
        """

        def forgetful(db: sqlite3.Connection) -> T:
            self._kept.clear()
            return work(db)

        return await self._queue(forgetful if rows else work)

    async def _queue(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._closing or not self._thread.is_alive():
            raise StorageFault
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future(), loop)
        if self._jobs.qsize() >= QUEUE_COMMANDS_MAX:
            raise StorageFault
        self._jobs.put(job)
        assert job.future is not None
        return cast(T, await job.future)

    def close(self) -> None:
        """Finish what is queued, checkpoint, and close the database."""
        self._closing = True
        self._jobs.put(None)
        self._thread.join()
        while not self._jobs.empty():
            if (late := self._jobs.get()) is not None:
                late.error = StorageFault()
                _tell([late])
        self._db.close()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job]
            ended = False
            while len(group) < GROUP_COMMANDS_MAX and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    ended = True
                    break
                group.append(following)
            self._run_group(group)
            if ended:
                return

    def _run_group(self, group: list[_Job]) -> None:
        if not self._try(group) and len(group) > 1:
            for job in group:
                job.error = None
                self._try([job])
        _tell(group)

    def _try(self, group: list[_Job]) -> bool:
        """One transaction for the group; False when it was rolled back, with the error on each job."""
        self._group_tip = self._tip
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for job in group:
                written = self._db.total_changes
                try:
                    job.result = job.work(self._db)
                except Refusal as refusal:
                    assert self._db.total_changes == written, "a refusal comes before the first write"
                    job.error = refusal
            self._db.execute("COMMIT")
        except Exception as error:  # a bug or a full disk: undone here, told to each caller
            if self._db.in_transaction:
                with contextlib.suppress(sqlite3.Error):  # a disk may refuse this too; the next group tries it again
                    self._db.execute("ROLLBACK")
            self._kept.clear()
            self._blame(group, error)
            return False
        if self._group_tip is not self._tip:
            self._moved(self._group_tip)
        return True

    def _moved(self, tip: Tip) -> None:
        self._tip = tip
        try:
            self._tools.committed(tip)
        except Exception:  # the sale is on the disk: a bug of whoever listens must not take its answer away
            log.exception("a listener of the journal failed", seq=tip.seq)

    def _blame(self, group: list[_Job], error: Exception) -> None:
        if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.IntegrityError | sqlite3.ProgrammingError
        ):
            fault = StorageFault()
            fault.__cause__ = error
            error = fault
        if len(group) == 1:
            log.error("write failed", error=repr(error), cause=repr(error.__cause__))
        for job in group:
            job.error = job.error or error

    def _carry_out(self, db: sqlite3.Connection, command: Command) -> Answer:
        digest = command_digest(command)
        before = sqlite_journal.seen(db, self._slices, self.owner, command.command_id)
        if before is not None:
            if before[0] != digest:
                raise CommandReused
            return before[1]
        tools = self._tools
        heard = self._evidence(db)
        moment = msgspec.structs.replace(tools.clock.now(), hub_time_ms=heard.hub_time_ms)
        holds = heard.holds + tools.doubts()
        given = Given(self.owner, moment, tools.chance(), heard.feeds, holds, heard.sells_until_ms)
        state = self._load(db, self._slices.handlers[type(command)].load(command, given))
        happened = happen(self._slices, command, state, given, self._group_tip)
        sqlite_journal.append(db, self.owner, command, digest, happened.sealed)
        sqlite_applier.apply(db, happened.changes)
        feeds = self._slices.feeds
        for change in happened.changes:
            if not feeds.keys().isdisjoint(changed_kinds(change)):
                self._kept.clear()
        entries = happened.entries
        for entry in entries:
            effect = tools.effects.get(entry.envelope.type)
            if effect is not None:
                effect(db, entry)
        self._group_tip = happened.tip
        return entries

    def _load(self, db: sqlite3.Connection, load: Generator[Ask | KeyAsk, Any, T]) -> T:
        answer: Any = None
        try:
            while True:
                ask = load.send(answer)
                if isinstance(ask, KeyAsk):
                    answer = self._tools.keyring(ask)
                elif ask.query.steady:
                    answer = self._ask_kept(db, ask)
                else:
                    answer = self._ask(db, ask)
        except StopIteration as end:
            return cast(T, end.value)

    def _evidence(self, db: sqlite3.Connection) -> Evidence:
        """Read inside the transaction; kept until rows are written, for a feed's position moves with its rows."""
        found = self._kept.get(EVIDENCE)
        if found is None:
            found = self._kept[EVIDENCE] = self._tools.evidence(db)
        return cast(Evidence, found)

    def _ask_kept(self, db: sqlite3.Connection, ask: Ask) -> Any:
        key = (ask.query, ask.first, *ask.params.values())
        found = self._kept.get(key, NOT_KEPT)
        if found is NOT_KEPT:
            if len(self._kept) >= KEPT_ANSWERS_MAX:
                self._kept.clear()
            found = self._kept[key] = self._ask(db, ask)
        return found

    def _ask(self, db: sqlite3.Connection, ask: Ask) -> Any:
        query = ask.query
        text, places = query.sqlite_hot
        named = self._mine | query.fixed | sqlite_params(ask.params)
        cursor = db.execute(text, [named[place] for place in places])
        if ask.first:
            row = cursor.fetchone()
            return None if row is None else query.read_sqlite(row)
        return [query.read_sqlite(row) for row in cursor]


def _tell(group: list[_Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in group:
        if job.loop is not None:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        with contextlib.suppress(RuntimeError):  # nobody waits in a loop that is closed
            loop.call_soon_threadsafe(_resolve, jobs)


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future is None or job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
