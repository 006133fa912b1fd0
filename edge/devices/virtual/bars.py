"""The virtual printer's own barcodes (`GS k`): content as modules, 1 is a bar. Written from the tables of the

symbologies (ISO/IEC 15417, 15420, 16388, 16390; AIM USS-93, USS Codabar), with no code of any encoder.
"""

from collections.abc import Callable, Iterable

from edge.devices.virtual.bar_tables import (
    CODABAR,
    CODE_39,
    CODE_93,
    CODE_93_LETTERS,
    CODE_93_START,
    CODE_128,
    CODE_128_STOP,
    EAN_LEFT,
    EAN_PARITY,
    ITF,
    UPC_E_PARITY,
)

WIDE = 3
START_A, SHIFT, TO_C, TO_B, TO_A, FNC = 103, 98, 99, 100, 101, {"1": 102, "2": 97, "3": 96}
SETS = {"A": START_A, "B": 104, "C": 105}


def bars_of(kind: str, data: bytes) -> str:
    """The modules of one symbol, quiet zones not included; empty where the content is not allowed in it."""
    try:
        return DRAWN[kind](data)
    except (KeyError, ValueError, IndexError):
        return ""


def ean13(data: bytes) -> str:
    """Twelve digits, or thirteen with the check digit."""
    digits = _with_check(_digits(data, 12))
    halves = zip(digits[1:7], EAN_PARITY[digits[0]], strict=True)
    return f"101{''.join(_left(digit, way) for digit, way in halves)}01010{_right(digits[7:])}101"


def ean8(data: bytes) -> str:
    """Seven digits, or eight with the check digit."""
    digits = _with_check(_digits(data, 7))
    return f"101{''.join(_left(digit, 'L') for digit in digits[:4])}01010{_right(digits[4:])}101"


def upc_a(data: bytes) -> str:
    """Eleven digits, or twelve with the check digit: EAN-13 with a leading zero."""
    return ean13(b"0" + data[:11])


def upc_e(data: bytes) -> str:
    """Eleven digits of a UPC-A that can be shortened, or the short form of six to eight digits itself."""
    digits = _digits(data, 11) if len(data) >= 11 else _lengthened(_digits(data, min(len(data), 7)))
    check = _with_check([0, *digits])[-1]
    halves = zip(_shortened(digits), UPC_E_PARITY[check], strict=True)
    return f"101{''.join(_left(digit, way) for digit, way in halves)}010101"


def code39(data: bytes) -> str:
    """Start and stop are added where the sender left them out."""
    text = f"*{data.decode('ascii').strip('*')}*"
    return "0".join(_elements(CODE_39[letter]) for letter in text)


def codabar(data: bytes) -> str:
    """The sender gives start and stop (A to D)."""
    return "0".join(_elements(CODABAR[letter]) for letter in data.decode("ascii").upper())


