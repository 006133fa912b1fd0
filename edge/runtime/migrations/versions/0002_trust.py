"""Trust: standing, receipts, checkpoints, clock, vault, rows of cases; one file of statements a subject."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
STATEMENTS = Path(__file__).parent / "trust"


def upgrade() -> None:
    """Add what Trust needs; the statements stand in the folder beside this file."""
    for path in sorted(STATEMENTS.glob("*.sql")):
        for statement in path.read_text().strip().removesuffix(";").split(";\n\n"):
            op.execute(statement)
