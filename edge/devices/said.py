"""Texts that devices and strangers on the network say of themselves: made fit to be shown, never believed."""

import unicodedata

TEXT_LETTERS_MAX = 60


def shown(text: str, letters_max: int = TEXT_LETTERS_MAX) -> str:
    """One line without letters that steer (control, direction, private use), its gaps single, cut with an ellipsis."""
    visible = "".join(_visible(letter) for letter in text[: 8 * letters_max])
    line = " ".join(visible.split())
    return line if len(line) <= letters_max else line[: letters_max - 1].rstrip() + "…"


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind[0] == "Z" or letter in "\t\r\n":
        return " "
    return "" if kind[0] == "C" else letter
