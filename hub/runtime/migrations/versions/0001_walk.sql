create schema journal;
grant usage on schema journal to tillhouse_app, tillhouse_worker;

create schema sync;
grant usage on schema sync to tillhouse_app, tillhouse_worker;

create schema vault;
grant usage on schema vault to tillhouse_app, tillhouse_worker;

create schema directory;
grant usage on schema directory to tillhouse_app, tillhouse_worker;

create schema staff_access;
grant usage on schema staff_access to tillhouse_app, tillhouse_worker;

create schema identity;
grant usage on schema identity to tillhouse_app, tillhouse_worker;

create schema raffle;
grant usage on schema raffle to tillhouse_app, tillhouse_worker;

CREATE TABLE directory.node (
    node_id UUID NOT NULL,
    org_id UUID NOT NULL,
    sign_key BYTEA NOT NULL,
    seal_key BYTEA NOT NULL,
    enabled BOOLEAN NOT NULL,
    PRIMARY KEY (node_id)
);

revoke all on table directory.node from public, tillhouse_app, tillhouse_worker;

CREATE TABLE directory.organization (
    org_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);

revoke all on table directory.organization from public, tillhouse_app, tillhouse_worker;

CREATE TABLE identity.identity_organization (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    name TEXT NOT NULL,
    licence TEXT NOT NULL,
    currency TEXT NOT NULL,
    site TEXT NOT NULL,
    CONSTRAINT identity_organization_pkey PRIMARY KEY (org_id, node_id, epoch, branch)
);

alter table identity.identity_organization enable row level security;
alter table identity.identity_organization force row level security;
create policy tenant on identity.identity_organization using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_organization to tillhouse_app;
grant select, insert, update, delete on table identity.identity_organization to tillhouse_worker;

CREATE TABLE identity.identity_staff (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    staff_id UUID NOT NULL,
    venue_id UUID,
    role TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT identity_staff_pkey PRIMARY KEY (org_id, node_id, epoch, branch, staff_id)
);

alter table identity.identity_staff enable row level security;
alter table identity.identity_staff force row level security;
create policy tenant on identity.identity_staff using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_staff to tillhouse_app;
grant select, insert, update, delete on table identity.identity_staff to tillhouse_worker;

CREATE TABLE identity.identity_unit (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    unit_id UUID NOT NULL,
    venue_id UUID NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    sign_key BYTEA NOT NULL,
    seal_key BYTEA NOT NULL,
    CONSTRAINT identity_unit_pkey PRIMARY KEY (org_id, node_id, epoch, branch, unit_id),
    CONSTRAINT identity_unit_code_key UNIQUE (org_id, node_id, epoch, branch, code)
);

alter table identity.identity_unit enable row level security;
alter table identity.identity_unit force row level security;
create policy tenant on identity.identity_unit using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_unit to tillhouse_app;
grant select, insert, update, delete on table identity.identity_unit to tillhouse_worker;

CREATE TABLE identity.identity_venue (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    venue_id UUID NOT NULL,
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    zone TEXT NOT NULL,
    cutoff_min BIGINT NOT NULL,
    CONSTRAINT identity_venue_pkey PRIMARY KEY (org_id, node_id, epoch, branch, venue_id)
);

alter table identity.identity_venue enable row level security;
alter table identity.identity_venue force row level security;
create policy tenant on identity.identity_venue using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table identity.identity_venue to tillhouse_app;
grant select, insert, update, delete on table identity.identity_venue to tillhouse_worker;

CREATE TABLE journal.command (
    org_id UUID NOT NULL,
    command_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    PRIMARY KEY (org_id, command_id)
);

alter table journal.command enable row level security;
alter table journal.command force row level security;
create policy tenant on journal.command using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table journal.command to tillhouse_app;
grant select, insert on table journal.command to tillhouse_worker;

CREATE TABLE journal.entry (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    data BYTEA NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch, seq)
);

alter table journal.entry enable row level security;
alter table journal.entry force row level security;
create policy tenant on journal.entry using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table journal.entry to tillhouse_app;
grant select, insert on table journal.entry to tillhouse_worker;

