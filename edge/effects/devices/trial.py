"""The test print: what a newcomer looks at to see that the right printer does the right thing; no ticket. Pure."""

import msgspec

from shared.paper.document import Band, Columns, Cut, Document, Qr, Rule, Text

LETTERS = "€ £ æøå ÄÖÜß çéñ Ω"
RULER = "1234567890"


class PrinterWords(msgspec.Struct, frozen=True):
    """What the paper says of the printer; `columns` is how many letters its model has on a line."""

    unit_name: str
    printer_name: str
    model: str
    line: str
    roles: str
    columns: int
    printed_text: str


def trial_page(view: PrinterWords) -> Document:
    """One slip; the ruler fills one line exactly, so a wrong width shows at once."""
    ruler = (RULER * (view.columns // len(RULER) + 1))[: view.columns]
    return Document(
        (
            Text("TEST PRINT", align="center", bold=True, size="large"),
            Text("No ticket. It takes part in nothing.", align="center"),
            Rule(),
            Columns("Unit", view.unit_name),
            Columns("Printer", view.printer_name),
            Columns("Model", view.model),
            Columns("Line", view.line),
            Columns("Prints", view.roles),
            Columns("Printed", view.printed_text),
            Rule(),
            Text(f"This line is full, and no longer ({view.columns}):"),
            Text(ruler),
            Text(LETTERS, align="center"),
            Band("BLACK FROM EDGE TO EDGE"),
            Qr("TILLHOUSE TEST PRINT"),
            Cut(),
        )
    )
