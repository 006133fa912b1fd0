create function staff_access.person_names() returns table (person_id uuid, name text)
language sql stable security definer set search_path = staff_access, pg_temp
as $body$
SELECT p.person_id, p.name FROM staff_access.person AS p
WHERE p.org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)
$body$;
revoke all on function staff_access.person_names() from public;
grant execute on function staff_access.person_names() to tillhouse_app;