CREATE TABLE journal.head (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch)
);

alter table journal.head enable row level security;
alter table journal.head force row level security;
create policy tenant on journal.head using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table journal.head to tillhouse_app;
grant select, insert, update, delete on table journal.head to tillhouse_worker;

CREATE TABLE raffle.raffle_event (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    event_id UUID NOT NULL,
    venue_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    licence TEXT NOT NULL,
    currency TEXT NOT NULL,
    training BOOLEAN NOT NULL,
    sales_open_ms BIGINT NOT NULL,
    sales_close_ms BIGINT NOT NULL,
    draw_ms BIGINT NOT NULL,
    claim_by_ms BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    prize_percent BIGINT NOT NULL,
    lease_count BIGINT NOT NULL,
    closed_ms BIGINT,
    CONSTRAINT raffle_event_pkey PRIMARY KEY (org_id, node_id, epoch, branch, event_id),
    CONSTRAINT raffle_event_state_check CHECK (state IN ('active', 'suspended', 'closed', 'cancelled')),
    CONSTRAINT raffle_event_numbers_check CHECK (first_number > 0 AND first_number <= last_number AND last_number < 34359738368)
);

alter table raffle.raffle_event enable row level security;
alter table raffle.raffle_event force row level security;
create policy tenant on raffle.raffle_event using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table raffle.raffle_event to tillhouse_app;
grant select, insert, update, delete on table raffle.raffle_event to tillhouse_worker;

CREATE TABLE raffle.raffle_lease (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    lease_id UUID NOT NULL,
    request_id UUID NOT NULL,
    event_id UUID NOT NULL,
    holder_id UUID NOT NULL,
    holder_epoch BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT raffle_lease_pkey PRIMARY KEY (org_id, node_id, epoch, branch, lease_id),
    CONSTRAINT raffle_lease_numbers_check CHECK (first_number > 0 AND first_number <= last_number),
    CONSTRAINT raffle_lease_request_id_key UNIQUE (org_id, node_id, epoch, branch, request_id)
);

CREATE INDEX raffle_lease_event_id_last_number_idx ON raffle.raffle_lease (org_id, event_id, last_number);

alter table raffle.raffle_lease enable row level security;
alter table raffle.raffle_lease force row level security;
create policy tenant on raffle.raffle_lease using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table raffle.raffle_lease to tillhouse_app;
grant select, insert on table raffle.raffle_lease to tillhouse_worker;

CREATE TABLE raffle.raffle_lease_taken (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    lease_id UUID NOT NULL,
    event_id UUID NOT NULL,
    granter_id UUID NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    document BYTEA NOT NULL,
    CONSTRAINT raffle_lease_taken_pkey PRIMARY KEY (org_id, node_id, epoch, branch, lease_id),
    CONSTRAINT raffle_lease_taken_numbers_check CHECK (first_number > 0 AND first_number <= last_number),
    CONSTRAINT raffle_lease_taken_lease_id_first_number_last_number_key UNIQUE (org_id, node_id, epoch, branch, lease_id, first_number, last_number)
);

CREATE INDEX raffle_lease_taken_event_id_idx ON raffle.raffle_lease_taken (org_id, event_id);

alter table raffle.raffle_lease_taken enable row level security;
alter table raffle.raffle_lease_taken force row level security;
create policy tenant on raffle.raffle_lease_taken using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table raffle.raffle_lease_taken to tillhouse_app;
grant select, insert on table raffle.raffle_lease_taken to tillhouse_worker;

CREATE TABLE raffle.raffle_package (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    event_id UUID NOT NULL,
    package_id UUID NOT NULL,
    place BIGINT NOT NULL,
    ticket_count BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    CONSTRAINT raffle_package_pkey PRIMARY KEY (org_id, node_id, epoch, branch, event_id, package_id),
    CONSTRAINT raffle_package_count_check CHECK (ticket_count > 0),
    CONSTRAINT raffle_package_price_check CHECK (price_minor >= 0)
);

