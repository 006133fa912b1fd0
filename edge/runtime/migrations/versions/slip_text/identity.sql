CREATE TABLE identity_slip_text (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    logo BLOB NOT NULL,
    licence_lines TEXT NOT NULL,
    responsible_line TEXT NOT NULL,
    CONSTRAINT identity_slip_text_pkey PRIMARY KEY (org_id, node_id, epoch, branch)
);
