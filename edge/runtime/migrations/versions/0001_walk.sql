CREATE TABLE heard_total (
    event_id BLOB NOT NULL,
    sale_count BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    own_seq BIGINT NOT NULL,
    heard_ms BIGINT NOT NULL,
    PRIMARY KEY (event_id)
);

CREATE TABLE identity_organization (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    name TEXT NOT NULL,
    licence TEXT NOT NULL,
    currency TEXT NOT NULL,
    site TEXT NOT NULL,
    CONSTRAINT identity_organization_pkey PRIMARY KEY (org_id, node_id, epoch, branch)
);

CREATE TABLE identity_staff (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    staff_id BLOB NOT NULL,
    venue_id BLOB,
    role TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT identity_staff_pkey PRIMARY KEY (org_id, node_id, epoch, branch, staff_id)
);

CREATE TABLE identity_unit (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    unit_id BLOB NOT NULL,
    venue_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    sign_key BLOB NOT NULL,
    seal_key BLOB NOT NULL,
    CONSTRAINT identity_unit_pkey PRIMARY KEY (org_id, node_id, epoch, branch, unit_id),
    CONSTRAINT identity_unit_code_key UNIQUE (org_id, node_id, epoch, branch, code)
);

CREATE TABLE identity_venue (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    venue_id BLOB NOT NULL,
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    zone TEXT NOT NULL,
    cutoff_min BIGINT NOT NULL,
    CONSTRAINT identity_venue_pkey PRIMARY KEY (org_id, node_id, epoch, branch, venue_id)
);

CREATE TABLE journal_entry (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    command_id BLOB NOT NULL,
    command_digest BLOB NOT NULL,
    hash BLOB NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch, seq)
) WITHOUT ROWID;

CREATE INDEX ix_journal_entry_command_id ON journal_entry (command_id);

CREATE TABLE peer (
    peer_id BLOB NOT NULL,
    generation BIGINT NOT NULL,
    position BIGINT NOT NULL,
    acked_seq BIGINT NOT NULL,
    hub_time_ms BIGINT NOT NULL,
    heard_ms BIGINT NOT NULL,
    PRIMARY KEY (peer_id)
);

CREATE TABLE pin_tries (
    staff_id BLOB NOT NULL,
    failures INTEGER NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    PRIMARY KEY (staff_id)
);