alter table raffle.raffle_package enable row level security;
alter table raffle.raffle_package force row level security;
create policy tenant on raffle.raffle_package using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table raffle.raffle_package to tillhouse_app;
grant select, insert on table raffle.raffle_package to tillhouse_worker;

CREATE TABLE raffle.raffle_plan (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    event_id UUID NOT NULL,
    venue_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    training BOOLEAN NOT NULL,
    terms BYTEA NOT NULL,
    CONSTRAINT raffle_plan_pkey PRIMARY KEY (org_id, node_id, epoch, branch, event_id),
    CONSTRAINT raffle_plan_code_key UNIQUE (org_id, node_id, epoch, branch, code)
);

alter table raffle.raffle_plan enable row level security;
alter table raffle.raffle_plan force row level security;
create policy tenant on raffle.raffle_plan using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table raffle.raffle_plan to tillhouse_app;
grant select, insert, update, delete on table raffle.raffle_plan to tillhouse_worker;

CREATE TABLE raffle.raffle_sale (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    sale_id UUID NOT NULL,
    event_id UUID NOT NULL,
    package_id UUID NOT NULL,
    seller_id UUID NOT NULL,
    ticket_count BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    tender TEXT NOT NULL,
    received_minor BIGINT NOT NULL,
    reference TEXT NOT NULL,
    validation_number TEXT NOT NULL,
    sold_ms BIGINT NOT NULL,
    chain TEXT NOT NULL,
    CONSTRAINT raffle_sale_pkey PRIMARY KEY (org_id, node_id, epoch, branch, seq),
    CONSTRAINT raffle_sale_count_check CHECK (ticket_count > 0),
    CONSTRAINT raffle_sale_amount_check CHECK (amount_minor BETWEEN 0 AND 10000000000000 AND received_minor BETWEEN 0 AND 10000000000000),
    CONSTRAINT raffle_sale_tender_check CHECK (tender IN ('cash', 'card')),
    CONSTRAINT raffle_sale_sale_id_key UNIQUE (org_id, node_id, epoch, branch, sale_id)
);

CREATE INDEX raffle_sale_event_id_sold_ms_idx ON raffle.raffle_sale (org_id, event_id, sold_ms);

alter table raffle.raffle_sale enable row level security;
alter table raffle.raffle_sale force row level security;
create policy tenant on raffle.raffle_sale using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table raffle.raffle_sale to tillhouse_app;
grant select, insert on table raffle.raffle_sale to tillhouse_worker;

CREATE TABLE raffle.raffle_void (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    sale_node_id UUID NOT NULL,
    sale_epoch BIGINT NOT NULL,
    sale_seq BIGINT NOT NULL,
    sale_chain TEXT NOT NULL,
    sale_id UUID NOT NULL,
    event_id UUID NOT NULL,
    reason TEXT NOT NULL,
    voided_by UUID NOT NULL,
    voided_ms BIGINT NOT NULL,
    refund_minor BIGINT NOT NULL,
    refund TEXT NOT NULL,
    CONSTRAINT raffle_void_pkey PRIMARY KEY (org_id, node_id, epoch, branch, sale_node_id, sale_epoch, sale_seq)
);

alter table raffle.raffle_void enable row level security;
alter table raffle.raffle_void force row level security;
create policy tenant on raffle.raffle_void using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table raffle.raffle_void to tillhouse_app;
grant select, insert on table raffle.raffle_void to tillhouse_worker;

CREATE TABLE staff_access.person (
    person_id UUID NOT NULL,
    login VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    password_hash VARCHAR NOT NULL,
    org_id UUID NOT NULL,
    role VARCHAR NOT NULL,
    failures INTEGER NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    PRIMARY KEY (person_id),
    UNIQUE (login)
);

revoke all on table staff_access.person from public, tillhouse_app, tillhouse_worker;

CREATE TABLE staff_access.session (
    token_hash BYTEA NOT NULL,
    person_id UUID NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (token_hash)
);

