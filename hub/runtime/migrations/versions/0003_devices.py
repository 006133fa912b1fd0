"""Devices: what units have, their troubles, slips printed again or voided, drawers; a file of statements a subject."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
STATEMENTS = Path(__file__).parent / "devices"


def upgrade() -> None:
    """Add what Devices needs; the statements stand in the folder beside this file and go to the server as they are."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    for path in sorted(STATEMENTS.glob("*.sql")):
        connection.execute(path.read_bytes())
