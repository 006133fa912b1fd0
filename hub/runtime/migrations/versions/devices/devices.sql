create schema devices;
grant usage on schema devices to tillhouse_app, tillhouse_worker;

CREATE TABLE devices.devices_device (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    device_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    line TEXT NOT NULL,
    roles TEXT NOT NULL,
    fallback_id UUID,
    firmware TEXT NOT NULL,
    in_use BOOLEAN NOT NULL,
    CONSTRAINT devices_device_pkey PRIMARY KEY (org_id, node_id, epoch, branch, device_id)
);

alter table devices.devices_device enable row level security;
alter table devices.devices_device force row level security;
create policy tenant on devices.devices_device using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table devices.devices_device to tillhouse_app;
grant select, insert, update, delete on table devices.devices_device to tillhouse_worker;

CREATE TABLE devices.devices_trouble (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    trouble_id UUID NOT NULL,
    device_id UUID NOT NULL,
    trouble TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    job_id UUID,
    seq BIGINT NOT NULL,
    CONSTRAINT devices_trouble_pkey PRIMARY KEY (org_id, node_id, epoch, branch, trouble_id)
);

CREATE INDEX devices_trouble_device_id_ended_ms_idx ON devices.devices_trouble (org_id, device_id, ended_ms);

CREATE INDEX devices_trouble_since_ms_idx ON devices.devices_trouble (org_id, since_ms);

alter table devices.devices_trouble enable row level security;
alter table devices.devices_trouble force row level security;
create policy tenant on devices.devices_trouble using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table devices.devices_trouble to tillhouse_app;
grant select, insert, update, delete on table devices.devices_trouble to tillhouse_worker;

CREATE TABLE devices.devices_slip (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    job_id UUID NOT NULL,
    entity_id UUID NOT NULL,
    device_id UUID,
    what TEXT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT NOT NULL,
    person_id UUID,
    times BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    CONSTRAINT devices_slip_pkey PRIMARY KEY (org_id, node_id, epoch, branch, seq),
    CONSTRAINT devices_slip_what_check CHECK (what IN ('reprinted', 'voided'))
);

CREATE INDEX devices_slip_at_ms_idx ON devices.devices_slip (org_id, at_ms);

CREATE INDEX devices_slip_job_id_idx ON devices.devices_slip (org_id, job_id);

alter table devices.devices_slip enable row level security;
alter table devices.devices_slip force row level security;
create policy tenant on devices.devices_slip using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table devices.devices_slip to tillhouse_app;
grant select, insert on table devices.devices_slip to tillhouse_worker;

CREATE TABLE devices.devices_drawer_opening (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    device_id UUID NOT NULL,
    sale_id UUID,
    reason TEXT NOT NULL,
    opened_by UUID NOT NULL,
    at_ms BIGINT NOT NULL,
    CONSTRAINT devices_drawer_opening_pkey PRIMARY KEY (org_id, node_id, epoch, branch, seq)
);

CREATE INDEX devices_drawer_opening_at_ms_idx ON devices.devices_drawer_opening (org_id, at_ms);

CREATE INDEX devices_drawer_opening_sale_id_idx ON devices.devices_drawer_opening (org_id, sale_id);

alter table devices.devices_drawer_opening enable row level security;
alter table devices.devices_drawer_opening force row level security;
create policy tenant on devices.devices_drawer_opening using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table devices.devices_drawer_opening to tillhouse_app;
grant select, insert on table devices.devices_drawer_opening to tillhouse_worker;
