"""Devices out of service, and slips that somebody saw come out; a file of statements beside this one."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
STATEMENTS = Path(__file__).parent / "out_of_service"


def upgrade() -> None:
    """Add the columns, and let a slip be confirmed; every row stays."""
    for path in sorted(STATEMENTS.glob("*.sql")):
        for statement in path.read_text().strip().removesuffix(";").split(";\n\n"):
            op.execute(statement)
