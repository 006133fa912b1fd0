"""A phone number as people type it, read once into E.164: `+447700900123`. Pure (decision 0015).

It is read for one purpose: that the same phone always gives the same text, so that its digest finds the same person.
Whether the number is assigned to anybody is not asked.
"""

import re

from shared.kernel.errors import InputRefused

DIGITS_MIN, DIGITS_MAX = 8, 15
"""With the country code (ITU-T E.164 6.2.1: fifteen at most)."""
NORTH_AMERICA, ITALY, RUSSIA, HUNGARY = "1", "39", "7", "36"
NORTH_AMERICA_DIGITS = 11
TYPED_LETTERS_MAX = 40
_ALLOWED = re.compile(r"\+?[0-9 ()./\u00a0\u2010-\u2013-]+")
_FIELD = "Phone"


def parse_phone(text: str, code: str) -> str:
    """The number in E.164; `code` is the country calling code of a number typed without one (empty: none is known).

    InputRefused for anything else; the sentence never repeats what was typed, since sentences reach logs.
    """
    typed = text.strip()
    if len(typed) > TYPED_LETTERS_MAX or not _ALLOWED.fullmatch(typed):
        raise _refused("type digits, with + before a country code, or leave it empty")
    digits = re.sub(r"[^0-9]", "", _without_trunk_hint(typed))
    found = digits if typed.startswith("+") else _with_code(digits, code)
    if not DIGITS_MIN <= len(found) <= DIGITS_MAX or found.startswith("0"):
        raise _refused(
            f"it has {DIGITS_MIN} to {DIGITS_MAX} digits with its country code; ask again, or leave it empty"
        )
    if found.startswith(NORTH_AMERICA) and len(found) != NORTH_AMERICA_DIGITS:
        raise _refused("a number of North America has ten digits; ask again, or leave it empty")
    return f"+{found}"


def _without_trunk_hint(typed: str) -> str:
    """`+44 (0)20 …`: the zero in brackets is dialled inside the country alone."""
    return typed.replace("(0)", "", 1) if typed.startswith(("+", "00")) else typed


def _with_code(digits: str, code: str) -> str:
    if digits.startswith("00"):
        return digits[2:]
    if code == NORTH_AMERICA and digits.startswith("011"):
        return digits[3:]
    if not code:
        raise _refused("begin it with + and the country code, or leave it empty")
    if code == NORTH_AMERICA:
        return digits if len(digits) == NORTH_AMERICA_DIGITS else code + digits
    return code + _without_trunk(digits, code)


def _without_trunk(digits: str, code: str) -> str:
    """What is dialled before a number inside the country only: `0` nearly everywhere, nothing in Italy."""
    if code == ITALY:
        return digits
    if code == RUSSIA:
        return digits[1:] if digits.startswith("8") and len(digits) == 11 else digits
    if code == HUNGARY:
        return digits.removeprefix("06")
    return digits.removeprefix("0")


def _refused(problem: str) -> InputRefused:
    return InputRefused(field=_FIELD, problem=problem)
