ALTER TABLE devices_device ADD COLUMN out_since_ms BIGINT;

ALTER TABLE devices_device ADD COLUMN out_by BLOB;

ALTER TABLE devices_slip RENAME TO devices_slip_before;

DROP INDEX devices_slip_at_ms_idx;

DROP INDEX devices_slip_job_id_idx;

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
    CONSTRAINT devices_slip_what_check CHECK (what IN ('reprinted', 'voided', 'confirmed'))
);

INSERT INTO devices_slip (
    org_id, node_id, epoch, branch, seq, job_id, entity_id, device_id, what, role, reason, person_id, times, at_ms
)
SELECT org_id, node_id, epoch, branch, seq, job_id, entity_id, device_id, what, role, reason, person_id, times, at_ms
FROM devices_slip_before;

DROP TABLE devices_slip_before;

CREATE INDEX devices_slip_at_ms_idx ON devices_slip (org_id, at_ms);

CREATE INDEX devices_slip_job_id_idx ON devices_slip (org_id, job_id);
