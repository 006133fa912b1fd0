CREATE TABLE persons_erased (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    person_id BLOB NOT NULL,
    erased_ms BIGINT NOT NULL,
    CONSTRAINT persons_erased_pkey PRIMARY KEY (org_id, node_id, epoch, branch, person_id)
);

CREATE TABLE raffle_buyer (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    sale_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    person_id BLOB NOT NULL,
    sealed_phone BLOB NOT NULL,
    seq BIGINT NOT NULL,
    CONSTRAINT raffle_buyer_pkey PRIMARY KEY (org_id, node_id, epoch, branch, sale_id)
);

CREATE INDEX raffle_buyer_person_id_idx ON raffle_buyer (org_id, person_id);

CREATE TABLE vault_person (
    person_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    "key" BLOB NOT NULL,
    made_ms BIGINT NOT NULL,
    sent_ms BIGINT,
    PRIMARY KEY (person_id)
);

CREATE UNIQUE INDEX ix_vault_person_digest ON vault_person (digest);

CREATE TRIGGER vault_person_erased AFTER INSERT ON persons_erased
BEGIN
    DELETE FROM vault_person WHERE person_id = NEW.person_id;
END;

CREATE TRIGGER vault_person_purged AFTER DELETE ON raffle_buyer
BEGIN
    DELETE FROM vault_person WHERE person_id = OLD.person_id AND sent_ms IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM raffle_buyer AS b WHERE b.person_id = OLD.person_id);
END;
