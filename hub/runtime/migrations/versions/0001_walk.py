"""Walk: journal, feed, directory, logins; rows of identity and raffle with their constraints; row-level security."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what Walk needs; the statements stand beside this file and go to the server as they are."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())