CREATE INDEX ix_staff_access_session_person_id ON staff_access.session (person_id);

revoke all on table staff_access.session from public, tillhouse_app, tillhouse_worker;

CREATE TABLE sync.feed_head (
    org_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);

alter table sync.feed_head enable row level security;
alter table sync.feed_head force row level security;
create policy tenant on sync.feed_head using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table sync.feed_head to tillhouse_app;
grant select, insert, update, delete on table sync.feed_head to tillhouse_worker;

CREATE TABLE sync.feed_row (
    org_id UUID NOT NULL,
    scope VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    key BYTEA NOT NULL,
    position BIGINT NOT NULL,
    gone BOOLEAN NOT NULL,
    row BYTEA NOT NULL,
    PRIMARY KEY (org_id, scope, kind, key)
);

CREATE INDEX feed_row_position_idx ON sync.feed_row (org_id, scope, position);

alter table sync.feed_row enable row level security;
alter table sync.feed_row force row level security;
create policy tenant on sync.feed_row using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table sync.feed_row to tillhouse_app;
grant select, insert, update, delete on table sync.feed_row to tillhouse_worker;

CREATE TABLE sync.lease_document (
    org_id UUID NOT NULL,
    lease_id UUID NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (org_id, lease_id)
);

alter table sync.lease_document enable row level security;
alter table sync.lease_document force row level security;
create policy tenant on sync.lease_document using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table sync.lease_document to tillhouse_app;
grant select, insert on table sync.lease_document to tillhouse_worker;

CREATE TABLE sync.quarantine (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    entity_id UUID NOT NULL,
    reason VARCHAR NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch, seq)
);

alter table sync.quarantine enable row level security;
alter table sync.quarantine force row level security;
create policy tenant on sync.quarantine using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table sync.quarantine to tillhouse_app;
grant select, insert, update, delete on table sync.quarantine to tillhouse_worker;

CREATE TABLE sync.refused_bundle (
    org_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    data BYTEA NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, digest)
);

alter table sync.refused_bundle enable row level security;
alter table sync.refused_bundle force row level security;
create policy tenant on sync.refused_bundle using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table sync.refused_bundle to tillhouse_app;
grant select, insert on table sync.refused_bundle to tillhouse_worker;

CREATE TABLE sync.unit_report (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    heard_ms BIGINT NOT NULL,
    report BYTEA NOT NULL,
    PRIMARY KEY (org_id, node_id)
);

alter table sync.unit_report enable row level security;
alter table sync.unit_report force row level security;
create policy tenant on sync.unit_report using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table sync.unit_report to tillhouse_app;
grant select, insert, update, delete on table sync.unit_report to tillhouse_worker;

CREATE TABLE vault.event_key (
    org_id UUID NOT NULL,
    event_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (org_id, event_id)
);

alter table vault.event_key enable row level security;
alter table vault.event_key force row level security;
create policy tenant on vault.event_key using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table vault.event_key to tillhouse_app;
grant select, insert on table vault.event_key to tillhouse_worker;

CREATE TABLE vault.vault_badge (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    staff_id UUID NOT NULL,
    venue_id UUID,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    pin_hash TEXT NOT NULL,
    CONSTRAINT vault_badge_pkey PRIMARY KEY (org_id, node_id, epoch, branch, staff_id)
);

alter table vault.vault_badge enable row level security;
alter table vault.vault_badge force row level security;
create policy tenant on vault.vault_badge using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update, delete on table vault.vault_badge to tillhouse_app;
grant select, insert, update, delete on table vault.vault_badge to tillhouse_worker;

CREATE TABLE raffle.raffle_range (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    lease_id UUID NOT NULL,
    lease_first BIGINT NOT NULL,
    lease_last BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    event_id UUID NOT NULL,
    sale_seq BIGINT NOT NULL,
    CONSTRAINT raffle_range_pkey PRIMARY KEY (org_id, node_id, epoch, branch, lease_id, first_number),
    CONSTRAINT raffle_range_inside_check CHECK (lease_first <= first_number AND first_number <= last_number AND last_number <= lease_last),
    CONSTRAINT raffle_range_raffle_lease_taken_fkey FOREIGN KEY(org_id, node_id, epoch, branch, lease_id, lease_first, lease_last) REFERENCES raffle.raffle_lease_taken (org_id, node_id, epoch, branch, lease_id, first_number, last_number)
);

