CREATE TABLE hold (
    cause VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (cause)
);
