CREATE TABLE clock_state (
    place BIGINT NOT NULL,
    boot_id BLOB NOT NULL,
    own_ms BIGINT NOT NULL,
    vouched_ms BIGINT NOT NULL,
    shift_ms BIGINT NOT NULL,
    hub_ms BIGINT NOT NULL,
    hub_offset_ms BIGINT,
    seen_ms BIGINT NOT NULL,
    doubt_from_ms BIGINT,
    doubt_to_ms BIGINT,
    doubt_cause VARCHAR,
    PRIMARY KEY (place)
);

CREATE TABLE identity_clock_event (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    unit_id BLOB NOT NULL,
    what TEXT NOT NULL,
    cause TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    staff_id BLOB,
    told_ms BIGINT NOT NULL,
    CONSTRAINT identity_clock_event_pkey PRIMARY KEY (org_id, node_id, epoch, branch, seq),
    CONSTRAINT identity_clock_event_what_check CHECK (what IN ('jumped', 'confirmed'))
);

CREATE INDEX identity_clock_event_told_ms_idx ON identity_clock_event (org_id, told_ms);