CREATE INDEX raffle_range_event_id_first_number_idx ON raffle.raffle_range (org_id, event_id, first_number);

alter table raffle.raffle_range enable row level security;
alter table raffle.raffle_range force row level security;
create policy tenant on raffle.raffle_range using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table raffle.raffle_range to tillhouse_app;
grant select, insert on table raffle.raffle_range to tillhouse_worker;

ALTER TABLE raffle.raffle_lease ADD CONSTRAINT raffle_lease_overlap
EXCLUDE USING gist (org_id WITH =, node_id WITH =, event_id WITH =, int8range(first_number, last_number, '[]') WITH &&);

CREATE INDEX raffle_void_sale_node_id_sale_epoch_sale_seq_idx ON raffle.raffle_void (org_id, sale_node_id, sale_epoch, sale_seq);

CREATE FUNCTION raffle.refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (
        SELECT 1 FROM incoming AS n
        CROSS JOIN LATERAL (
            SELECT r.last_number FROM raffle.raffle_range AS r
            WHERE r.org_id = n.org_id AND r.node_id = n.node_id AND r.epoch = n.epoch AND r.branch = n.branch
              AND r.lease_id = n.lease_id AND r.first_number < n.first_number
            ORDER BY r.first_number DESC LIMIT 1
        ) AS before
        WHERE before.last_number >= n.first_number
        UNION ALL
        SELECT 1 FROM incoming AS n
        CROSS JOIN LATERAL (
            SELECT r.first_number FROM raffle.raffle_range AS r
            WHERE r.org_id = n.org_id AND r.node_id = n.node_id AND r.epoch = n.epoch AND r.branch = n.branch
              AND r.lease_id = n.lease_id AND r.first_number > n.first_number
            ORDER BY r.first_number LIMIT 1
        ) AS after
        WHERE after.first_number <= n.last_number
    ) THEN
        RAISE EXCEPTION 'these draw numbers are sold already' USING
            ERRCODE = 'exclusion_violation', CONSTRAINT = 'raffle_range_overlap',
            SCHEMA = 'raffle', TABLE = 'raffle_range';
    END IF;
    RETURN NULL;
END
$body$;

CREATE TRIGGER raffle_range_overlap AFTER INSERT ON raffle.raffle_range
REFERENCING NEW TABLE AS incoming FOR EACH STATEMENT EXECUTE FUNCTION raffle.refuse_overlap();

CREATE FUNCTION journal.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING
        ERRCODE = 'integrity_constraint_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END
$body$;

CREATE TRIGGER entry_fixed BEFORE UPDATE ON journal.entry FOR EACH ROW EXECUTE FUNCTION journal.refuse_change();

CREATE TRIGGER raffle_range_fixed BEFORE UPDATE ON raffle.raffle_range FOR EACH ROW EXECUTE FUNCTION journal.refuse_change();

CREATE TRIGGER raffle_lease_fixed BEFORE UPDATE ON raffle.raffle_lease FOR EACH ROW EXECUTE FUNCTION journal.refuse_change();

CREATE TRIGGER raffle_lease_taken_fixed BEFORE UPDATE ON raffle.raffle_lease_taken FOR EACH ROW EXECUTE FUNCTION journal.refuse_change();

CREATE TRIGGER raffle_sale_fixed BEFORE UPDATE ON raffle.raffle_sale FOR EACH ROW EXECUTE FUNCTION journal.refuse_change();

CREATE TRIGGER raffle_void_fixed BEFORE UPDATE ON raffle.raffle_void FOR EACH ROW EXECUTE FUNCTION journal.refuse_change();

