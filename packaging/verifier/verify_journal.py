"""Checks journals of Tillhouse units without Tillhouse: this one file, Python 3.11 and `cryptography`.

`python verify_journal.py --hub-key HEX FILE...`: each FILE is what `tillhouse edge export --journal` wrote, HEX is the
hub's Ed25519 key, from somewhere you trust.
Exit 0: all of it holds. 1: something does not; the first bad seq is named. 2: a file is no whole archive of this hub.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAGIC, END, BYTES_MAX = b"tillhouse archive 1\n", b"\nend of archive\n", 1024 * 1024 * 1024
SIZED = {
    0xC4: ("bytes", 1), 0xC5: ("bytes", 2), 0xC6: ("bytes", 4), 0xD9: ("text", 1), 0xDA: ("text", 2), 0xDB: ("text", 4),
    0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}  # fmt: skip
GRANTED = ("org", "holder", "holder_epoch", "lease", "event", "granter", "first", "last")
WORDS = ("orders", "voided_orders", "numbers_leased", "numbers_sold", "numbers_void", "numbers_disputed")
Sold = tuple[str, int, str, bytes]  # a sale as a void names it: journal, seq, piece of the chain, id
# What strange bytes and false signatures raise: they are not what they claim to be.
UNFIT = (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError, InvalidSignature)


class Bad(Exception):
    """Something does not hold: its seq (0 where there is none), and what."""


def need(holds: bool, seq: int, problem: str) -> None:
    if not holds:
        raise Bad(seq, f"first bad seq {seq}: {problem}" if seq else problem)


class Reader:
    """Just enough msgpack; UNFIT where the bytes end too early or mean nothing. `seq` is the entry looked at."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at, self.seq = data, at, 1

    def take(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self.data):
            raise ValueError("the bytes end here")
        return self.data[self.at - count : self.at]

    def head(self) -> tuple[str, Any]:
        """The shape of what follows, with its length; numbers and the like are all there already."""
        kind = self.take(1)[0]
        if kind < 0x80 or kind >= 0xE0:
            return "single", kind if kind < 0x80 else kind - 0x100
        if kind < 0xC0:
            return ("map", "array", "text", "text")[(kind >> 4) - 8], kind & (15 if kind < 0xA0 else 31)
        if 0xCA <= kind <= 0xD3:  # the first two are floats, which nothing that counts here is
            return "single", int.from_bytes(self.take(1 << (kind & 3)), "big", signed=kind >= 0xD0)
        if kind in SIZED:
            return SIZED[kind][0], int.from_bytes(self.take(SIZED[kind][1]), "big")
        return "single", {0xC0: None, 0xC2: False, 0xC3: True}[kind]

    def array(self) -> int:
        shape, count = self.head()
        return int({"array": count}[shape])

    def value(self) -> Any:
        shape, count = self.head()
        if shape == "array":
            return [self.value() for _ in range(count)]
        if shape == "map":
            return {self.value(): self.value() for _ in range(count)}
        return count if shape == "single" else self.take(count) if shape == "bytes" else self.take(count).decode()


def whole(data: bytes) -> Any:
    """The one value that these bytes hold."""
    reader = Reader(data)
    value = reader.value()
    if reader.at != len(data):
        raise ValueError("bytes behind the end")
    return value


def origin(org: bytes, node: bytes, epoch: int) -> str:
    return f"tillhouse/{UUID(bytes=org)}/{UUID(bytes=node)}/e{epoch}"


@dataclass
class Journal:
    """One journal of a file, read: the hash at every seq, and the facts as seq, type and body."""

    owner: list[Any]
    branch: int
    public: bytes
    hashes: dict[int, bytes]
    facts: list[tuple[int, str, Any]] = field(default_factory=list)
    notes: list[tuple[str, bool]] = field(default_factory=list)
    certificate: bytes = b""


