"""How numbers are written for people and for paper (handbook, page on words)."""


def in_threes(number: int) -> str:
    """`104231` as `104 231`; six digits at least, so that a column of them lines up."""
    return f"{number:07,}".replace(",", " ")


def range_text(first: int, last: int, *, dash: str = "–") -> str:
    """`104 231 – 104 240`; a hyphen as dash on paper; one number stands alone."""
    return in_threes(first) if first == last else f"{in_threes(first)} {dash} {in_threes(last)}"


def in_fours(text: str) -> str:
    """A validation number as people read it: `7KQ4-M2XT-…`."""
    return "-".join([text[i : i + 4] for i in range(0, len(text), 4)])
