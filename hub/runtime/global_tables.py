"""Tables that belong to no single organisation, each with its reason (design §8).

The app and the worker hold no right on them: they are reached by SECURITY DEFINER functions that return one person's
or one node's row. Whatever is not in here must be bound to its organisation; catalogue.py checks both.
"""

GLOBAL_TABLES: dict[str, str] = {
    "directory.organization": "found by its name or a node's before anybody knows which organisation is meant",
    "directory.node": "a node proves itself by its key before its organisation is known",
    "directory.pairing": "a unit shows its secret before its organisation is known",
    "staff_access.person": "one person may work for several organisations with one login",
    "staff_access.session": "a session's token hash is looked up before the organisation is known",
    "migrations.alembic_version": "the state of the schema itself; only the owner reads and writes it",
}
