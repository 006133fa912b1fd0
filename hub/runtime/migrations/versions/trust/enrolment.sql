ALTER TABLE directory.node DROP CONSTRAINT node_pkey;
ALTER TABLE directory.node ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;
ALTER TABLE directory.node ADD COLUMN state VARCHAR NOT NULL DEFAULT 'enabled';
ALTER TABLE directory.node ADD COLUMN reason VARCHAR NOT NULL DEFAULT '';
ALTER TABLE directory.node ADD COLUMN paused BOOLEAN NOT NULL DEFAULT false;
UPDATE directory.node SET state = 'disabled' WHERE NOT enabled;
ALTER TABLE directory.node ALTER COLUMN epoch DROP DEFAULT, ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN reason DROP DEFAULT, ALTER COLUMN paused DROP DEFAULT;
DROP FUNCTION directory.find_node(uuid);
DROP FUNCTION directory.add_node(uuid, uuid, bytea, bytea);
ALTER TABLE directory.node DROP COLUMN enabled;
ALTER TABLE directory.node ADD PRIMARY KEY (node_id, epoch);

CREATE TABLE directory.pairing (
    digest BYTEA NOT NULL,
    org_id UUID NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (digest)
);

revoke all on table directory.pairing from public, tillhouse_app, tillhouse_worker;

ALTER TABLE identity.identity_unit ADD COLUMN unit_epoch BIGINT NOT NULL DEFAULT 1;
ALTER TABLE identity.identity_unit ADD COLUMN state TEXT NOT NULL DEFAULT 'enabled';
ALTER TABLE identity.identity_unit ADD COLUMN paused BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE identity.identity_unit ADD COLUMN certificate_from_ms BIGINT;
ALTER TABLE identity.identity_unit ADD COLUMN certificate_until_ms BIGINT;
ALTER TABLE identity.identity_unit ALTER COLUMN unit_epoch DROP DEFAULT, ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN paused DROP DEFAULT;

CREATE TABLE identity.identity_unit_epoch (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    unit_id UUID NOT NULL,
    unit_epoch BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    CONSTRAINT identity_unit_epoch_pkey PRIMARY KEY (org_id, node_id, epoch, branch, unit_id, unit_epoch),
    CONSTRAINT identity_unit_epoch_state_check CHECK (state IN ('active', 'superseded', 'forked', 'behind', 'revoked'))
);

alter table identity.identity_unit_epoch enable row level security;
alter table identity.identity_unit_epoch force row level security;
create policy tenant on identity.identity_unit_epoch using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_unit_epoch to tillhouse_app;
grant select, insert, update, delete on table identity.identity_unit_epoch to tillhouse_worker;

CREATE TABLE identity.identity_pairing (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    pairing_id UUID NOT NULL,
    unit_id UUID,
    venue_id UUID NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    enable BOOLEAN NOT NULL,
    expires_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT identity_pairing_pkey PRIMARY KEY (org_id, node_id, epoch, branch, pairing_id),
    CONSTRAINT identity_pairing_state_check CHECK (state IN ('open', 'used')),
    CONSTRAINT identity_pairing_digest_key UNIQUE (org_id, node_id, epoch, branch, digest)
);

alter table identity.identity_pairing enable row level security;
alter table identity.identity_pairing force row level security;
create policy tenant on identity.identity_pairing using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_pairing to tillhouse_app;
grant select, insert, update, delete on table identity.identity_pairing to tillhouse_worker;

CREATE TABLE journal.branch (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    fork_seq BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch)
);

alter table journal.branch enable row level security;
alter table journal.branch force row level security;
create policy tenant on journal.branch using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table journal.branch to tillhouse_app;
grant select, insert, update, delete on table journal.branch to tillhouse_worker;

CREATE TABLE sync.unprojected (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    type VARCHAR NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch, seq)
);

alter table sync.unprojected enable row level security;
alter table sync.unprojected force row level security;
create policy tenant on sync.unprojected using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table sync.unprojected to tillhouse_app;
grant select, insert, update, delete on table sync.unprojected to tillhouse_worker;

CREATE TABLE sync.failed_validation (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    count BIGINT NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id)
);

alter table sync.failed_validation enable row level security;
alter table sync.failed_validation force row level security;
create policy tenant on sync.failed_validation using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table sync.failed_validation to tillhouse_app;
grant select, insert, update, delete on table sync.failed_validation to tillhouse_worker;

