"""Journals of an evening for the verifier, made by the program's own functions; and the verifier itself."""

import importlib.util
import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

from shared.domain.raffle.facts import LeaseTaken, SaleVoided, SoldRange, TicketsSold
from shared.journal.archive import Archive, ArchivedJournal, Checkpoint, write_archive
from shared.journal.chain import Sealed, Stamp, Tip, empty_tip, seal
from shared.journal.entry import Fact, Owner
from shared.journal.head import cosign, sign_head
from shared.journal.signing import NodeKey
from shared.kernel.clock import DAY_MS
from shared.kernel.codec import encode
from shared.sync.certificate import Certificate, sign_certificate
from shared.sync.lease import LEASE_TAG, LeaseDocument
from tests.architecture.tree import ROOT
from tests.journal.histories import KEY, MOMENT, UNIT

PROGRAM = ROOT / "packaging" / "verifier" / "verify_journal.py"
HUB = Owner(UNIT.org_id, UUID(int=0xF0), 1)
HUB_KEY = NodeKey(b"\x05" * 32, b"\x06" * 32)
EVENT = UUID(int=0xE1)


@cache
def verifier() -> ModuleType:
    """The verifier as a module; it stands in no package."""
    spec = importlib.util.spec_from_file_location("verify_journal", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verify(*files: Path, words: bool = False, hub_key: NodeKey = HUB_KEY) -> tuple[int, Any]:
    """The verifier's exit code, and its totals (or its words)."""
    out = io.StringIO()
    arguments = ["--hub-key", hub_key.sign_public.hex(), *([] if words else ["--json"]), *map(str, files)]
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = verifier().main(arguments)
    return code, out.getvalue() if words else json.loads(out.getvalue())


class Night:
    """One journal of an evening, in memory."""

    def __init__(self, owner: Owner = UNIT, key: NodeKey = KEY) -> None:
        self.owner = owner
        self.key = key
        self.sealed: list[Sealed] = []
        self._made = 0

    @property
    def tip(self) -> Tip:
        """Where the journal ends."""
        return self.tip_at(len(self.sealed))

    def tip_at(self, seq: int) -> Tip:
        """The entry at `seq`."""
        return Tip(seq, self.sealed[seq - 1].entry.hash) if seq else empty_tip(self.owner)

    def copy(self) -> "Night":
        """What a cloned card holds: the same journal, which goes its own way from here."""
        other = Night(self.owner, self.key)
        other.sealed, other._made = list(self.sealed), self._made + 1_000
        return other

    def new_id(self) -> UUID:
        """The next id of this journal."""
        self._made += 1
        return UUID(int=self.owner.node_id.int << 32 | self.owner.epoch << 16 | self._made)

    def add(self, fact: Fact) -> Sealed:
        """Put a fact behind the tip."""
        stamp = Stamp(self.new_id(), None, MOMENT)
        (sealed,), _ = seal(self.owner, self.tip, stamp, [(self.new_id(), fact)])
        self.sealed.append(sealed)
        return sealed

    def lease(
        self, first: int, last: int, *, signer: NodeKey = HUB_KEY, granted_to: Owner | None = None, event: UUID = EVENT
    ) -> UUID:
        """Take a lease of these numbers."""
        lease_id, holder = self.new_id(), granted_to or self.owner
        document = LeaseDocument(
            org=holder.org_id, event=event, lease=lease_id, request=lease_id, granter=HUB.node_id, granter_epoch=1,
            holder=holder.node_id, holder_epoch=holder.epoch, first=first, last=last, granted_ms=1, sealed_key=b"k",
        )  # fmt: skip
        data = signer.document(LEASE_TAG, encode(document))
        self.add(LeaseTaken(lease_id=lease_id, event_id=event, granter_id=HUB.node_id, first=first, last=last,
                            document=data))  # fmt: skip
        return lease_id

    def sell(self, lease_id: UUID, *spans: tuple[int, int], amount_minor: int = 100, event: UUID = EVENT) -> Sealed:
        """Sell these numbers out of a lease."""
        count = sum(last - first + 1 for first, last in spans)
        return self.add(
            TicketsSold(
                sale_id=self.new_id(), event_id=event, package_id=UUID(int=3), seller_id=UUID(int=4),
                ticket_count=count, amount_minor=amount_minor, currency="USD", tender="cash",
                received_minor=amount_minor, reference="",
                validation_number="V", ranges=tuple(SoldRange(lease_id, 1, 9_999, *span) for span in spans),
            )
        )  # fmt: skip

    def cancel(self, sale: Sealed, *, chain: str | None = None) -> Sealed:
        """Void a sale, as paper names it."""
        fact, owner = sale.entry.body, sale.entry.owner
        assert isinstance(fact, TicketsSold)
        return self.add(
            SaleVoided(
                sale_id=fact.sale_id, event_id=fact.event_id, sale_node=owner.node_id, sale_epoch=owner.epoch,
                sale_seq=sale.entry.seq, sale_chain=chain or sale.entry.chain_piece, reason="", voided_by=UUID(int=4),
                refund_minor=fact.amount_minor, refund="cash",
            )
        )  # fmt: skip

    def archived(
        self, *, behind: int = 0, heads: Sequence[int] | None = None, receipts: Sequence[int] = (), branch: int = 0,
        certificate: bytes = b"",
    ) -> ArchivedJournal:  # fmt: skip
        """The journal as it is exported; heads and receipts stand at these seqs, entries begin behind `behind`."""
        signed = [sign_head(self.owner, self.tip_at(seq), self.key) for seq in heads or (self.tip.seq,)]
        cosigned = [cosign(sign_head(self.owner, self.tip_at(seq), self.key), HUB, HUB_KEY) for seq in receipts]
        start = self.tip_at(behind)
        return ArchivedJournal(
            org=self.owner.org_id, node=self.owner.node_id, epoch=self.owner.epoch, branch=branch,
            public=self.key.sign_public, checkpoint=Checkpoint(start.seq, start.hash) if behind else None,
            entries=tuple(one.data for one in self.sealed[behind:]), heads=tuple(signed), receipts=tuple(cosigned),
            certificate=certificate,
        )  # fmt: skip


def certificate_of(owner: Owner, public: bytes, signer: NodeKey = HUB_KEY) -> bytes:
    """The hub's word that this key is this unit's."""
    card = Certificate(
        org=owner.org_id, venue=UUID(int=9), node=owner.node_id, epoch=owner.epoch, kind="rsu", code="R07", name="",
        scopes=(), sign_key=public, seal_key=b"s" * 32, hub_node=HUB.node_id, hub_key=HUB_KEY.sign_public,
        hub_seal_key=b"s" * 32, generation=1, from_ms=0, until_ms=DAY_MS,
    )  # fmt: skip
    return sign_certificate(card, signer)


def in_file(path: Path, *journals: ArchivedJournal) -> Path:
    """The journals in a file."""
    path.write_bytes(write_archive(Archive(HUB.node_id, journals)))
    return path


def small_night() -> Night:
    """A lease, three sales, one of them void."""
    night = Night()
    lease = night.lease(101, 200)
    night.sell(lease, (101, 103), amount_minor=500)
    undone = night.sell(lease, (104, 113), amount_minor=1_000)
    night.cancel(undone)
    night.sell(lease, (114, 120), (130, 132), amount_minor=1_000)
    return night
