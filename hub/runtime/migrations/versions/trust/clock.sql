CREATE TABLE identity.identity_clock_event (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    unit_id UUID NOT NULL,
    what TEXT NOT NULL,
    cause TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    staff_id UUID,
    told_ms BIGINT NOT NULL,
    CONSTRAINT identity_clock_event_pkey PRIMARY KEY (org_id, node_id, epoch, branch, seq),
    CONSTRAINT identity_clock_event_what_check CHECK (what IN ('jumped', 'confirmed'))
);

CREATE INDEX identity_clock_event_told_ms_idx ON identity.identity_clock_event (org_id, told_ms);

alter table identity.identity_clock_event enable row level security;
alter table identity.identity_clock_event force row level security;
create policy tenant on identity.identity_clock_event using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_clock_event to tillhouse_app;
grant select, insert, update, delete on table identity.identity_clock_event to tillhouse_worker;

CREATE TABLE sync.clock_mark (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    boot_id UUID NOT NULL,
    hour BIGINT NOT NULL,
    monotonic_ns BIGINT NOT NULL,
    heard_ms BIGINT NOT NULL,
    wall_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, boot_id, hour)
);

CREATE INDEX clock_mark_seen_idx ON sync.clock_mark (org_id, node_id, seen_ms);

alter table sync.clock_mark enable row level security;
alter table sync.clock_mark force row level security;
create policy tenant on sync.clock_mark using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table sync.clock_mark to tillhouse_app;
grant select, insert, update, delete on table sync.clock_mark to tillhouse_worker;