create view raffle.raffle_sale_state with (security_invoker = true) as
SELECT s.*, EXISTS (
    SELECT 1 FROM raffle.raffle_void AS w
    WHERE w.org_id = s.org_id AND w.sale_node_id = s.node_id AND w.sale_epoch = s.epoch AND w.sale_seq = s.seq
      AND w.sale_chain = s.chain) AS is_void
FROM raffle.raffle_sale AS s;
grant select on table raffle.raffle_sale_state to tillhouse_app;
grant select on table raffle.raffle_sale_state to tillhouse_worker;

create view raffle.raffle_unit_total with (security_invoker = true) as
SELECT org_id, event_id, node_id, currency,
    count(*)::bigint AS sale_count,
    sum(ticket_count)::bigint AS ticket_count,
    sum(amount_minor)::bigint AS amount_minor,
    sum(CASE WHEN tender = 'cash' THEN amount_minor ELSE 0 END)::bigint AS cash_minor,
    max(sold_ms) AS last_sold_ms
FROM raffle.raffle_sale_state WHERE NOT is_void
GROUP BY org_id, event_id, node_id, currency;
grant select on table raffle.raffle_unit_total to tillhouse_app;
grant select on table raffle.raffle_unit_total to tillhouse_worker;

create view raffle.raffle_event_total with (security_invoker = true) as
SELECT org_id, event_id, currency,
    sum(sale_count)::bigint AS sale_count,
    sum(ticket_count)::bigint AS ticket_count,
    sum(amount_minor)::bigint AS amount_minor
FROM raffle.raffle_unit_total
GROUP BY org_id, event_id, currency;
grant select on table raffle.raffle_event_total to tillhouse_app;
grant select on table raffle.raffle_event_total to tillhouse_worker;

create view raffle.raffle_ticket with (security_invoker = true) as
SELECT r.org_id, r.node_id, r.epoch, r.branch, r.event_id, number AS draw_number, r.sale_seq, s.sale_id,
    CASE WHEN s.is_void THEN 'voided' ELSE 'sold' END AS state
FROM raffle.raffle_range AS r
JOIN raffle.raffle_sale_state AS s ON s.org_id = r.org_id AND s.node_id = r.node_id AND s.epoch = r.epoch
    AND s.branch = r.branch AND s.seq = r.sale_seq
CROSS JOIN LATERAL generate_series(r.first_number, r.last_number) AS number;
grant select on table raffle.raffle_ticket to tillhouse_app;
grant select on table raffle.raffle_ticket to tillhouse_worker;

create function directory.find_node(wanted uuid) returns table (org_id uuid, sign_key bytea, seal_key bytea, enabled boolean)
language sql stable security definer set search_path = directory, pg_temp
as $body$
SELECT n.org_id, n.sign_key, n.seal_key, n.enabled FROM directory.node AS n WHERE n.node_id = wanted
$body$;
revoke all on function directory.find_node(uuid) from public;
grant execute on function directory.find_node(uuid) to tillhouse_app;

create function directory.add_node(new_id uuid, for_org uuid, new_sign bytea, new_seal bytea) returns void
language sql volatile security definer set search_path = directory, pg_temp
as $body$
INSERT INTO directory.node (node_id, org_id, sign_key, seal_key, enabled) VALUES (new_id, for_org, new_sign, new_seal, true)
ON CONFLICT (node_id) DO NOTHING
$body$;
revoke all on function directory.add_node(uuid, uuid, bytea, bytea) from public;
grant execute on function directory.add_node(uuid, uuid, bytea, bytea) to tillhouse_app;

create function directory.add_organization(new_id uuid, new_name text, now_ms bigint) returns void
language sql volatile security definer set search_path = directory, pg_temp
as $body$
INSERT INTO directory.organization (org_id, name, created_ms) VALUES (new_id, new_name, now_ms)
ON CONFLICT (org_id) DO NOTHING
$body$;
revoke all on function directory.add_organization(uuid, text, bigint) from public;
grant execute on function directory.add_organization(uuid, text, bigint) to tillhouse_app;

