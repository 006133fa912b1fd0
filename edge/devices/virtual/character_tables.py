"""Bytes as letters: the character tables that `ESC t` chooses by the profile's numbers, and the double-byte mode."""

import codecs
from functools import cache

from firmware_profiles import PrinterProfile

START = "CP437"
"""What every printer starts with."""
KATAKANA = (
    "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯\u00a0"
    + "".join(map(chr, range(0xFF61, 0xFFA0)))
    + "═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▒\u00a0"
)
"""0x80 to 0xFF of the table with lines and half-width katakana, which Python has no codec for."""
assert len(KATAKANA) == 128
SHIFT_JIS, CHINESE = "cp932", "gb18030"


def table_of(profile: PrinterProfile, number: int) -> str:
    """The name of the table with this number; the one of the start where the profile has no such."""
    named = dict(profile.code_pages or ())
    named.setdefault(profile.code_page.number, profile.code_page.name)
    return named.get(number, START)


def letters_of(data: bytes, table: str) -> str:
    """The letters; a byte that the table has no letter for is U+FFFD."""
    if table == "KATAKANA":
        return "".join(chr(byte) if byte < 0x80 else KATAKANA[byte - 0x80] for byte in data)
    return data.decode(_codec(table), errors="replace")


@cache
def _codec(table: str) -> str:
    try:
        return codecs.lookup(table.lower()).name
    except LookupError:
        return "ascii"