-- The owner is bound by the policies too; for this one copy over all organisations it is not.
ALTER TABLE identity.identity_unit NO FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.identity_unit_epoch NO FORCE ROW LEVEL SECURITY;
INSERT INTO identity.identity_unit_epoch (org_id, node_id, epoch, branch, unit_id, unit_epoch, state, reason, since_ms)
SELECT org_id, node_id, epoch, branch, unit_id, 1, 'active', '', 0 FROM identity.identity_unit;
ALTER TABLE identity.identity_unit FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.identity_unit_epoch FORCE ROW LEVEL SECURITY;

create function directory.find_node(wanted uuid) returns table (org_id uuid, epoch bigint, sign_key bytea, seal_key bytea, state text, reason text, paused boolean)
language sql stable security definer set search_path = directory, pg_temp
as $body$
SELECT n.org_id, n.epoch, n.sign_key, n.seal_key, n.state::text, n.reason::text, n.paused FROM directory.node AS n WHERE n.node_id = wanted ORDER BY n.epoch
$body$;
revoke all on function directory.find_node(uuid) from public;
grant execute on function directory.find_node(uuid) to tillhouse_app;

create function directory.add_node(new_id uuid, new_epoch bigint, for_org uuid, new_sign bytea, new_seal bytea, new_state text) returns void
language sql volatile security definer set search_path = directory, pg_temp
as $body$
INSERT INTO directory.node (node_id, epoch, org_id, sign_key, seal_key, state, reason, paused)
SELECT new_id, new_epoch, for_org, new_sign, new_seal, new_state, '', false
WHERE NOT EXISTS (SELECT 1 FROM directory.node AS n WHERE n.node_id = new_id AND n.org_id <> for_org)
ON CONFLICT (node_id, epoch) DO NOTHING
$body$;
revoke all on function directory.add_node(uuid, bigint, uuid, bytea, bytea, text) from public;
grant execute on function directory.add_node(uuid, bigint, uuid, bytea, bytea, text) to tillhouse_app;

create function directory.set_node_state(for_org uuid, wanted uuid, of_epoch bigint, new_state text, new_reason text) returns void
language sql volatile security definer set search_path = directory, pg_temp
as $body$
UPDATE directory.node AS n SET state = new_state, reason = new_reason
WHERE n.node_id = wanted AND n.org_id = for_org AND n.epoch = of_epoch
$body$;
revoke all on function directory.set_node_state(uuid, uuid, bigint, text, text) from public;
grant execute on function directory.set_node_state(uuid, uuid, bigint, text, text) to tillhouse_app;

create function directory.set_node_paused(for_org uuid, wanted uuid, is_paused boolean) returns void
language sql volatile security definer set search_path = directory, pg_temp
as $body$
UPDATE directory.node AS n SET paused = is_paused WHERE n.node_id = wanted AND n.org_id = for_org
$body$;
revoke all on function directory.set_node_paused(uuid, uuid, boolean) from public;
grant execute on function directory.set_node_paused(uuid, uuid, boolean) to tillhouse_app;

create function directory.add_pairing(new_digest bytea, for_org uuid, until_ms bigint, now_ms bigint) returns void
language sql volatile security definer set search_path = directory, pg_temp
as $body$
DELETE FROM directory.pairing WHERE expires_ms < now_ms - 86400000;
INSERT INTO directory.pairing (digest, org_id, expires_ms) VALUES (new_digest, for_org, until_ms) ON CONFLICT (digest) DO NOTHING
$body$;
revoke all on function directory.add_pairing(bytea, uuid, bigint, bigint) from public;
grant execute on function directory.add_pairing(bytea, uuid, bigint, bigint) to tillhouse_app;

create function directory.find_pairing(wanted bytea) returns table (org_id uuid)
language sql stable security definer set search_path = directory, pg_temp
as $body$
SELECT p.org_id FROM directory.pairing AS p WHERE p.digest = wanted
$body$;
revoke all on function directory.find_pairing(bytea) from public;
grant execute on function directory.find_pairing(bytea) to tillhouse_app;
CREATE TABLE journal.signed_head (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch)
);

alter table journal.signed_head enable row level security;
alter table journal.signed_head force row level security;
create policy tenant on journal.signed_head using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table journal.signed_head to tillhouse_app;
grant select, insert, update, delete on table journal.signed_head to tillhouse_worker;