def itf(data: bytes) -> str:
    """Pairs of digits; an odd one at the end is left out."""
    digits = _digits(data, len(data) // 2 * 2)
    pairs = zip(digits[::2], digits[1::2], strict=True)
    woven = "".join(bar + gap for left, right in pairs for bar, gap in zip(ITF[left], ITF[right], strict=True))
    return f"1010{_elements(woven)}{_elements('wnn')}"


def code93(data: bytes) -> str:
    """Capital letters, digits and seven signs, with both check letters."""
    values = [CODE_93_LETTERS.index(letter) for letter in data.decode("ascii")]
    for weight_max in (20, 15):
        values.append(sum(value * (step % weight_max + 1) for step, value in enumerate(reversed(values))) % 47)
    return f"{_runs(CODE_93_START)}{''.join(_runs(CODE_93[value]) for value in values)}{_runs(CODE_93_START)}1"


def code128(data: bytes) -> str:
    """`{A`, `{B`, `{C` choose the set, `{S` shifts one letter, `{1` to `{3` are functions, `{{` is a brace."""
    values = _code128_values(data)
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return "".join(_runs(CODE_128[value]) for value in (*values, check)) + _runs(CODE_128_STOP)


def _code128_values(data: bytes) -> list[int]:
    if data[:1] != b"{":
        raise ValueError("a set is chosen first")
    now, values = chr(data[1]), [SETS[chr(data[1])]]
    rest, shifted = list(data[2:]), False
    while rest:
        byte = rest.pop(0)
        if byte == ord("{") and rest[0] != ord("{"):
            order = chr(rest.pop(0))
            shifted = order == "S"
            values.append(_code128_order(order, now))
            now = order if order in SETS else now
            continue
        if byte == ord("{"):
            rest.pop(0)
        values.append(_code128_value(byte, {"A": "B", "B": "A"}[now] if shifted else now))
        shifted = False
    return values


def _code128_order(order: str, now: str) -> int:
    if order == "4":
        return {"A": TO_A, "B": TO_B}[now]
    return {"A": TO_A, "B": TO_B, "C": TO_C, "S": SHIFT, **FNC}[order]


def _code128_value(byte: int, now: str) -> int:
    allowed = {"A": range(96), "B": range(32, 128), "C": range(100)}[now]
    if byte not in allowed:
        raise ValueError("not in this set")
    if now == "C":
        return byte
    return byte - 32 if byte >= 32 else byte + 64


def _digits(data: bytes, count: int) -> list[int]:
    digits = [int(letter) for letter in data.decode("ascii")[:count]]
    if len(digits) < count or not digits:
        raise ValueError("too few digits")
    return digits


def _with_check(digits: list[int]) -> list[int]:
    return [*digits, -sum(digit * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10]


def _left(digit: int, way: str) -> str:
    if way == "L":
        return EAN_LEFT[digit]
    return _right([digit])[::-1]


def _right(digits: Iterable[int]) -> str:
    return "".join(EAN_LEFT[digit].translate({48: "1", 49: "0"}) for digit in digits)


def _shortened(upc: list[int]) -> list[int]:
    """The six digits of a UPC-E (GS1 General Specifications 5.2.2.4)."""
    maker, item = upc[1:6], upc[6:11]
    if maker[2] in (0, 1, 2) and maker[3:] == [0, 0] and item[:2] == [0, 0]:
        return [*maker[:2], *item[2:], maker[2]]
    if maker[3:] == [0, 0] and item[:3] == [0, 0, 0]:
        return [*maker[:3], *item[3:], 3]
    if maker[4] == 0 and item[:4] == [0, 0, 0, 0]:
        return [*maker[:4], item[4], 4]
    if item[:4] == [0, 0, 0, 0] and item[4] >= 5:
        return [*maker, item[4]]
    raise ValueError("cannot be shortened")


def _lengthened(short: list[int]) -> list[int]:
    a, b, c, d, e, last = short[-6:]
    if last <= 2:
        return [0, a, b, last, 0, 0, 0, 0, c, d, e]
    if last == 3:
        return [0, a, b, c, 0, 0, 0, 0, 0, d, e]
    return [0, a, b, c, d, 0, 0, 0, 0, 0, e] if last == 4 else [0, a, b, c, d, e, 0, 0, 0, 0, last]


def _elements(widths: str) -> str:
    """Wide and narrow ones in turn, a bar first."""
    return "".join(("1", "0")[place % 2] * (WIDE if width == "w" else 1) for place, width in enumerate(widths))


def _runs(widths: str) -> str:
    return "".join(("1", "0")[place % 2] * int(width) for place, width in enumerate(widths))


DRAWN: dict[str, Callable[[bytes], str]] = {
    "upc-a": upc_a,
    "upc-e": upc_e,
    "ean13": ean13,
    "ean8": ean8,
    "code39": code39,
    "itf": itf,
    "codabar": codabar,
    "code93": code93,
    "code128": code128,
}
