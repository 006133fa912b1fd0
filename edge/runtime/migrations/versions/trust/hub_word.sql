CREATE TABLE hub_word (
    kind VARCHAR NOT NULL,
    data BLOB NOT NULL,
    until_ms BIGINT,
    heard_ms BIGINT NOT NULL,
    PRIMARY KEY (kind)
);
