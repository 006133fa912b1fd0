"""What paper must say of itself before lines can stand on it; the firmware profile of a printer says it."""

from typing import Protocol


class Face(Protocol):
    """A built-in font: its cell in dots at size one."""

    @property
    def width_dots(self) -> int:
        """How wide."""

    @property
    def height_dots(self) -> int:
        """How high."""


class Faces(Protocol):
    """The two built-in fonts that every printer has."""

    @property
    def a(self) -> Face:
        """The larger one."""

    @property
    def b(self) -> Face:
        """The smaller one."""


class Sheet(Protocol):
    """Paper under a print head."""

    @property
    def paper_dots(self) -> int:
        """The paper from edge to edge."""

    @property
    def print_dots(self) -> int:
        """What the head reaches of it."""

    @property
    def line_dots(self) -> int:
        """From one line to the next."""

    @property
    def size_max(self) -> int:
        """The largest multiple of a font."""

    @property
    def fonts(self) -> Faces:
        """The built-in fonts."""

    @property
    def columns(self) -> int:
        """Letters of font A on one line."""

    def dots(self, mm: float) -> int:
        """So many millimetres in dots."""
