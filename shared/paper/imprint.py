"""What an organisation puts on every slip beside its name: logo, licence lines, responsible-gambling line (2.3.4)."""

import msgspec

from shared.paper.document import Element, Picture, Rule, Text


class Imprint(msgspec.Struct, frozen=True, cache_hash=True):
    """`logo` is a PNG of `shared/paper/logo.py` or empty."""

    logo: bytes = b""
    licence_lines: tuple[str, ...] = ()
    responsible_line: str = ""


NO_IMPRINT = Imprint()


def opening(imprint: Imprint) -> tuple[Element, ...]:
    """What stands above everything else."""
    return (Picture(imprint.logo),) if imprint.logo else ()


def licences(imprint: Imprint) -> tuple[Element, ...]:
    """What stands under the licence number."""
    return tuple(Text(line, align="center") for line in imprint.licence_lines)


def closing(imprint: Imprint) -> tuple[Element, ...]:
    """What stands below everything else, apart from it."""
    return (Rule(), Text(imprint.responsible_line, align="center")) if imprint.responsible_line else ()