CREATE TABLE raffle_event (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    event_id BLOB NOT NULL,
    venue_id BLOB NOT NULL,
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

CREATE TABLE raffle_lease (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    lease_id BLOB NOT NULL,
    request_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    holder_id BLOB NOT NULL,
    holder_epoch BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT raffle_lease_pkey PRIMARY KEY (org_id, node_id, epoch, branch, lease_id),
    CONSTRAINT raffle_lease_numbers_check CHECK (first_number > 0 AND first_number <= last_number),
    CONSTRAINT raffle_lease_request_id_key UNIQUE (org_id, node_id, epoch, branch, request_id)
);

CREATE INDEX raffle_lease_event_id_last_number_idx ON raffle_lease (org_id, event_id, last_number);

CREATE TABLE raffle_lease_taken (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    lease_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    granter_id BLOB NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    document BLOB NOT NULL,
    CONSTRAINT raffle_lease_taken_pkey PRIMARY KEY (org_id, node_id, epoch, branch, lease_id),
    CONSTRAINT raffle_lease_taken_numbers_check CHECK (first_number > 0 AND first_number <= last_number),
    CONSTRAINT raffle_lease_taken_lease_id_first_number_last_number_key UNIQUE (org_id, node_id, epoch, branch, lease_id, first_number, last_number)
);

CREATE INDEX raffle_lease_taken_event_id_idx ON raffle_lease_taken (org_id, event_id);

CREATE TABLE raffle_package (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    event_id BLOB NOT NULL,
    package_id BLOB NOT NULL,
    place BIGINT NOT NULL,
    ticket_count BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    CONSTRAINT raffle_package_pkey PRIMARY KEY (org_id, node_id, epoch, branch, event_id, package_id),
    CONSTRAINT raffle_package_count_check CHECK (ticket_count > 0),
    CONSTRAINT raffle_package_price_check CHECK (price_minor >= 0)
);

CREATE TABLE raffle_plan (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    event_id BLOB NOT NULL,
    venue_id BLOB NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    training BOOLEAN NOT NULL,
    terms BLOB NOT NULL,
    CONSTRAINT raffle_plan_pkey PRIMARY KEY (org_id, node_id, epoch, branch, event_id),
    CONSTRAINT raffle_plan_code_key UNIQUE (org_id, node_id, epoch, branch, code)
);

CREATE TABLE raffle_sale (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    sale_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    package_id BLOB NOT NULL,
    seller_id BLOB NOT NULL,
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

CREATE INDEX raffle_sale_event_id_sold_ms_idx ON raffle_sale (org_id, event_id, sold_ms);

CREATE TABLE raffle_void (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    sale_node_id BLOB NOT NULL,
    sale_epoch BIGINT NOT NULL,
    sale_seq BIGINT NOT NULL,
    sale_chain TEXT NOT NULL,
    sale_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    voided_by BLOB NOT NULL,
    voided_ms BIGINT NOT NULL,
    refund_minor BIGINT NOT NULL,
    refund TEXT NOT NULL,
    CONSTRAINT raffle_void_pkey PRIMARY KEY (org_id, node_id, epoch, branch, sale_node_id, sale_epoch, sale_seq)
);

CREATE TABLE spool_job (
    job_id BLOB NOT NULL,
    entity_id BLOB NOT NULL,
    role VARCHAR NOT NULL,
    document BLOB NOT NULL,
    state VARCHAR NOT NULL,
    tries INTEGER NOT NULL,
    queued_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    PRIMARY KEY (job_id)
);

CREATE INDEX ix_spool_job_entity_id ON spool_job (entity_id);

CREATE INDEX ix_spool_job_state ON spool_job (state);

CREATE TABLE vault_badge (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    staff_id BLOB NOT NULL,
    venue_id BLOB,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    pin_hash TEXT NOT NULL,
    CONSTRAINT vault_badge_pkey PRIMARY KEY (org_id, node_id, epoch, branch, staff_id)
);

CREATE TABLE raffle_range (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    lease_id BLOB NOT NULL,
    lease_first BIGINT NOT NULL,
    lease_last BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    event_id BLOB NOT NULL,
    sale_seq BIGINT NOT NULL,
    CONSTRAINT raffle_range_pkey PRIMARY KEY (org_id, node_id, epoch, branch, lease_id, first_number),
    CONSTRAINT raffle_range_inside_check CHECK (lease_first <= first_number AND first_number <= last_number AND last_number <= lease_last),
    CONSTRAINT raffle_range_raffle_lease_taken_fkey FOREIGN KEY(org_id, node_id, epoch, branch, lease_id, lease_first, lease_last) REFERENCES raffle_lease_taken (org_id, node_id, epoch, branch, lease_id, first_number, last_number)
) WITHOUT ROWID;

CREATE INDEX raffle_range_event_id_first_number_idx ON raffle_range (org_id, event_id, first_number);

CREATE TRIGGER raffle_range_overlap BEFORE INSERT ON raffle_range
BEGIN
    SELECT RAISE(ABORT, 'raffle_range_overlap: these draw numbers are sold already')
    WHERE EXISTS (
        SELECT 1 FROM raffle_range AS r
        WHERE r.org_id = NEW.org_id AND r.node_id = NEW.node_id AND r.epoch = NEW.epoch AND r.branch = NEW.branch
          AND r.lease_id = NEW.lease_id
          AND r.first_number = (
            SELECT max(n.first_number) FROM raffle_range AS n
            WHERE n.org_id = NEW.org_id AND n.node_id = NEW.node_id AND n.epoch = NEW.epoch
              AND n.branch = NEW.branch AND n.lease_id = NEW.lease_id AND n.first_number <= NEW.last_number)
          AND r.last_number >= NEW.first_number);
END;

CREATE TRIGGER raffle_range_fixed BEFORE UPDATE ON raffle_range
BEGIN
    SELECT RAISE(ABORT, 'raffle_range_fixed: a sold range never changes');
END;

CREATE TRIGGER journal_entry_fixed BEFORE UPDATE ON journal_entry
BEGIN
    SELECT RAISE(ABORT, 'journal_entry_fixed: an entry never changes');
END;

CREATE INDEX raffle_void_sale_node_id_sale_epoch_sale_seq_idx ON raffle_void (org_id, sale_node_id, sale_epoch, sale_seq);

CREATE VIEW raffle_sale_state AS
SELECT s.*, EXISTS (
    SELECT 1 FROM raffle_void AS w
    WHERE w.org_id = s.org_id AND w.sale_node_id = s.node_id AND w.sale_epoch = s.epoch AND w.sale_seq = s.seq
      AND w.sale_chain = s.chain) AS is_void
FROM raffle_sale AS s;

CREATE VIEW raffle_unit_total AS
SELECT org_id, event_id, node_id, currency,
    count(*) AS sale_count,
    sum(ticket_count) AS ticket_count,
    sum(amount_minor) AS amount_minor,
    sum(CASE WHEN tender = 'cash' THEN amount_minor ELSE 0 END) AS cash_minor,
    max(sold_ms) AS last_sold_ms
FROM raffle_sale_state WHERE NOT is_void
GROUP BY org_id, event_id, node_id, currency;

CREATE VIEW raffle_event_total AS
SELECT org_id, event_id, currency,
    sum(sale_count) AS sale_count,
    sum(ticket_count) AS ticket_count,
    sum(amount_minor) AS amount_minor
FROM raffle_unit_total
GROUP BY org_id, event_id, currency;