def read_journal(reader: Reader) -> Journal:
    """The next journal of the file: every entry follows the one before it, over its exact bytes."""
    count = reader.array()
    *owner, branch, public, checkpoint = (reader.value() for _ in range(6))
    start, tip = checkpoint or (0, hashlib.sha256(origin(*owner).encode()).digest())
    journal = Journal(owner, branch, public, {start: tip})
    for seq in range(start + 1, start + 1 + reader.array()):
        reader.seq = seq
        data = reader.value()
        envelope = whole(data)
        mine, prev = hashlib.sha256(b"\x00" + data).digest(), envelope[4]
        need(envelope[:4] == [*owner, seq], seq, "the entry belongs to another journal or another place")
        if prev != tip and seq > start + 1:  # when what stands behind it names its hash, the one before was changed
            named = max(reader.data.find(name, reader.at) for name in (mine, base64.b64encode(mine)))
            need(named < 0, seq - 1, "the entry was changed: what stands behind it holds another hash of it")
        need(prev == tip, seq, "the entry does not follow the one before it")
        tip = journal.hashes[seq] = mine
        journal.facts.append((seq, envelope[6], envelope[16]))
    journal.notes += [(note.decode(), is_receipt) for is_receipt in (False, True) for note in reader.value()]
    journal.certificate = b"".join([reader.value() for _ in range(count - 9)][:1])
    return journal


def noted(note: str, name: str, public: bytes, tag: str = "") -> bool:
    """Is there a line of this key under a name of this pattern? UNFIT when it does not verify (C2SP signed note)."""
    text, _, lines = note.partition("\n\n")
    kind = b"\xff" + tag.encode() if tag else b"\x01"  # with a tag it is a type whose lines sign their own name, too
    for found in re.finditer(f"^— ({name}) (\\S+)$", lines, re.MULTILINE):
        raw = base64.b64decode(found[2], validate=True)
        if raw[:4] == hashlib.sha256(found[1].encode() + b"\n" + kind + public).digest()[:4]:
            message = f"{tag}\n{found[1]}\n{text}\n" if tag else f"{text}\n"
            Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], message.encode())
            return True
    return False


def document(data: bytes, tag: str, public: bytes) -> dict[str, Any]:
    """What a document says that this key signed (DSSE pre-authentication encoding); UNFIT when it did not."""
    said, payload, signature = whole(data)
    message = b"DSSEv1 %d %s %d %s" % (len(said), said.encode(), len(payload), payload)
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    return dict(whole(payload)) if said == tag else {}


def check_heads(journal: Journal, hub: str, hub_key: bytes) -> Counter[str]:
    """Every head and receipt is signed and says what the entries say, up to the last one."""
    hashes, last, said = journal.hashes, max(journal.hashes), Counter(heads=0, receipts=0, covered=0, received=0)
    if journal.certificate:
        named = whole(whole(journal.certificate)[1])["hub_key"]
        card = document(journal.certificate, "tillhouse/certificate/v1", named)
        mine = [card.get(name) for name in ("org", "node", "epoch", "sign_key")] == [*journal.owner, journal.public]
        need(mine, min(hashes) + 1, "the certificate is not for this key")
        need(named == hub_key, 0, f"it is of another hub key than the one given, of {named.hex()}")
    for note, is_receipt in journal.notes:
        name, size, root = note.split("\n")[:3]
        seq, digest = min(int(size), last), base64.b64decode(root, validate=True)
        lines = [(name, journal.public, ""), (f"{hub}/e[1-9][0-9]*", hub_key, "tillhouse/receipt/v1")][: 1 + is_receipt]
        good = name == origin(*journal.owner) and all(noted(note, *line) for line in lines)
        need(good, max(seq, min(hashes)), "the head there is not signed by the unit, or the receipt not by the hub")
        same = seq < min(hashes) or (seq == int(size) and hashes.get(seq) == digest)
        need(same, seq, "the entry is not the one that was signed")
        said["receipts" if is_receipt else "heads"] += 1
        said["covered"], said["received"] = max(said["covered"], seq), max(said["received"], seq * is_receipt)
    need(said["covered"] >= last, said["covered"] + 1, "no signed head covers the entry")
    return said


