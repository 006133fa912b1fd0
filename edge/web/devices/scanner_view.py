"""What the virtual scanner's page shows: how it is, what became of its last scans, what it can be told to have."""

from typing import Literal

import msgspec

Level = Literal["done", "attn", "stop", "calm"]


class ScanView(msgspec.Struct, frozen=True):
    """One scan: the number as the unit read it (empty where it read none), and what became of it."""

    number: str
    said: str
    level: Level


class VirtualScannerView(msgspec.Struct, frozen=True):
    """`state` is a word for people; `text` stands in the field; `trouble` is in force ("" for none) of `troubles`.

    `device` names one of several virtual scanners; empty for the first.
    """

    unit: str
    device: str
    state: str
    is_well: bool
    problem: str
    text: str
    refused: str
    scans: tuple[ScanView, ...]
    trouble: str
    troubles: tuple[tuple[str, str], ...]
