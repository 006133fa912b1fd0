"""How many cells letters take on paper, how lines break, and which typographic signs have a plain twin."""

import unicodedata

PLAIN_TWINS = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\t": " ",
    }
)
JOINERS = "\u200c\u200d"
"""Signs without a shape that say whether the letters beside them join: spelling in Hindi, Persian and others."""
NO_CELL = ("Mn", "Me")


def plain(text: str) -> str:
    """The text in one normal form, with paper's own hyphens and quotes and without control characters."""
    composed = unicodedata.normalize("NFC", text).translate(PLAIN_TWINS)
    return "".join(letter for letter in composed if letter in JOINERS or unicodedata.category(letter)[0] != "C")


def letter_cells(letter: str) -> int:
    """Cells of one letter: two for the wide ones of East Asia, none for a mark that combines."""
    if letter.isascii():
        return 1
    if unicodedata.combining(letter) or unicodedata.category(letter) in NO_CELL or letter in JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cells(text: str) -> int:
    """Cells of the whole text."""
    return sum(letter_cells(letter) for letter in text)


def wrap(text: str, columns: int) -> list[str]:
    """Break at spaces into lines of at most `columns` cells; a longer word is broken inside."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cells(joined) <= columns:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, columns)
        lines.extend(full)
    return [*lines, line]


def balanced(text: str, columns: int) -> list[str]:
    """As few lines as `wrap` makes, but of like length: centred, the last word never stands alone."""
    lines = wrap(text, columns)
    if len(lines) == 1:
        return lines
    narrowest = -(-cells(text) // len(lines))
    fewest = (wrap(text, width) for width in range(narrowest, columns))
    return next((found for found in fewest if len(found) == len(lines)), lines)


def _pieces(word: str, columns: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if cells(pieces[-1]) + letter_cells(letter) > columns:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def aligned(text: str, columns: int, align: str) -> str:
    """The text with spaces on both sides so that it takes exactly `columns` cells."""
    spare = max(columns - cells(text), 0)
    left = {"left": 0, "center": spare // 2, "right": spare}[align]
    return " " * left + text + " " * (spare - left)
