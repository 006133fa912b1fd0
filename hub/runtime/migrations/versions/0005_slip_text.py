"""What slips carry beside the organisation's name: logo, licence lines, responsible-gambling line."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
STATEMENTS = Path(__file__).parent / "slip_text"


def upgrade() -> None:
    """Add the table; no organisation has a row in it yet."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    for path in sorted(STATEMENTS.glob("*.sql")):
        connection.execute(path.read_bytes())
