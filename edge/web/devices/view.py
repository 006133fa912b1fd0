"""What the virtual printer's page shows: the paper that came out, and the troubles it can be told to have."""

import msgspec


class PaperView(msgspec.Struct, frozen=True):
    """One picture of paper, newest first; `number` is the n of /virtual-printer/paper/<n>.png, sizes in dots."""

    number: int
    width: int
    height: int
    description: str


class VirtualPrinterView(msgspec.Struct, frozen=True):
    """`state` is a word for people; `trouble` the one in force ("" for none) out of `troubles` (value, sentence)."""

    unit: str
    state: str
    is_out: bool
    trouble: str
    troubles: tuple[tuple[str, str], ...]
    papers: tuple[PaperView, ...]
