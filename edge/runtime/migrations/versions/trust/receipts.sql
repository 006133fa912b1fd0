CREATE TABLE receipt (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    data BLOB NOT NULL,
    heard_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch)
);

CREATE TABLE watermark (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    data BLOB NOT NULL,
    heard_ms BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch)
);

CREATE TRIGGER checkpoint_covered BEFORE INSERT ON checkpoint
BEGIN
    SELECT RAISE(ABORT, 'checkpoint_covered: no receipt and verified backup cover what would go')
    WHERE NOT EXISTS (
        SELECT 1 FROM receipt AS r
        JOIN watermark AS w ON w.org_id = r.org_id AND w.node_id = r.node_id AND w.epoch = r.epoch AND w.branch = r.branch
        WHERE r.org_id = NEW.org_id AND r.node_id = NEW.node_id AND r.epoch = NEW.epoch AND r.branch = NEW.branch
          AND r.seq >= NEW.seq AND w.seq >= NEW.seq);
END;

CREATE TRIGGER checkpoint_forward BEFORE UPDATE ON checkpoint
BEGIN
    SELECT RAISE(ABORT, 'checkpoint_forward: a checkpoint moves forward only')
    WHERE NEW.seq < OLD.seq;
END;

CREATE TRIGGER journal_entry_kept BEFORE DELETE ON journal_entry
BEGIN
    SELECT RAISE(ABORT, 'journal_entry_kept: an entry goes only once a checkpoint stands at it or behind it')
    WHERE NOT EXISTS (
        SELECT 1 FROM checkpoint AS c
        WHERE c.org_id = OLD.org_id AND c.node_id = OLD.node_id AND c.epoch = OLD.epoch AND c.branch = OLD.branch
          AND c.seq >= OLD.seq);
END;

CREATE VIEW journal_hash AS
SELECT org_id, node_id, epoch, branch, seq, hash FROM journal_entry
UNION ALL
SELECT org_id, node_id, epoch, branch, seq, hash FROM checkpoint;
