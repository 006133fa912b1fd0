"""What goes wrong with a connection, by seed alone: one draw for each connection, whoever else is under way. Pure."""

from random import Random
from typing import Literal

import msgspec

Kind = Literal["calm", "delay", "reset", "half_open", "slow", "cut", "double"]
KINDS: tuple[Kind, ...] = ("calm", "delay", "reset", "half_open", "slow", "cut", "double")
WEIGHTS = (30, 14, 14, 6, 10, 12, 14)
LIFE_S = (0.5, 4.0)
"""A healthy connection would be kept for the whole night and meet no second draw, so each has an end of its own."""
HALF_OPEN_S = (0.5, 11.0)
"""Up to a little longer than an edge waits for an answer."""
DELAY_S = (0.02, 0.4)
SLOW_BYTES_PER_S = (1_000, 40_000)
CUT_BYTES = (0, 6_000)
AGAIN_S = (0.0, 0.5)


class Fault(msgspec.Struct, frozen=True):
    """One connection's fate; it ends after `life_s` whatever else happens.

    delay      every chunk waits `pause_s`
    reset      at the end of its life both sides get an RST
    half_open  accepted, and nothing is ever said; `early`: not even the TLS handshake
    slow       `bytes_per_s` each way
    cut        closed after `after_bytes` of what goes up (or, with `down`, of what comes down)
    double     what goes up is sent `pause_s` later once more, on a second connection, whose answers nobody hears
    """

    kind: Kind
    life_s: float
    pause_s: float = 0.0
    bytes_per_s: int = 0
    after_bytes: int = 0
    early: bool = False
    down: bool = False


CALM = Fault("calm", life_s=3_600.0)


def draw(chance: Random, weights: tuple[int, ...] = WEIGHTS) -> Fault:
    """The fate of one connection."""
    kind = chance.choices(KINDS, weights)[0]
    life_s = chance.uniform(*(HALF_OPEN_S if kind == "half_open" else LIFE_S))
    pauses = {"delay": DELAY_S, "double": AGAIN_S}
    return Fault(
        kind,
        life_s,
        pause_s=chance.uniform(*pauses.get(kind, (0.0, 0.0))),
        bytes_per_s=int(chance.uniform(*SLOW_BYTES_PER_S)) if kind == "slow" else 0,
        after_bytes=int(chance.uniform(*CUT_BYTES)) if kind == "cut" else 0,
        early=chance.random() < 0.5,
        down=chance.random() < 0.5,
    )


def fault_at(seed: int, line: str, place: int, weights: tuple[int, ...] = WEIGHTS) -> Fault:
    """The fate of a line's connection number `place`: the same seed, the same fate, in whatever order lines connect."""
    return draw(Random(f"{seed}/{line}/{place}"), weights)
