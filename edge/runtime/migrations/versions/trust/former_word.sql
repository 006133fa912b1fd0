CREATE TABLE former_word (
    epoch BIGINT NOT NULL,
    certificate BLOB NOT NULL,
    standing BLOB NOT NULL,
    PRIMARY KEY (epoch)
);
