"""The first opening after an enrolment: the new epoch has its certificate, and waits for head office to enable it."""

import sqlite3

from edge.runtime.holds import lift_hold, set_hold
from edge.runtime.membership import Membership
from edge.sync.hub_word import keep_certificate, keep_former, kept_certificate
from shared.journal.entry import Owner
from shared.kernel.errors import BadSignature
from shared.pipeline.sqlite_writer import SqliteWriter
from shared.sync.certificate import read_certificate


async def begin_epoch(writer: SqliteWriter, membership: Membership, now_ms: int) -> None:
    """Take up the certificate that enrolment brought, unless a later one of this epoch is kept already.

    A unit that was added before there were certificates has none, and sells on.
    """
    if not membership.certificate:
        return
    data = bytes.fromhex(membership.certificate)
    fresh = read_certificate(data, hub_key=membership.hub_key, owner=writer.owner)

    def take(db: sqlite3.Connection) -> None:
        if not _is_of(kept_certificate(db), membership.hub_key, writer.owner):
            keep_former(db, membership.hub_key)
            keep_certificate(db, data, fresh.until_ms, now_ms)
            lift_hold(db, "hub")
            set_hold(db, "hub", "disabled", now_ms)

    await writer.write(take)


def _is_of(data: bytes, hub_key: bytes, owner: Owner) -> bool:
    if not data:
        return False
    try:
        read_certificate(data, hub_key=hub_key, owner=owner)
    except BadSignature:
        return False
    return True
