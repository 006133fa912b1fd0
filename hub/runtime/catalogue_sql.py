"""The queries behind catalogue.py, over Postgres' system catalogue (versions 15 to 18).

`ours` leaves out the system's schemas, sessions' temporary tables and whatever an extension brought along.
"""

_OURS = """
    {alias}.{namespace} in (
        select oid from pg_namespace
        where nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and nspname !~ '^pg_(toast_)?temp_'
    )
    and not exists (
        select from pg_depend
        where pg_depend.objid = {alias}.oid and deptype = 'e' and classid = '{catalogue}'::regclass
    )
"""
_OUR_RELATIONS = _OURS.format(alias="c", namespace="relnamespace", catalogue="pg_class")
_OUR_FUNCTIONS = _OURS.format(alias="p", namespace="pronamespace", catalogue="pg_proc")
_NAME = "(select nspname from pg_namespace where oid = {0}.relnamespace) || '.' || {0}.relname"

RELATIONS = f"""
select {_NAME.format("c")} as name, c.relkind::text as kind,
    c.relrowsecurity as is_secured, c.relforcerowsecurity as is_forced,
    exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as has_primary_key,
    coalesce((select option_value::boolean from pg_options_to_table(c.reloptions)
        where option_name = 'security_invoker'), false) as is_invoker,
    array(
        select r.rolname || ' ' || word
        from pg_roles r, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) word
        where r.rolname = any(%(roles)s) and (
            has_table_privilege(r.oid, c.oid, word)
            or word in ('select', 'insert', 'update', 'references') and has_any_column_privilege(r.oid, c.oid, word)
        )
        order by 1
    ) as rights
from pg_class c
where c.relkind in ('r', 'p', 'v', 'm', 'f') and {_OUR_RELATIONS}
"""

# Columns of a key and what each is compared with: an exclusion's operators, a foreign key's columns over there.
KEYS = f"""
select {_NAME.format("c")} as name, k.relname as key, 'u' as type, null as leads_to, array[]::text[] as partners,
    array(select pg_get_indexdef(i.indexrelid, n, true) from generate_series(1, i.indnkeyatts) n) as columns
from pg_class c join pg_index i on i.indrelid = c.oid join pg_class k on k.oid = i.indexrelid
where i.indisunique and {_OUR_RELATIONS}
union all
select {_NAME.format("c")}, o.conname, o.contype::text,
    (select {_NAME.format("far")} from pg_class far where far.oid = o.confrelid),
    case o.contype
        when 'x' then array(select oprname::text from unnest(o.conexclop) with ordinality u(op, n)
            join pg_operator on pg_operator.oid = op order by n)
        else array(select attname::text from unnest(o.confkey) with ordinality u(col, n)
            join pg_attribute on attrelid = o.confrelid and attnum = col order by n)
    end,
    array(select coalesce(attname::text, '') from unnest(o.conkey) with ordinality u(col, n)
        left join pg_attribute on attrelid = o.conrelid and attnum = col order by n)
from pg_class c join pg_constraint o on o.conrelid = c.oid
where o.contype in ('x', 'f') and {_OUR_RELATIONS}
"""

POLICIES = f"""
select {_NAME.format("c")} as name, y.polname as policy,
    y.polroles = array[0]::oid[] and y.polcmd = '*' as is_for_everybody,
    pg_get_expr(y.polqual, y.polrelid) as reads, pg_get_expr(y.polwithcheck, y.polrelid) as writes
from pg_class c join pg_policy y on y.polrelid = c.oid
where y.polpermissive and {_OUR_RELATIONS}
"""

FUNCTIONS = f"""
select p.oid::regprocedure::text as name, a.rolsuper or a.rolbypassrls as is_boundless,
    (select substr(word, length('search_path=') + 1) from unnest(p.proconfig) word
        where word like 'search_path=%%') as search_path
from pg_proc p join pg_roles a on a.oid = p.proowner
where p.prosecdef and {_OUR_FUNCTIONS}
"""
