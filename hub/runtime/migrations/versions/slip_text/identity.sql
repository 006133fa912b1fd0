CREATE TABLE identity.identity_slip_text (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    logo BYTEA NOT NULL,
    licence_lines TEXT NOT NULL,
    responsible_line TEXT NOT NULL,
    CONSTRAINT identity_slip_text_pkey PRIMARY KEY (org_id, node_id, epoch, branch)
);

alter table identity.identity_slip_text enable row level security;
alter table identity.identity_slip_text force row level security;
create policy tenant on identity.identity_slip_text using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_slip_text to tillhouse_app;
grant select, insert, update, delete on table identity.identity_slip_text to tillhouse_worker;
