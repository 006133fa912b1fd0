"""The DDL that binds a table to its organisation, as text for migrations.

Migrations are committed history: what these functions return for given arguments never changes (a test holds the
words); a new rule is a new function. All statements are run by the owner.

The setting `tillhouse.org` names the organisation of a transaction (tenant.py). Unset, or empty as Postgres leaves it
after a transaction that had it, it equals no row: nothing is seen, nothing can be written, and nothing fails. The
backup role gets no grants here: it reads through `pg_read_all_data` (roles.py).
"""

import re

from hub.runtime.roles import APP, WORKER

TENANT_SETTING = "tillhouse.org"
TENANT_RULE = "org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)"
"""The sub-select makes Postgres read the setting once a statement instead of once a row."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


def schema_ddl(schema: str) -> str:
    """A slice's schema, which the app and the worker may look into."""
    return f"create schema {_checked(schema)};\ngrant usage on schema {schema} to {APP}, {WORKER};"


def tenant_table_ddl(table: str, app: str = "select, insert, update, delete", worker: str | None = None) -> str:
    """Bind `table` (`slice.table`, also a partition) to its organisation and grant the two roles what they may do.

    `worker` gets the same rights as `app` unless said otherwise; an empty string grants none. A journal is
    append-only with `app="select, insert"`.
    """
    lines = [
        f"alter table {_checked(table)} enable row level security;",
        f"alter table {table} force row level security;",
        f"create policy tenant on {table} using ({TENANT_RULE}) with check ({TENANT_RULE});",
    ]
    return "\n".join(lines + _grants(table, app, app if worker is None else worker))


def tenant_view_ddl(view: str, query: str) -> str:
    """A view that sees what its reader may see, not what its owner may."""
    made = f"create view {_checked(view)} with (security_invoker = true) as\n{query.strip().rstrip(';')};"
    return "\n".join([made, *_grants(view, "select", "select")])


def global_table_ddl(table: str) -> str:
    """Close a table of `global_tables.py` to every role; only the functions of `definer_function_ddl` reach it."""
    return f"revoke all on table {_checked(table)} from public, {APP}, {WORKER};"


def definer_function_ddl(
    name: str, arguments: str, returns: str, body: str, *, schema: str, volatility: str = "volatile", to: str = APP
) -> str:
    """An SQL function that runs with the owner's rights, for the roles `to` only.

    `pg_temp` stands last in its search path: first, as Postgres has it by default, a caller's temporary table could
    pose as the real one. Parameters in `arguments` are written `name type`, without defaults and commas
    inside types.
    """
    types = ", ".join(part.strip().split(None, 1)[1] for part in arguments.split(",")) if arguments.strip() else ""
    signature = f"{_checked(name)}({types})"
    return "\n".join(
        [
            f"create function {name}({arguments}) returns {returns}",
            f"language sql {volatility} security definer set search_path = {_checked(schema)}, pg_temp",
            f"as $body$\n{body.strip()}\n$body$;",
            f"revoke all on function {signature} from public;",
            f"grant execute on function {signature} to {to};",
        ]
    )


def _grants(table: str, app: str, worker: str) -> list[str]:
    pairs = ((APP, app), (WORKER, worker))
    return [f"grant {rights} on table {table} to {role};" for role, rights in pairs if rights]


def _checked(name: str) -> str:
    assert _NAME.fullmatch(name), f"not a plain name: {name}"
    return name
