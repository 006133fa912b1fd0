"""Cuts a stream of ESC/POS bytes into letters and orders, whatever the pieces it arrives in.

Knows the orders that the encoder sends and the common ones of other senders; an order it does not know is taken as
its two bytes, as cheap printers do.
"""

import msgspec

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
ORDER_BYTES_MAX = 4 * 1024 * 1024
"""An order that says it is longer is noise: its first byte is taken, the rest is read as whatever it is."""
CONTROL = frozenset(range(0x20)) | {0x7F}
PARAMETERS: dict[bytes, int] = {
    **dict.fromkeys((b"\x1b@", b"\x1b2", b"\x1c.", b"\x1c&", b"\x1bi", b"\x1bm", b"\x1bL", b"\x1bS", b"\x18\x00"), 0),
    **{b"\x1b" + letter.encode(): 1 for letter in "!-3 EGJKMRTVadetr{cu"},
    **{b"\x1b" + letter.encode(): 2 for letter in "$\\"},
    b"\x1bc": 2,
    b"\x1bp": 3,
    b"\x1bB": 2,
    **{b"\x1c" + letter.encode(): 1 for letter in "!-CW"},
    b"\x1cS": 2,
    **{b"\x1d" + letter.encode(): 1 for letter in "!BHafhrwIb"},
    **{b"\x1d" + letter.encode(): 2 for letter in "LWP$\\"},
    b"\x10\x04": 1,
    b"\x10\x05": 1,
}


class Letters(msgspec.Struct, frozen=True):
    """Bytes to print in the current character table."""

    text: bytes


class Order(msgspec.Struct, frozen=True):
    """One order: its name (`ESC a` as b"\\x1ba") and its parameters and data."""

    name: bytes
    parameters: bytes = b""


Token = Letters | Order


def next_token(buffer: bytearray) -> Token | None:
    """Take the first whole token out of the buffer; None when its rest has not arrived yet."""
    if not buffer:
        return None
    if buffer[0] not in CONTROL:
        return _letters(buffer)
    if buffer[0] not in (ESC, FS, GS, DLE):
        return Order(_take(buffer, 1))
    if len(buffer) < 2:
        return None
    size = _parameter_bytes(buffer)
    if size is None:
        return None
    if size > ORDER_BYTES_MAX:
        return Order(_take(buffer, 1))
    if len(buffer) < 2 + size:
        return None
    name = _take(buffer, 2)
    return Order(name, _take(buffer, size))


def _letters(buffer: bytearray) -> Letters:
    end = next((index for index, byte in enumerate(buffer) if byte in CONTROL), len(buffer))
    return Letters(_take(buffer, end))


def _take(buffer: bytearray, size: int) -> bytes:
    taken = bytes(buffer[:size])
    del buffer[:size]
    return taken


def _parameter_bytes(buffer: bytearray) -> int | None:
    """Bytes after the two of the name; None when not enough is here to know."""
    name, rest = bytes(buffer[:2]), buffer[2:8]
    match name:
        case b"\x1dv":
            return 6 + _pair(rest, 2) * _pair(rest, 4) if len(rest) >= 6 else None
        case b"\x1d(" | b"\x1c(":
            return 3 + _pair(rest, 1) if len(rest) >= 3 else None
        case b"\x1d8":
            return 5 + _pair(rest, 1) + (_pair(rest, 3) << 16) if len(rest) >= 5 else None
        case b"\x1b*":
            return 3 + _pair(rest, 1) * (3 if rest[0] >= 32 else 1) if len(rest) >= 3 else None
        case b"\x1dV":
            return (2 if rest[0] in (65, 66, 97, 98, 103, 104) else 1) if rest else None
        case b"\x10\x14":
            return {1: 3, 2: 3, 3: 2, 7: 2, 8: 8}.get(rest[0], 1) if rest else None
        case b"\x1dk":
            return _barcode_bytes(buffer)
        case b"\x1bD":
            return _until_zero(buffer, 2)
        case _:
            return PARAMETERS.get(name, 0)


def _barcode_bytes(buffer: bytearray) -> int | None:
    if len(buffer) < 4:
        return None
    return 2 + buffer[3] if buffer[2] >= 65 else _until_zero(buffer, 3)


def _until_zero(buffer: bytearray, start: int) -> int | None:
    end = buffer.find(0, start)
    return None if end < 0 else end - 1


def _pair(data: bytearray, index: int) -> int:
    return data[index] | data[index + 1] << 8
