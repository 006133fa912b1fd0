"""Reads the database's own catalogue and names everything that could show one organisation's rows to another.

Every table, partition, view and function outside the system's schemas and the extensions is looked at, so a migration
that forgets its row-level security is found by the next test run, not by a customer. An empty answer means:

- a table has `org_id` first in its primary key and in every unique index, and in its exclusion constraints; foreign
  keys between such tables lead from `org_id` to `org_id`; row-level security is on and forced, with the rule of
  row_security.py as a policy for everybody and no other permissive one; app and worker cannot truncate it;
- or it stands in `global_tables.py`, and then app and worker hold no right on it;
- a view is a security invoker; a materialised view or foreign table is global, for no policy can bind it;
- a SECURITY DEFINER function sets its search path, with `pg_temp` last, and is not a superuser's.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from hub.runtime.catalogue_sql import FUNCTIONS, KEYS, POLICIES, RELATIONS
from hub.runtime.global_tables import GLOBAL_TABLES
from hub.runtime.roles import APP, WORKER

TABLE_KINDS = ("r", "p")
VIEW_KIND = "v"
# As Postgres 15 to 18 print TENANT_RULE back, without spaces.
TENANT_RULE_PRINTED = re.compile(
    r"""\(org_id=\(SELECT\(NULLIF\(current_setting\('tillhouse\.org'::text,true\),''::text\)\)::uuidAS"?nullif"?\)\)"""
)


def catalogue_faults(
    connection: Connection[tuple[Any, ...]], global_tables: Mapping[str, str] = GLOBAL_TABLES
) -> list[str]:
    """One sentence for each fault, sorted; the connection may be of any role that may log in."""
    faults: list[str] = []
    relations = _rows(connection, RELATIONS)
    bound = {row["name"] for row in relations if row["kind"] in TABLE_KINDS and row["name"] not in global_tables}
    for row in relations:
        faults.extend(_relation_faults(row, is_global=row["name"] in global_tables))
    for row in _rows(connection, KEYS):
        if row["name"] in bound:
            faults.extend(_key_faults(row, leads_to_bound=row["leads_to"] in bound))
    faults.extend(_policy_faults(_rows(connection, POLICIES), bound))
    for row in _rows(connection, FUNCTIONS):
        faults.extend(_function_faults(row))
    return sorted(faults)


def _rows(connection: Connection[tuple[Any, ...]], query: str) -> list[DictRow]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), {"roles": [APP, WORKER]}).fetchall()


def _relation_faults(row: DictRow, *, is_global: bool) -> Iterator[str]:
    name, kind = row["name"], row["kind"]
    if is_global:
        for right in row["rights"]:
            yield f"{name}: it is global, yet {right} is granted"
    elif kind == VIEW_KIND:
        if not row["is_invoker"]:
            yield f"{name}: the view is not security_invoker"
    elif kind not in TABLE_KINDS:
        yield f"{name}: no policy can bind a materialised view or foreign table; list it as global and close it"
    else:
        yield from _table_faults(row)


def _table_faults(row: DictRow) -> Iterator[str]:
    name = row["name"]
    if not row["has_primary_key"]:
        yield f"{name}: there is no primary key"
    if not row["is_secured"]:
        yield f"{name}: row-level security is off"
    if not row["is_forced"]:
        yield f"{name}: row-level security is not forced, so the owner is not bound"
    for right in row["rights"]:
        if right.endswith((" truncate", " references", " trigger")):
            yield f"{name}: {right} is granted, which no policy binds"


def _key_faults(row: DictRow, *, leads_to_bound: bool) -> Iterator[str]:
    """A unique index or primary key (`u`), an exclusion constraint (`x`) or a foreign key (`f`)."""
    name, key, columns = row["name"], row["key"], row["columns"]
    if row["type"] == "u" and columns[0] != "org_id":
        yield f"{name}: the unique index {key} does not begin with org_id"
    if row["type"] == "x" and ("org_id", "=") not in zip(columns, row["partners"], strict=True):
        yield f"{name}: the exclusion constraint {key} does not compare org_id"
    if row["type"] == "f" and leads_to_bound and ("org_id", "org_id") not in zip(columns, row["partners"], strict=True):
        yield f"{name}: the foreign key {key} may lead to another organisation"


def _policy_faults(policies: list[DictRow], bound: set[str]) -> Iterator[str]:
    binding = {row["name"] for row in policies if row["is_for_everybody"] and _binds(row)}
    for name in bound - binding:
        yield f"{name}: no policy binds everybody to tillhouse.org"
    for row in policies:
        if row["name"] in bound and not _binds(row):
            yield f"{row['name']}: the policy {row['policy']} lets rows of other organisations through"


def _binds(policy: DictRow) -> bool:
    rules = [rule for rule in (policy["reads"], policy["writes"]) if rule is not None]
    return bool(rules) and all(TENANT_RULE_PRINTED.fullmatch(re.sub(r"\s", "", rule)) for rule in rules)


def _function_faults(row: DictRow) -> Iterator[str]:
    path = row["search_path"]
    if path is None:
        yield f"{row['name']}: the SECURITY DEFINER function does not set search_path"
    elif path not in ("", '""') and path.split(",")[-1].strip() != "pg_temp":
        yield f"{row['name']}: the SECURITY DEFINER function does not name pg_temp last in its search_path"
    if row["is_boundless"]:
        yield f"{row['name']}: the SECURITY DEFINER function belongs to a role that no policy binds"
