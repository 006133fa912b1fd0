"""What this machine sold as another unit still goes up, under that unit's own keys (`moving.py`)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import structlog

from edge.runtime.database import migrate, open_reader
from edge.runtime.folder_lock import folder_lock
from edge.runtime.lease_keys import LeaseKeys
from edge.runtime.membership import read_membership
from edge.runtime.moving import former_units
from edge.runtime.settings import Settings
from edge.sync.former import former_links
from edge.sync.link import HubLink
from edge.sync.link_parts import HubAddress, Journal, LinkParts
from edge.sync.trust import hub_tls, surely_ms
from shared.domain.slices import ALL
from shared.journal.chance import chance
from shared.journal.entry import Owner
from shared.journal.keyfile import read_keys
from shared.kernel.errors import TillhouseError
from shared.pipeline.sqlite_writer import SqliteWriter, Tools, open_durable

log = structlog.get_logger()


@asynccontextmanager
async def lines_of_former_units(settings: Settings, parts: LinkParts) -> AsyncIterator[list[HubLink]]:
    """A line for each journal of each former unit; one whose folder cannot be opened holds up no other."""
    async with AsyncExitStack() as stack:
        lines: list[HubLink] = []
        for former in former_units(settings):
            try:
                lines += await _lines(former, parts, stack)
            except (TillhouseError, sqlite3.Error, OSError):
                log.exception("a former unit cannot be opened", folder=str(former.folder))
        yield lines


async def _lines(former: Settings, parts: LinkParts, stack: AsyncExitStack) -> list[HubLink]:
    keys = read_keys(former.key_file)
    member = read_membership(former.membership_file, node_id=keys.node_id)
    owner, key, url = Owner(member.org_id, keys.node_id, keys.epoch), keys.node_key(), former.hub_url or member.hub_url
    stack.enter_context(folder_lock(former.folder))
    migrating = asyncio.ensure_future(asyncio.to_thread(migrate, former.database))
    stack.push_async_callback(asyncio.wait, [migrating])  # a thread is not cancelled: the folder stays locked for it
    await asyncio.shield(migrating)
    tools = Tools(parts.clock, chance, LeaseKeys(key, owner, member.hub_key))
    writer = SqliteWriter(open_durable(former.database), ALL, owner, tools)
    stack.callback(writer.close)
    reader = await stack.enter_async_context(open_reader(former.database, owner))
    pinned = bool(member.hub_ca)
    tls = hub_tls(url, member.hub_ca, now_ms=lambda: surely_ms(parts.clock.now(), pinned=pinned))
    address = HubAddress(url, member.hub_node_id, member.hub_key, tls, pinned=pinned)
    journal = Journal(owner, key, lambda: writer.tip)
    mine = msgspec.structs.replace(parts, writer=writer, reader=reader, key=key, journal=journal, contacts=None)
    return [HubLink(address, mine), *await former_links(address, mine, keys)]