@dataclass
class Book:
    """What all files say together; a sale that two files hold counts once."""

    leases: dict[bytes, tuple[bytes, int, int]] = field(default_factory=dict)
    sales: dict[Sold, dict[str, Any]] = field(default_factory=dict)
    voids: set[Sold] = field(default_factory=set)


def check_fact(journal: Journal, book: Book, seq: int, kind: str, body: Any, *, hub_key: bytes) -> None:
    """Leases are the hub's, numbers sold lie inside them, voids name sales."""
    if kind == "raffle.lease_taken":
        said = document(body["document"], "tillhouse/lease/v1", hub_key)
        mine = [*journal.owner, *(body[name] for name in ("lease_id", "event_id", "granter_id", "first", "last"))]
        need([said.get(name) for name in GRANTED] == mine, seq, "the hub signed no such lease for this unit")
        book.leases[body["lease_id"]] = (body["event_id"], body["first"], body["last"])
    elif kind == "raffle.tickets_sold":
        for one in body["ranges"]:
            event, low, high = book.leases.get(one["lease_id"], (b"", 0, 0))
            inside = event == body["event_id"] and low <= one["first"] <= one["last"] <= high
            need(inside, seq, "numbers are sold that no lease taken before holds for this event")
        count = sum(one["last"] - one["first"] + 1 for one in body["ranges"])
        need(count == body["ticket_count"] and body["amount_minor"] >= 0, seq, "count or amount cannot be")
        book.sales[origin(*journal.owner), seq, journal.hashes[seq][:4].hex(" ", 2).upper(), body["sale_id"]] = body
    elif kind == "raffle.sale_voided":
        name = origin(journal.owner[0], body["sale_node"], body["sale_epoch"])
        key = name, body["sale_seq"], body["sale_chain"], body["sale_id"]
        known = key in book.sales or name != origin(*journal.owner) or body["sale_seq"] <= min(journal.hashes)
        need(known and key not in book.voids, seq, "the void names no sale, or one void already")
        book.voids.add(key)


def check_journal(reader: Reader, hub: str, hub_key: bytes, book: Book) -> str:
    """Everything about one journal; what was checked in words, once all of it holds and stands in the book."""
    journal, mine = read_journal(reader), Book()
    said = check_heads(journal, f"tillhouse/{UUID(bytes=journal.owner[0])}/{hub}", hub_key)
    for reader.seq, kind, body in journal.facts:
        check_fact(journal, mine, reader.seq, kind, body, hub_key=hub_key)
    spans = sorted((it["event_id"], r["first"], r["last"], k[1]) for k, it in mine.sales.items() for r in it["ranges"])
    twice = [max(a[3], b[3]) for a, b in pairwise(spans) if a[0] == b[0] and b[1] <= a[2]]
    need(not twice, min(twice, default=0), "a number is sold that was sold before")
    for part in ("leases", "sales", "voids"):
        getattr(book, part).update(getattr(mine, part))
    return (
        f"{origin(*journal.owner)} branch {journal.branch}: entries {min(journal.hashes) + 1} to {max(journal.hashes)} "
        f"follow each other byte for byte; {said['heads']} heads and {said['receipts']} receipts verify, the hub has "
        f"{said['received']}; the key stands {'in the hub’s certificate' if journal.certificate else 'alone'}; "
        f"{len(mine.leases)} leases are the hub's; {len(mine.sales)} sales lie inside, no number went out twice; "
        f"{len(mine.voids & mine.sales.keys())} voids name sales here, {len(mine.voids - mine.sales.keys())} elsewhere"
    )


