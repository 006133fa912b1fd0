ALTER TABLE identity_unit RENAME TO identity_unit_before;

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
    unit_epoch BIGINT NOT NULL,
    state TEXT NOT NULL,
    paused BOOLEAN NOT NULL,
    certificate_from_ms BIGINT,
    certificate_until_ms BIGINT,
    CONSTRAINT identity_unit_pkey PRIMARY KEY (org_id, node_id, epoch, branch, unit_id),
    CONSTRAINT identity_unit_code_key UNIQUE (org_id, node_id, epoch, branch, code)
);

CREATE TABLE identity_unit_epoch (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    unit_id BLOB NOT NULL,
    unit_epoch BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    CONSTRAINT identity_unit_epoch_pkey PRIMARY KEY (org_id, node_id, epoch, branch, unit_id, unit_epoch),
    CONSTRAINT identity_unit_epoch_state_check CHECK (state IN ('active', 'superseded', 'forked', 'behind', 'revoked'))
);

CREATE TABLE identity_pairing (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    pairing_id BLOB NOT NULL,
    unit_id BLOB,
    venue_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    enable BOOLEAN NOT NULL,
    expires_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT identity_pairing_pkey PRIMARY KEY (org_id, node_id, epoch, branch, pairing_id),
    CONSTRAINT identity_pairing_state_check CHECK (state IN ('open', 'used')),
    CONSTRAINT identity_pairing_digest_key UNIQUE (org_id, node_id, epoch, branch, digest)
);

INSERT INTO identity_unit (org_id, node_id, epoch, branch, unit_id, venue_id, kind, code, name, sign_key, seal_key, unit_epoch, state, paused)
SELECT org_id, node_id, epoch, branch, unit_id, venue_id, kind, code, name, sign_key, seal_key, 1, 'enabled', 0 FROM identity_unit_before;

DROP TABLE identity_unit_before;
