"""A case on an evening in SQLite: head office doubts a sale of a unit, sees the paper, decides, closes."""

import asyncio
import sqlite3
from uuid import UUID

from shared.domain.cases.commands import CloseCase, DecideSales, OpenCase, RecordPaper, SeeCase
from shared.domain.cases.facts import EvidenceRef, SaleVerdict
from shared.domain.cases.state import chain_of, open_order
from shared.pipeline.command import Command
from tests.support.evening import Evening, Node


def dispute(night: Evening, unit: Node, sale_id: UUID) -> None:
    """Head office hears of the sale, doubts its price and keeps it after all; a second time is the same finding."""
    found = unit.db.execute(
        "SELECT s.seq, e.hash FROM raffle_sale s JOIN journal_entry e ON e.seq = s.seq AND e.node_id = s.node_id "
        "WHERE s.sale_id = ?",
        (sale_id.bytes,),
    ).fetchone()
    taken, sales, ranges = (
        unit.db.execute(text, values).fetchall()
        for text, values in (
            ("SELECT * FROM raffle_lease_taken WHERE node_id = ?", (unit.owner.node_id.bytes,)),
            ("SELECT * FROM raffle_sale WHERE sale_id = ?", (sale_id.bytes,)),
            ("SELECT * FROM raffle_range WHERE sale_seq = ?", (found[0],)),
        )
    )

    def hear(db: sqlite3.Connection) -> None:
        if db.execute("SELECT 1 FROM raffle_sale WHERE sale_id = ?", (sale_id.bytes,)).fetchone():
            return
        for table, lines in (("raffle_lease_taken", taken), ("raffle_sale", sales), ("raffle_range", ranges)):
            for line in lines:
                db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(line))})", line)

    asyncio.run(night.office.writer.write(hear))
    node_id, seq, digest = unit.owner.node_id, found[0], found[1]
    evidence = (EvidenceRef(node_id, 1, seq, digest, sale_id),)
    opened = open_order("price", node_id=node_id, epoch=1, entity_id=night.event_id, evidence=evidence, note="Too low.")
    for order in _orders(night, opened, SaleVerdict(node_id, 1, seq, chain_of(digest), sale_id, "keep")):
        night.office.do(order)


def _orders(night: Evening, opened: OpenCase, one: SaleVerdict) -> tuple[Command, ...]:
    new, case_id, manager = night.office.dice.id, opened.case_id, night.seller_id
    return (
        opened,
        SeeCase(command_id=new(), actor=manager, case_id=case_id),
        RecordPaper(
            command_id=new(), actor=manager, case_id=case_id, sale_node=one.node, sale_epoch=one.epoch,
            sale_seq=one.seq, sale_chain=one.chain, validation_number="",
        ),
        DecideSales(command_id=new(), actor=manager, case_id=case_id, verdicts=(one,)),
        CloseCase(command_id=new(), actor=manager, case_id=case_id, outcome="A coupon."),
    )  # fmt: skip