def tally(book: Book) -> tuple[dict[str, Counter[str]], list[dict[str, Any]]]:
    """Numbers, orders and minor units of each event; and the numbers that two journals claim."""
    events: dict[str, Counter[str]] = defaultdict(lambda: Counter(dict.fromkeys(WORDS, 0)))
    marks, spans, disputed = list[tuple[str, int, Sold]](), list[tuple[str, int, int, frozenset[Sold]]](), []
    for event_id, first, last in book.leases.values():
        events[str(UUID(bytes=event_id))]["numbers_leased"] += last - first + 1
    for key, body in book.sales.items():
        event, void = str(UUID(bytes=body["event_id"])), key in book.voids
        money = {f"{body['currency']}_minor": 0 if void else body["amount_minor"]}
        events[event].update({"orders": 1, "voided_orders": void, **money})
        marks += [(event, at, key) for one in body["ranges"] for at in (one["first"], one["last"] + 1)]
    claims = frozenset[Sold]()
    for (event, at, key), (_, until, _) in pairwise(sorted(marks)):
        claims ^= {key}  # a range begins at its first mark and ends at its second
        spans += [(event, at, until, claims)] * (until > at and bool(claims))
    # A sale that meets another, even a void one, is disputed with all its numbers; what is void itself stays void.
    met = {key for *_, claims in spans if len(claims) > 1 for key in claims} - book.voids
    for event, at, until, claims in spans:
        kind = "disputed" if claims & met else "void" if claims <= book.voids else "sold"
        events[event][f"numbers_{kind}"] += until - at
        if claims & met and len(claims) > 1:
            by = sorted(f"{name} entry {seq}" for name, seq, *_ in claims)
            disputed.append({"event": event, "first": at, "last": until - 1, "sold_by": by})
    for found in list(events.values()):
        found["numbers_unsold"] = found["numbers_leased"] - sum(found[word] for word in WORDS[3:])
        events["all"].update(found)
    return events, disputed


def check_file(path: Path, hub_key: bytes, book: Book) -> list[str]:
    """What was checked, a line a journal; Bad for what does not hold, at seq 0 for what is no archive at all."""
    data = path.read_bytes()
    body, rest = data[: -32 - len(END)], data[-32 - len(END) :]
    digest = hashlib.sha256(body).digest()
    need(data.startswith(MAGIC) and len(data) <= BYTES_MAX, 0, "it cannot be read as an archive of journals")
    need(rest.startswith(digest) or rest.endswith(END), 0, "it was cut short: copy it or export it once more")
    reader, lines = Reader(body, len(MAGIC)), []
    try:
        _, hub = reader.array(), str(UUID(bytes=reader.value()))
        lines += [check_journal(reader, hub, hub_key, book) for _ in range(reader.array())]
    except UNFIT:
        need(False, reader.seq, "what stands there cannot be read, or a signature in it is false")
    same = bool(lines) and reader.at == len(body) and rest == digest + END
    need(same, reader.seq, "the file was changed outside its entries")
    return lines


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check journals of Tillhouse units; shares no code with Tillhouse.")
    parser.add_argument("--hub-key", required=True, type=bytes.fromhex, help="the hub's Ed25519 key, 64 hex digits")
    parser.add_argument("--json", action="store_true", help="print one JSON object of the totals and nothing else")
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="archives of journals")
    given, book, lines, bad = parser.parse_args(arguments), Book(), list[str](), list[dict[str, Any]]()
    if len(given.hub_key) != 32:
        parser.error("the hub's key has 64 hex digits")
    for path in given.files:
        try:
            lines += [f"{path}: {line}." for line in check_file(path, given.hub_key, book)]
        except (Bad, OSError) as found:
            seq, problem = found.args if isinstance(found, Bad) else (0, f"it cannot be read ({found.strerror})")
            bad.append({"file": str(path), "seq": seq, "problem": problem})
            lines.append(f"{path}: {problem}.")
    events, disputed = tally(book)
    lines += [f"Disputed: {one['first']} to {one['last']} of {one['event']}: {one['sold_by']}." for one in disputed]
    lines += [f"Event {name}: {', '.join(f'{word} {it[word]}' for word in it)}." for name, it in events.items()]
    said = {**dict.fromkeys(WORDS, 0), **events.pop("all", {}), "events": events, "disputed": disputed, "bad": bad}
    sys.stdout.write(json.dumps(said) + "\n" if given.json else "\n".join(lines) + "\n")
    return (1 if any(one["seq"] for one in bad) else 2) if bad else 0


if __name__ == "__main__":
    sys.exit(main())
