create schema persons;
grant usage on schema persons to tillhouse_app, tillhouse_worker;

CREATE TABLE persons.persons_erased (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    person_id UUID NOT NULL,
    erased_ms BIGINT NOT NULL,
    CONSTRAINT persons_erased_pkey PRIMARY KEY (org_id, node_id, epoch, branch, person_id)
);

alter table persons.persons_erased enable row level security;
alter table persons.persons_erased force row level security;
create policy tenant on persons.persons_erased using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table persons.persons_erased to tillhouse_app;
grant select, insert, update, delete on table persons.persons_erased to tillhouse_worker;

CREATE TABLE raffle.raffle_buyer (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    sale_id UUID NOT NULL,
    event_id UUID NOT NULL,
    person_id UUID NOT NULL,
    sealed_phone BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    CONSTRAINT raffle_buyer_pkey PRIMARY KEY (org_id, node_id, epoch, branch, sale_id)
);

CREATE INDEX raffle_buyer_person_id_idx ON raffle.raffle_buyer (org_id, person_id);

alter table raffle.raffle_buyer enable row level security;
alter table raffle.raffle_buyer force row level security;
create policy tenant on raffle.raffle_buyer using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table raffle.raffle_buyer to tillhouse_app;
grant select, insert on table raffle.raffle_buyer to tillhouse_worker;

CREATE TABLE vault.person (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    person_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    sealed_key BYTEA NOT NULL,
    got_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, person_id)
);

CREATE INDEX person_digest_idx ON vault.person (org_id, digest);

CREATE INDEX person_person_id_idx ON vault.person (org_id, person_id);

alter table vault.person enable row level security;
alter table vault.person force row level security;
create policy tenant on vault.person using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, delete on table vault.person to tillhouse_app;
grant select, insert, delete on table vault.person to tillhouse_worker;