create function directory.organizations() returns table (org_id uuid, name text)
language sql stable security definer set search_path = directory, pg_temp
as $body$
SELECT o.org_id, o.name FROM directory.organization AS o ORDER BY o.created_ms
$body$;
revoke all on function directory.organizations() from public;
grant execute on function directory.organizations() to tillhouse_app;

create function staff_access.add_person(new_id uuid, new_login text, new_name text, new_hash text, for_org uuid, new_role text) returns boolean
language sql volatile security definer set search_path = staff_access, pg_temp
as $body$
WITH made AS (
    INSERT INTO staff_access.person (person_id, login, name, password_hash, org_id, role, failures, locked_until_ms)
    VALUES (new_id, new_login, new_name, new_hash, for_org, new_role, 0, 0) ON CONFLICT (login) DO NOTHING RETURNING 1)
SELECT EXISTS (SELECT 1 FROM made)
$body$;
revoke all on function staff_access.add_person(uuid, text, text, text, uuid, text) from public;
grant execute on function staff_access.add_person(uuid, text, text, text, uuid, text) to tillhouse_app;

create function staff_access.begin_try(wanted text, now_ms bigint, tries_max integer, lock_ms bigint) returns table (person_id uuid, password_hash text, failures integer, locked_until_ms bigint)
language sql volatile security definer set search_path = staff_access, pg_temp
as $body$
UPDATE staff_access.person AS p SET
    failures = CASE WHEN p.locked_until_ms > now_ms THEN tries_max + 1 WHEN p.failures >= tries_max THEN 1
        ELSE p.failures + 1 END,
    locked_until_ms = CASE WHEN p.locked_until_ms > now_ms THEN p.locked_until_ms
        WHEN p.failures + 1 = tries_max THEN now_ms + lock_ms ELSE 0 END
WHERE p.login = wanted
RETURNING p.person_id, p.password_hash, p.failures, p.locked_until_ms
$body$;
revoke all on function staff_access.begin_try(text, bigint, integer, bigint) from public;
grant execute on function staff_access.begin_try(text, bigint, integer, bigint) to tillhouse_app;

create function staff_access.forget_tries(wanted uuid) returns void
language sql volatile security definer set search_path = staff_access, pg_temp
as $body$
UPDATE staff_access.person SET failures = 0, locked_until_ms = 0 WHERE person_id = wanted
$body$;
revoke all on function staff_access.forget_tries(uuid) from public;
grant execute on function staff_access.forget_tries(uuid) to tillhouse_app;

create function staff_access.open_session(new_hash bytea, for_person uuid, until_ms bigint, now_ms bigint) returns void
language sql volatile security definer set search_path = staff_access, pg_temp
as $body$
DELETE FROM staff_access.session WHERE expires_ms <= now_ms;
INSERT INTO staff_access.session (token_hash, person_id, expires_ms) VALUES (new_hash, for_person, until_ms)
$body$;
revoke all on function staff_access.open_session(bytea, uuid, bigint, bigint) from public;
grant execute on function staff_access.open_session(bytea, uuid, bigint, bigint) to tillhouse_app;

create function staff_access.find_session(wanted bytea, now_ms bigint) returns table (person_id uuid, login text, name text, org_id uuid, role text)
language sql stable security definer set search_path = staff_access, pg_temp
as $body$
SELECT p.person_id, p.login, p.name, p.org_id, p.role FROM staff_access.session AS s
JOIN staff_access.person AS p ON p.person_id = s.person_id WHERE s.token_hash = wanted AND s.expires_ms > now_ms
$body$;
revoke all on function staff_access.find_session(bytea, bigint) from public;
grant execute on function staff_access.find_session(bytea, bigint) to tillhouse_app;

create function staff_access.close_session(wanted bytea) returns void
language sql volatile security definer set search_path = staff_access, pg_temp
as $body$
DELETE FROM staff_access.session WHERE token_hash = wanted
$body$;
revoke all on function staff_access.close_session(bytea) from public;
grant execute on function staff_access.close_session(bytea) to tillhouse_app;
