"""Alembic's door to the hub's database: the connection is handed in by `migrate`."""

from alembic import context

from hub.runtime.tables import HubTable

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=HubTable.metadata,
    include_schemas=True,
    version_table_schema="migrations",
)
with context.begin_transaction():
    context.run_migrations()
