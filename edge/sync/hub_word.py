"""What the hub said of this unit and signed: its certificate and its standing, kept, and what follows for selling.

The unit believes the pinned key and nobody else; what it was told last holds until it is told something else.
"""

import sqlite3
from collections.abc import Callable

import structlog

from edge.runtime.database import Reader
from edge.runtime.holds import lift_hold, set_hold
from edge.sync.receipts import forget_watermarks, keep_receipt, keep_watermark
from shared.journal.entry import Owner
from shared.journal.head import verify_receipt
from shared.journal.signing import NodeKey
from shared.kernel.clock import MINUTE_MS, Clock
from shared.kernel.errors import BadSignature, EvidenceError
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.sync.certificate import read_certificate
from shared.sync.standing import MAY_SELL, Standing, read_standing
from shared.sync.stranger import introduce
from shared.sync.watermark import read_watermark

log = structlog.get_logger()
CERTIFICATE, STANDING = "certificate", "standing"
KEEP = (
    "INSERT INTO hub_word (kind, data, until_ms, heard_ms) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (kind) DO UPDATE SET data = excluded.data, until_ms = excluded.until_ms, heard_ms = excluded.heard_ms"
)
KEEP_FORMER = (
    "INSERT INTO former_word (epoch, certificate, standing) VALUES (?, ?, ?) "
    "ON CONFLICT (epoch) DO UPDATE SET certificate = excluded.certificate, standing = excluded.standing"
)
FORMER = "SELECT certificate, standing FROM former_word WHERE epoch = :epoch"
STANDING_KEPT_MS = 10 * MINUTE_MS
"""So old may the standing on the disk be while the hub says the same; a restored hub wants a fresh word."""
UNTIL = "SELECT until_ms FROM hub_word WHERE kind = 'certificate'"


def keep_certificate(db: sqlite3.Connection, data: bytes, until_ms: int, now_ms: int) -> None:
    """Keep a certificate that was verified; the one before it is forgotten."""
    db.execute(KEEP, (CERTIFICATE, data, until_ms, now_ms))


def kept_certificate(db: sqlite3.Connection) -> bytes:
    """The certificate in hand; empty when there is none."""
    row = db.execute("SELECT data FROM hub_word WHERE kind = 'certificate'").fetchone()
    return bytes(row[0]) if row else b""


def keep_former(db: sqlite3.Connection, hub_key: bytes) -> None:
    """A new epoch begins: what the hub said of the one before stays, for a restored hub that forgot them both."""
    kept = dict(db.execute("SELECT kind, data FROM hub_word"))
    try:
        certificate = read_certificate(kept.get(CERTIFICATE, b""), hub_key=hub_key)
    except BadSignature:
        return
    db.execute(KEEP_FORMER, (certificate.epoch, kept[CERTIFICATE], kept.get(STANDING, b"")))
    db.execute("DELETE FROM hub_word WHERE kind = ?", (STANDING,))


def sells_until_ms(db: sqlite3.Connection) -> int | None:
    """When the certificate ends (ms UTC); None for a unit that was added before there were any."""
    row = db.execute(UNTIL).fetchone()
    return row[0] if row else None


def _answers(standing: Standing, asked: bytes) -> bool:
    """Whether it answers the hello `asked`; nothing answers an empty one."""
    return asked != b"" and standing.answers == asked


