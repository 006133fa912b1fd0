"""What a few documents become on every supported printer, as texts that can be read and compared.

`python -m tests.devices.profile_goldens` says what differs; with `--write` it writes the texts anew. Changed bytes are
looked at before that: each line of a text is one order or one line of letters, and `git diff` shows which.
"""

import difflib
import hashlib
import sys
from functools import cache
from pathlib import Path

from edge.devices.encoder import encode
from edge.devices.virtual.tokens import Letters, Order, Token
from firmware_profiles import load_printer, printer_names
from shared.paper.document import (
    Band,
    Barcode,
    Columns,
    Cut,
    Document,
    Feed,
    Picture,
    Qr,
    Rule,
    Table,
    Text,
    with_mark,
)
from shared.paper.typeface import Typeface, shipped_fonts
from tests.devices.paper import tokens_of
from tests.devices.pictures import logo

FOLDER = Path(__file__).parent / "golden" / "profiles"
NUMBER = "7KQ4M2XT9BVD0HZC3F5WS"
EAN = "4006381333931"
WRITE_ANEW = "look at what differs, then: python -m tests.devices.profile_goldens --write"
RASTER_HEAD = 6
SHOWN_BYTES = 64

TICKET = Document(
    (
        Picture(logo()),
        Text("Rivermouth Rovers", align="center", bold=True, size="large"),
        Text("Harbour Stand", align="right", size="tall"),
        Rule(),
        Columns("DRAW NUMBERS", "10 tickets"),
        Band("104 231 - 104 240"),
        Table((("Ticket", "Each", "Sum"), ("10 at once", "1.00", "10.00")), ("left", "right", "right"), head=True),
        Qr(f"TH1-R07-3-1482-{NUMBER}"),
        Barcode("code128", NUMBER),
        Barcode("ean13", EAN),
        Feed(2),
        Cut(),
    )
)
DOCUMENTS = {
    "ticket": TICKET,
    "reprint": with_mark(Document((Text("Ticket"), Cut())), "REPRINT"),
    "letters": Document((Text("Ærø 5 € på Ñandú"), Text("Αθήνα"), Text("Kovač", bold=True), Text("東京 Tōkyō"), Cut())),
}


@cache
def shipped_typeface() -> Typeface:
    """With the fonts that come along alone: the same on every machine."""
    return Typeface(shipped_fonts())


def listing(profile_name: str) -> str:
    """The documents on this printer: length and digest of all bytes, then each order and each line of letters."""
    profile, parts = load_printer(profile_name), list[str]()
    for name, document in DOCUMENTS.items():
        data = encode(document, profile, shipped_typeface())
        lines = [_line(token) for token in tokens_of(data)]
        parts.append(f"{name}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
        parts += [f"  {line}" for line in lines]
    return "\n".join(parts) + "\n"


def _line(token: Token) -> str:
    match token:
        case Letters(text):
            return repr(text)
        case Order(name, parameters):
            said = _name(name)
            if len(parameters) <= SHOWN_BYTES:
                return f"{said} {parameters.hex(' ')}".rstrip()
            head = parameters[:RASTER_HEAD].hex(" ")
            return f"{said} {head} and {len(parameters) - RASTER_HEAD} bytes {_digest(parameters[RASTER_HEAD:])}"


def _name(name: bytes) -> str:
    signs = {0x1B: "ESC", 0x1C: "FS", 0x1D: "GS", 0x10: "DLE", 0x0A: "LF"}
    return " ".join(signs.get(byte, chr(byte) if 0x20 < byte < 0x7F else f"{byte:02x}") for byte in name)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def golden_path(profile_name: str) -> Path:
    """Where the text of this printer stands."""
    return FOLDER / f"{profile_name}.txt"


def difference(profile_name: str) -> str:
    """Empty where the bytes are as they were; else what differs, order by order, and how to write it anew."""
    path, now = golden_path(profile_name), listing(profile_name)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if now == before:
        return ""
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), path.name, "now", lineterm="", n=1)
    return "\n".join([f"{profile_name}: other bytes than before; {WRITE_ANEW}", *lines])


def main(arguments: list[str]) -> int:
    """Say what differs, or write all texts anew; 1 where something differs and was not written."""
    differences = {name: said for name in printer_names() if (said := difference(name))}
    print("\n\n".join(differences.values()) or "All bytes are as they were.")  # noqa: T201  a command for developers
    if "--write" not in arguments:
        return 1 if differences else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.txt"):
        path.unlink()
    for name in printer_names():
        golden_path(name).write_text(listing(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
