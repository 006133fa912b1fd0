CREATE TABLE devices_device (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    device_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    line TEXT NOT NULL,
    roles TEXT NOT NULL,
    fallback_id BLOB,
    firmware TEXT NOT NULL,
    in_use BOOLEAN NOT NULL,
    CONSTRAINT devices_device_pkey PRIMARY KEY (org_id, node_id, epoch, branch, device_id)
);

CREATE TABLE devices_trouble (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    trouble_id BLOB NOT NULL,
    device_id BLOB NOT NULL,
    trouble TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    job_id BLOB,
    seq BIGINT NOT NULL,
    CONSTRAINT devices_trouble_pkey PRIMARY KEY (org_id, node_id, epoch, branch, trouble_id)
);

CREATE INDEX devices_trouble_device_id_ended_ms_idx ON devices_trouble (org_id, device_id, ended_ms);

CREATE INDEX devices_trouble_since_ms_idx ON devices_trouble (org_id, since_ms);

CREATE TABLE devices_slip (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    job_id BLOB NOT NULL,
    entity_id BLOB NOT NULL,
    device_id BLOB,
    what TEXT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT NOT NULL,
    person_id BLOB,
    times BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    CONSTRAINT devices_slip_pkey PRIMARY KEY (org_id, node_id, epoch, branch, seq),
    CONSTRAINT devices_slip_what_check CHECK (what IN ('reprinted', 'voided'))
);

CREATE INDEX devices_slip_at_ms_idx ON devices_slip (org_id, at_ms);

CREATE INDEX devices_slip_job_id_idx ON devices_slip (org_id, job_id);

CREATE TABLE devices_drawer_opening (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    device_id BLOB NOT NULL,
    sale_id BLOB,
    reason TEXT NOT NULL,
    opened_by BLOB NOT NULL,
    at_ms BIGINT NOT NULL,
    CONSTRAINT devices_drawer_opening_pkey PRIMARY KEY (org_id, node_id, epoch, branch, seq)
);

CREATE INDEX devices_drawer_opening_at_ms_idx ON devices_drawer_opening (org_id, at_ms);

CREATE INDEX devices_drawer_opening_sale_id_idx ON devices_drawer_opening (org_id, sale_id);
