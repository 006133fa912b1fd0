"""Alembic's door to the edge's database: the connection is handed in by `database.migrate`."""

from alembic import context

from edge.runtime.tables import EdgeTable

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=EdgeTable.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
