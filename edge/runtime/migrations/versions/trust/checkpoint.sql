CREATE TABLE checkpoint (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    purged_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch)
);