class HubWord:
    """Hears what comes signed from the hub; each word is verified, kept, and told to whom it concerns."""

    def __init__(
        self, writer: SqliteWriter, owner: Owner, key: NodeKey, clock: Clock, *, hub: Owner, hub_key: bytes
    ) -> None:
        """`hub` names the hub's journal; its epoch is not looked at, for a restored hub begins a new one."""
        self._writer = writer
        self._owner = owner
        self._key = key
        self._hub = hub
        self._hub_key = hub_key
        self._clock = clock
        self._known: dict[str, bytes] = {}
        self.hub_seal_key = b""
        self.scopes: tuple[str, ...] = ()
        """What this unit reads of the feed, as its certificate says; empty without one."""
        self._said = b""
        self._kept_ms = 0
        self._unwritten = 0

    @property
    def is_forgetting(self) -> bool:
        """Whether the hub was restored and the disk does not know it yet: its watermarks here are not to be obeyed."""
        return bool(self._unwritten)

    @property
    def certificate_data(self) -> bytes:
        """The certificate in hand; empty when there is none."""
        return self._known.get(CERTIFICATE, b"")

    @property
    def standing_data(self) -> bytes:
        """The hub's last word on how this epoch stands; empty when there was none."""
        return self._said

    def introduction(self) -> bytes:
        """What tells a hub that forgot us who we are; empty when it never gave us a certificate."""
        return introduce(self.certificate_data, self._said, self._key) if self.certificate_data else b""

    async def recall(self, reader: Reader) -> None:
        """Take up what was kept before a restart; for an epoch that is over, what was said of it while it was not."""
        kept = {row[0]: row[1] for row in await reader.values("SELECT kind, data FROM hub_word")}
        for certificate, standing in await reader.values(FORMER, {"epoch": self._owner.epoch}):
            self._take(certificate)
            self._said = standing
        if CERTIFICATE in kept:
            self._take(kept[CERTIFICATE])
        if self._is_mine(kept.get(STANDING, b"")):
            self._said = kept[STANDING]

    def _is_mine(self, data: bytes) -> bool:
        try:
            read_standing(data, hub_key=self._hub_key, owner=self._owner)
        except BadSignature:
            return False
        return True

    def _take(self, data: bytes) -> None:
        """The hub's key for people is the same in every epoch; all else counts in its own."""
        try:
            certificate = read_certificate(data, hub_key=self._hub_key)
        except BadSignature:
            log.exception("the certificate that was kept does not verify")
            return
        self.hub_seal_key = certificate.hub_seal_key
        if certificate.epoch == self._owner.epoch:
            self._known[CERTIFICATE] = data
            self.scopes = certificate.scopes

    async def certificate(self, data: bytes) -> None:
        """Keep the certificate in a hello's answer, when there is a new one."""
        if not data or self._known.get(CERTIFICATE) == data:
            return
        certificate = read_certificate(data, hub_key=self._hub_key, owner=self._owner)
        now_ms = self._clock.now().wall_ms
        until_ms, generation = certificate.until_ms, certificate.generation

        def keep(db: sqlite3.Connection) -> None:
            keep_certificate(db, data, until_ms, now_ms)
            forget_watermarks(db, self._owner, generation)

        await self._writer.write(keep)
        self._take(data)

    async def standing(self, data: bytes, heard: Callable[[int, bool], None], asked: bytes = b"") -> Standing | None:
        """How the unit stands now; None when the hub did not say. A word that stops selling holds at once.

        `heard` is told when it was signed, and whether it answers the hello `asked`: then it is the hub's word of now,
        also when it said later times before, with a clock that was ahead. `asked` is empty where nothing was asked, and
        for an answer that took too long.
        """
        if not data:
            return None
        standing = read_standing(data, hub_key=self._hub_key, owner=self._owner)
        is_fresh = _answers(standing, asked)
        if not is_fresh and self._was_kept_back(standing):
            log.warning("a word older than the one that stopped this unit", signed_ms=standing.signed_ms)
            return None
        heard(standing.signed_ms, is_fresh)
        mark = f"{standing.state} {standing.generation} {standing.reason}".encode()
        if self._known.get(STANDING) != mark:
            await self._writer.write(lambda db: self._keep_standing(db, data, standing.state))
            self._known[STANDING], self._kept_ms = mark, standing.signed_ms
            log.info("standing", state=standing.state, reason=standing.reason)
        elif abs(standing.signed_ms - self._kept_ms) >= STANDING_KEPT_MS:
            row = (STANDING, data, None, self._clock.now().wall_ms)
            await self._writer.write(lambda db: db.execute(KEEP, row), rows=False)
            self._kept_ms = standing.signed_ms
        self._said = data
        return standing

    def answered_ms(self, data: bytes, asked: bytes) -> int | None:
        """When the hub signed this word in answer to the hello `asked`; None where it is another."""
        if not data:
            return None
        standing = read_standing(data, hub_key=self._hub_key, owner=self._owner)
        return standing.signed_ms if _answers(standing, asked) else None

    def _was_kept_back(self, standing: Standing) -> bool:
        """Whether it would let the unit sell again and was signed before the word that stopped it."""
        try:
            before = read_standing(self._said, hub_key=self._hub_key, owner=self._owner)
        except BadSignature:
            return False
        if standing.state not in MAY_SELL or before.state in MAY_SELL:
            return False
        return (standing.generation, standing.signed_ms) < (before.generation, before.signed_ms)

    def _keep_standing(self, db: sqlite3.Connection, data: bytes, state: str) -> None:
        now_ms = self._clock.now().wall_ms
        db.execute(KEEP, (STANDING, data, None, now_ms))
        lift_hold(db, "hub") if state in MAY_SELL else set_hold(db, "hub", state, now_ms)

    async def receipt(self, data: bytes) -> int:
        """Keep the receipt of an upload; up to which entry it covers this journal (0: there was none)."""
        if not data:
            return 0
        head = verify_receipt(data, self._owner, self._key.sign_public, self._hub, self._hub_key)
        now_ms = self._clock.now().wall_ms
        await self._writer.write(lambda db: keep_receipt(db, self._owner, head, data, now_ms), rows=False)
        return head.tip.seq

    async def new_generation(self, generation: int) -> None:
        """The hub was restored: what it said of its backups before counts no more, in any epoch."""
        self._known.pop("watermark", None)
        self._unwritten = generation
        await self.forget_earlier()

    async def forget_earlier(self) -> None:
        """Write down what a full disk did not take of that; the feed's cursor moves into the new life only behind it.

        StorageFault when it still cannot be written.
        """
        if generation := self._unwritten:
            await self._writer.write(lambda db: forget_watermarks(db, self._owner, generation), rows=False)
            self._unwritten = 0

    async def watermark(self, data: bytes) -> None:
        """Keep how far a verified backup of the hub holds this journal."""
        await self.forget_earlier()
        if not data or self._known.get("watermark") == data:
            return
        said = read_watermark(data, hub_key=self._hub_key, owner=self._owner)
        now_ms = self._clock.now().wall_ms

        def keep(db: sqlite3.Connection) -> str:
            try:
                keep_watermark(db, self._owner, said, data, now_ms)
            except EvidenceError as error:  # nothing was written, nothing failed: the hub means a copy of this unit
                return str(error)
            return ""

        if other := await self._writer.write(keep, rows=False):
            log.warning("a watermark that does not fit", reason=other)
        self._known["watermark"] = data
